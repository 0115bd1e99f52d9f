-- Letters that wait, are being sent, or have an outcome. docs/formats/outbox.md.
CREATE TABLE outbox_worker (
    id {{key}},
    node TEXT NOT NULL,         -- host name and process, for people
    started_at {{id}} NOT NULL,
    seen_at {{id}} NOT NULL     -- its lease: dead when this is older than Options::lease
);

CREATE TABLE outbox (
    id {{key}},
    owner TEXT NOT NULL,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    locale TEXT NOT NULL,
    template TEXT NOT NULL,
    data {{json}},              -- NULL once accepted, cancelled or forgotten
    state TEXT NOT NULL,
    priority {{id}} NOT NULL,   -- 0 bulk, 1 normal, 2 urgent
    attempts {{id}} NOT NULL,
    next_at {{id}},             -- when a queued letter is due
    expires_at {{id}} NOT NULL,
    worker {{id}},              -- who attempts it
    last_reply TEXT,
    created_at {{id}} NOT NULL,
    changed_at {{id}} NOT NULL
);
CREATE INDEX outbox_due ON outbox (priority, next_at) WHERE state = 'queued';
CREATE INDEX outbox_attempting ON outbox (worker) WHERE state = 'attempting';
CREATE INDEX outbox_owner ON outbox (owner);
CREATE INDEX outbox_troubled ON outbox (state, id) WHERE state <> 'accepted';

CREATE TABLE outbox_attempt (
    letter {{id}} NOT NULL,
    number {{id}} NOT NULL,
    worker {{id}} NOT NULL,
    started_at {{id}} NOT NULL,
    ended_at {{id}},
    result TEXT,                -- accepted, delayed, failed, unknown; NULL while it goes on
    server TEXT,
    reply TEXT,
    enhanced_status TEXT,
    PRIMARY KEY (letter, number)
);
