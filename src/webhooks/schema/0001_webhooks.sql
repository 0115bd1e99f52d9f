-- Endpoints that hear of events, and what each was told. docs/integrators/webhooks.md.
CREATE TABLE webhook_endpoint (
    id {{key}},
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    events TEXT NOT NULL,           -- patterns, divided by spaces: "delivery.* notice.answered"
    wrapped_secret {{blob}} NOT NULL,
    old_wrapped_secret {{blob}},    -- signs beside the new one until
    old_secret_until {{id}},
    state TEXT NOT NULL,            -- active, paused, disabled
    reason TEXT,                    -- why it was disabled
    position {{id}} NOT NULL,       -- the last line of the journal that it has been told of, or need not be
    failing_since {{id}},
    succeeded_at {{id}},
    created_at {{id}} NOT NULL,
    changed_at {{id}} NOT NULL
);

CREATE TABLE webhook_message (
    id {{key}},
    endpoint {{id}} NOT NULL,
    seq {{id}},                     -- the line of the journal; NULL: a test
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,          -- messages about one subject go out one after the other
    body TEXT NOT NULL,             -- as it is signed and sent
    state TEXT NOT NULL,            -- queued, attempting, delivered, failed
    attempts {{id}} NOT NULL,
    replayed_after {{id}} NOT NULL DEFAULT 0,  -- attempts before it was replayed: the schedule begins anew
    next_at {{id}},                 -- when it is due, or when an attempt counts as dead; NULL: it has ended
    last_status {{id}},
    last_error TEXT,
    created_at {{id}} NOT NULL,
    changed_at {{id}} NOT NULL
);
CREATE UNIQUE INDEX webhook_message_once ON webhook_message (endpoint, seq);
CREATE INDEX webhook_message_due ON webhook_message (endpoint, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_message_open ON webhook_message (endpoint, subject, id) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_message_list ON webhook_message (endpoint, id);
CREATE INDEX webhook_message_ended ON webhook_message (changed_at) WHERE next_at IS NULL;

CREATE TABLE webhook_attempt (
    message {{id}} NOT NULL,
    number {{id}} NOT NULL,
    started_at {{id}} NOT NULL,
    duration_us {{id}} NOT NULL,
    status {{id}},                  -- of the answer, if there was one
    error TEXT,
    answer TEXT NOT NULL,           -- its beginning
    PRIMARY KEY (message, number)
);
