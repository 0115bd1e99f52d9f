-- Evidence as it was sealed, the transparency log over it, and the time stamps. docs/formats/log.md describes the rows.

-- One signed piece of evidence: its bytes, stored once. `number` is its place in the delivery's chain, from 1.
CREATE TABLE evidence (
    id {{key}},
    delivery bigint NOT NULL,
    number bigint NOT NULL,
    code text NOT NULL,
    time bigint NOT NULL,
    appended_at bigint NOT NULL,
    salt {{blob}} NOT NULL,
    xml {{blob}} NOT NULL,
    UNIQUE (delivery, number)
);

-- Leaves in the order of the log: dense from 0. The commitment is HMAC-SHA256(salt, xml).
CREATE TABLE log_leaf (
    leaf_index {{key}},
    evidence bigint NOT NULL UNIQUE,
    commitment {{blob}} NOT NULL
);

-- Full tiles of 256 hashes: id = level * 2^48 + number of the tile in its level.
CREATE TABLE log_tile (
    id {{key}},
    root {{blob}} NOT NULL,
    hashes {{blob}} NOT NULL
);

-- One row: how many leaves, and the roots of the full subtrees they fall into.
CREATE TABLE log_head (
    id {{key}},
    size bigint NOT NULL,
    frontier {{blob}} NOT NULL
);

-- Every checkpoint ever published.
CREATE TABLE checkpoint (
    size {{key}},
    root {{blob}} NOT NULL,
    note {{blob}} NOT NULL,
    at bigint NOT NULL
);

-- The queue and the result of time stamping. `about` is checkpoint (subject = its size) or evidence (subject = its id).
CREATE TABLE time_stamp (
    id {{key}},
    about text NOT NULL,
    subject bigint NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    wanted_at bigint NOT NULL,
    next_at bigint NOT NULL,
    stamped_at bigint,
    failure text,
    token {{blob}},
    UNIQUE (about, subject)
);
CREATE INDEX time_stamp_due ON time_stamp (next_at) WHERE state <> 'stamped';

-- One row: since when the time-stamping authority has not answered, if so.
CREATE TABLE tsa_outage (
    id {{key}},
    since bigint,
    failure text
);
