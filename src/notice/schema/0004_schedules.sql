-- Schedules, digests, the throttle of promotional notices. docs/formats/bulk.md.
CREATE TABLE notice_schedule (
    id {{key}},
    name text NOT NULL,
    state text NOT NULL,
    kind text NOT NULL,
    recipients bigint NOT NULL,
    notice {{blob}},
    wrapped_key {{blob}},
    bulk bigint,
    at bigint,
    rule text,
    begins text,
    zone text,
    gap text,
    next_at bigint,
    runs bigint NOT NULL,
    maker_kind text NOT NULL,
    maker_id bigint NOT NULL,
    maker_name text NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL
);
CREATE INDEX notice_schedule_due ON notice_schedule (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notice_schedule_bulk ON notice_schedule (bulk) WHERE bulk IS NOT NULL;

CREATE TABLE notice_schedule_run (
    schedule bigint NOT NULL,
    due_at bigint NOT NULL,
    at bigint NOT NULL,
    result text NOT NULL,
    notices bigint NOT NULL,
    suppressed bigint NOT NULL,
    detail {{json}},
    PRIMARY KEY (schedule, due_at)
);

CREATE TABLE notice_digest (
    id {{key}},
    name text NOT NULL,
    kind text,
    category text,
    every text NOT NULL,
    minute bigint,
    weekday text,
    zone text,
    active bigint NOT NULL,
    letters bigint NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    deleted_at bigint
);
CREATE UNIQUE INDEX notice_digest_kind ON notice_digest (kind) WHERE kind IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX notice_digest_category ON notice_digest (category) WHERE category IS NOT NULL AND deleted_at IS NULL;

-- Notices that wait for their digest: `id` is the notice's, `recipient` a keyed hash of the address.
CREATE TABLE notice_digest_item (
    id {{key}},
    digest bigint NOT NULL,
    recipient {{blob}} NOT NULL,
    due_at bigint NOT NULL,
    class text NOT NULL,
    category text NOT NULL,
    box {{blob}} NOT NULL,
    wrapped_key {{blob}} NOT NULL
);
CREATE INDEX notice_digest_item_due ON notice_digest_item (due_at);
CREATE INDEX notice_digest_item_recipient ON notice_digest_item (digest, recipient);

-- Which letter a collected notice went with.
CREATE TABLE notice_part (
    id {{key}},
    part_of bigint NOT NULL
);
CREATE INDEX notice_part_whole ON notice_part (part_of);

CREATE TABLE notice_setting (
    name text PRIMARY KEY,
    value {{json}} NOT NULL
);
