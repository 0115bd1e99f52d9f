-- What customers wish to hear of, when, and what they consented to. docs/formats/preferences.md.
CREATE TABLE category (
    name text NOT NULL PRIMARY KEY,
    class text NOT NULL,
    names {{json}} NOT NULL,
    descriptions {{json}} NOT NULL,
    position bigint NOT NULL,
    stock bigint NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    retired_at bigint
);

-- One row for each customer who ever chose something; the language stands with the customer.
CREATE TABLE preference (
    customer {{key}},
    time_zone text,
    quiet_hours {{json}} NOT NULL,
    paused_until bigint,
    changed_at bigint NOT NULL
);

-- What they said about one category on one channel; no row: nothing.
CREATE TABLE preference_choice (
    customer bigint NOT NULL,
    category text NOT NULL,
    channel text NOT NULL,
    wanted bigint NOT NULL,
    how text NOT NULL,
    changed_at bigint NOT NULL,
    PRIMARY KEY (customer, category, channel)
);

-- A consent and its end. The log (log_record) keeps what was said as bytes: under the consent's own number when it was
-- given, under `withdrawal` when it was withdrawn.
CREATE TABLE consent (
    id {{key}},
    customer bigint NOT NULL,
    category text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    address text NOT NULL,
    wording text NOT NULL,
    wording_digest {{blob}} NOT NULL,
    wording_version text NOT NULL,
    locale text NOT NULL,
    method text NOT NULL,
    source text,
    session text,
    remote text,
    proof text,
    requested_at bigint NOT NULL,
    requested_by text NOT NULL,
    lapses_at bigint,
    given_at bigint,
    ended_at bigint,
    ended_how text,
    ended_by text,
    withdrawal bigint
);
CREATE UNIQUE INDEX consent_in_force ON consent (customer, category, channel) WHERE state = 'given';
CREATE INDEX consent_customer ON consent (customer, id);

-- The key that signs links to the public page, wrapped by the master key, so that links outlive its rotation.
CREATE TABLE link_key (
    id {{key}},
    wrapped_key {{blob}} NOT NULL,
    created_at bigint NOT NULL
);
