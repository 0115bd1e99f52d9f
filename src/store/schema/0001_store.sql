CREATE TABLE journal (
    seq {{key}},
    at {{id}} NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    customer {{id}},
    actor_kind text NOT NULL,
    actor_id {{id}} NOT NULL,
    journey text,
    data {{json}} NOT NULL
);
CREATE INDEX journal_subject ON journal (subject, seq);
CREATE INDEX journal_customer ON journal (customer, seq) WHERE customer IS NOT NULL;

-- One row: the number given last.
CREATE TABLE journal_head (
    id {{key}},
    seq {{id}} NOT NULL
);
INSERT INTO journal_head (id, seq) VALUES (1, 0);

CREATE TABLE journal_consumer (
    name text PRIMARY KEY,
    seq {{id}} NOT NULL
);

-- One row that is written to find out whether the database takes writes again.
CREATE TABLE store_probe (
    id {{key}},
    at {{id}} NOT NULL
);
INSERT INTO store_probe (id, at) VALUES (1, 0);

CREATE TABLE blob (
    address {{blob}} PRIMARY KEY,
    size {{id}} NOT NULL,
    stored_size {{id}} NOT NULL,
    body {{blob}}
);
