-- Bulk: files whose rows become notices. docs/formats/bulk.md.
CREATE TABLE bulk (
    id {{key}},
    caller text NOT NULL,
    key text,
    name text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    format text NOT NULL,
    separator text,
    size bigint NOT NULL,
    sha256 {{blob}},
    rows bigint NOT NULL,
    columns {{json}} NOT NULL,
    head {{blob}},
    wrapped_key {{blob}},
    mapping {{json}},
    maker_kind text NOT NULL,
    maker_id bigint NOT NULL,
    maker_name text NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    pace bigint,
    worker bigint,
    lease_until bigint,
    -- the last dry run
    checks bigint NOT NULL,
    check_mark bigint NOT NULL,
    check_submitted bigint NOT NULL,
    check_collected bigint NOT NULL,
    check_suppressed bigint NOT NULL,
    check_throttled bigint NOT NULL,
    check_duplicate bigint NOT NULL,
    check_failed bigint NOT NULL,
    check_started_at bigint,
    check_finished_at bigint,
    -- the job: every row up to the mark has its state
    mark bigint NOT NULL,
    submitted bigint NOT NULL,
    collected bigint NOT NULL,
    suppressed bigint NOT NULL,
    throttled bigint NOT NULL,
    duplicate bigint NOT NULL,
    failed bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    -- a replay: rows of these states, up to the mark, have been carried out again
    replay text,
    replay_mark bigint NOT NULL,
    replay_rows bigint NOT NULL,
    replay_done bigint NOT NULL,
    -- for the rate: when the pass under way was begun or resumed, and how many rows it had done
    paced_at bigint,
    paced_from bigint NOT NULL
);
CREATE UNIQUE INDEX bulk_request ON bulk (caller, key) WHERE key IS NOT NULL;
CREATE INDEX bulk_state ON bulk (state);

-- The file, in encrypted pieces that end between rows. Numbers of rows and lines begin at 1.
CREATE TABLE bulk_piece (
    bulk bigint NOT NULL,
    number bigint NOT NULL,
    first_row bigint NOT NULL,
    rows bigint NOT NULL,
    first_line bigint NOT NULL,
    blob {{blob}} NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (bulk, number)
);

-- What became of rows; of a dry run, those that are wrong.
CREATE TABLE bulk_row (
    bulk bigint NOT NULL,
    row_number bigint NOT NULL,
    line bigint NOT NULL,
    state text NOT NULL,
    reference text,
    notice bigint,
    delivery bigint,
    detail {{json}},
    PRIMARY KEY (bulk, row_number)
);
CREATE INDEX bulk_row_state ON bulk_row (bulk, state, row_number) WHERE state <> 'submitted';

-- Keys of rows that count, for duplicates: 63 bits of their SHA-256. Pass 0 is the job, others are dry runs.
CREATE TABLE bulk_key (
    bulk bigint NOT NULL,
    pass bigint NOT NULL,
    key bigint NOT NULL,
    row_number bigint NOT NULL,
    PRIMARY KEY (bulk, pass, key)
);
