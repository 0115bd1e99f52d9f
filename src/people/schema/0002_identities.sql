-- Who somebody is at parties outside: linked identities of customers and agents, passkeys, and sign-ins that are under
-- way at a provider. A session may carry how surely its agent was identified.

CREATE TABLE customer_identity (
    id         {{key}},
    customer   bigint NOT NULL,
    source     text NOT NULL,
    value      text NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (source, value)
);
CREATE INDEX customer_identity_customer ON customer_identity (customer);

CREATE TABLE agent_identity (
    id         {{key}},
    agent      bigint NOT NULL,
    source     text NOT NULL,
    value      text NOT NULL,
    created_at bigint NOT NULL,
    used_at    bigint,
    UNIQUE (source, value)
);
CREATE INDEX agent_identity_agent ON agent_identity (agent);

CREATE TABLE customer_passkey (
    id         {{key}},
    customer   bigint NOT NULL,
    credential {{blob}} NOT NULL UNIQUE,
    public_key {{blob}} NOT NULL,
    algorithm  bigint NOT NULL,
    counter    bigint NOT NULL,
    level      text NOT NULL,
    vouched_by text NOT NULL,
    created_at bigint NOT NULL,
    used_at    bigint,
    revoked_at bigint
);
CREATE INDEX customer_passkey_customer ON customer_passkey (customer);

CREATE TABLE sign_in_flow (
    state      {{blob}} NOT NULL PRIMARY KEY,
    owner      text NOT NULL,
    sealed     {{blob}} NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX sign_in_flow_owner ON sign_in_flow (owner, expires_at);
CREATE INDEX sign_in_flow_expiry ON sign_in_flow (expires_at);

ALTER TABLE agent_session ADD COLUMN level text;
ALTER TABLE agent_session ADD COLUMN proof text;
