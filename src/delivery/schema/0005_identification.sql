-- Delegations (somebody picks up for somebody else) with their links; the source of requests for codes; how the sender
-- of a delivery was identified by a provider.
CREATE TABLE delivery_delegation (
    id {{key}},
    customer bigint NOT NULL,
    delivery bigint,
    name text NOT NULL,
    email text NOT NULL,
    code_email text,
    locale text NOT NULL,
    made_by_kind text NOT NULL,
    made_by_id bigint NOT NULL,
    made_at bigint NOT NULL,
    valid_until bigint NOT NULL,
    revoked_at bigint
);
CREATE INDEX delivery_delegation_customer ON delivery_delegation (customer, valid_until);

CREATE TABLE delivery_delegate_link (
    token_hash {{blob}} NOT NULL PRIMARY KEY,
    delivery bigint NOT NULL,
    delegation bigint NOT NULL,
    UNIQUE (delivery, delegation)
);

CREATE TABLE delivery_sender_proof (
    delivery bigint NOT NULL PRIMARY KEY,
    proof text NOT NULL
);

ALTER TABLE delivery_pickup ADD COLUMN source {{blob}};
