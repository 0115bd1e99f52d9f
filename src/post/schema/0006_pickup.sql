-- Mailboxes elsewhere whose mails are fetched. docs/formats/inbound.md.
CREATE TABLE mail_pickup (
    id {{key}},
    address text NOT NULL,              -- whom its mails are for, here
    host text NOT NULL,
    port bigint NOT NULL,
    security text NOT NULL,             -- tls, starttls, none
    login text NOT NULL,
    folder text NOT NULL,
    mark_seen bigint NOT NULL,
    from_now bigint NOT NULL,           -- 1: what lay there at the beginning is left alone
    enabled bigint NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    sealed {{blob}} NOT NULL,           -- the password
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    version bigint NOT NULL,
    -- where it stands: mails up to last_uid are kept here
    uid_validity bigint,
    last_uid bigint NOT NULL,
    lay_there_below bigint NOT NULL,    -- numbered anew: which of these had come before the beginning, their arrival tells
    took bigint NOT NULL,
    took_at bigint,
    connected_at bigint,
    trouble_code text,
    trouble text,
    trouble_at bigint
);
