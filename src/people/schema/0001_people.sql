-- Customers, agents, ways of signing in, API keys, the audit log. Search keys are bytes so that both engines order
-- them alike, whatever the database's collation. Customers and addresses refer to each other without foreign keys:
-- customer_for() inserts the address first, because its unique index decides who makes the customer; fsck checks them.

CREATE TABLE customer (
    id          {{key}},
    name        text NOT NULL,
    locale      text NOT NULL,
    external_id text UNIQUE,
    created_at  bigint NOT NULL,
    changed_at  bigint NOT NULL
);

CREATE TABLE customer_address (
    id          {{key}},
    customer    bigint NOT NULL,
    kind        text NOT NULL,
    value       text NOT NULL,
    folded      {{blob}} NOT NULL,
    verified_at bigint,
    is_primary  bigint NOT NULL,
    -- 1 for the one customer whom customer_for() finds by this address, though several may share it
    finds       bigint NOT NULL,
    created_at  bigint NOT NULL,
    UNIQUE (customer, kind, folded)
);
CREATE UNIQUE INDEX customer_address_finds ON customer_address (kind, folded) WHERE finds = 1;
CREATE INDEX customer_address_folded ON customer_address (kind, folded, id) WHERE finds = 0;

-- What a search by prefix looks through: the folded name, each later part of it, each folded address.
CREATE TABLE customer_key (
    search_key {{blob}} NOT NULL,
    customer   bigint NOT NULL,
    PRIMARY KEY (search_key, customer)
);

CREATE TABLE agent (
    id           {{key}},
    email        text NOT NULL,
    folded       text NOT NULL UNIQUE,
    name         text NOT NULL,
    locale       text NOT NULL,
    role         text NOT NULL,
    password     text,
    totp         {{blob}},
    totp_since   bigint,
    totp_step    bigint NOT NULL DEFAULT 0,
    created_at   bigint NOT NULL,
    changed_at   bigint NOT NULL,
    signed_in_at bigint,
    disabled_at  bigint
);

CREATE TABLE recovery_code (
    agent   bigint NOT NULL,
    digest  {{blob}} NOT NULL,
    used_at bigint,
    PRIMARY KEY (agent, digest)
);

CREATE TABLE agent_session (
    id          {{key}},
    digest      {{blob}} NOT NULL UNIQUE,
    agent       bigint NOT NULL,
    opened_by   text NOT NULL,
    remote      text NOT NULL,
    user_agent  text NOT NULL,
    created_at  bigint NOT NULL,
    seen_at     bigint NOT NULL,
    expires_at  bigint NOT NULL
);
CREATE INDEX agent_session_agent ON agent_session (agent);
CREATE INDEX agent_session_expires ON agent_session (expires_at);

CREATE TABLE sign_in_link (
    digest     {{blob}} NOT NULL PRIMARY KEY,
    agent      bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint
);

-- Failed attempts of one account or one network address; who names it is a hash.
CREATE TABLE sign_in_throttle (
    who        {{blob}} NOT NULL PRIMARY KEY,
    failures   bigint NOT NULL,
    until      bigint NOT NULL,
    changed_at bigint NOT NULL
);

CREATE TABLE api_key (
    id         {{key}},
    name       text NOT NULL,
    digest     {{blob}} NOT NULL UNIQUE,
    scopes     text NOT NULL,
    created_by bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    used_at    bigint,
    revoked_at bigint
);

CREATE TABLE audit (
    id         {{key}},
    at         bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id   bigint NOT NULL,
    actor_name text NOT NULL,
    verb       text NOT NULL,
    subject    text NOT NULL,
    outcome    text NOT NULL,
    remote     text NOT NULL,
    request_id text NOT NULL,
    data       {{json}} NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_actor ON audit (actor_id, id);
