-- What is promised to customers. docs/formats/conversations.md.

CREATE TABLE sla_calendar (
    id {{key}},
    name text NOT NULL,
    folded text NOT NULL,
    hours {{json}} NOT NULL,            -- zone, week, holidays
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    retired_at bigint
);

CREATE TABLE sla_policy (
    id {{key}},
    name text NOT NULL,
    folded text NOT NULL,
    place bigint NOT NULL,              -- the first that fits counts
    calendar bigint,                    -- none: around the clock
    content {{json}} NOT NULL,          -- whom it applies to, targets, what follows
    terms bigint NOT NULL,              -- as they are now
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    retired_at bigint
);
CREATE INDEX sla_policy_calendar ON sla_policy (calendar) WHERE calendar IS NOT NULL;

-- A policy with its calendar as both were at an instant; never changed: an episode keeps those it began with.
CREATE TABLE sla_terms (
    id {{key}},
    policy bigint NOT NULL,
    content text NOT NULL,
    made_at bigint NOT NULL
);

-- What happened in conversations to which something was promised: clocks are computed from these rows alone.
CREATE TABLE sla_fact (
    conversation bigint NOT NULL,
    id bigint NOT NULL,                 -- rises within the conversation
    at bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    priority text NOT NULL,
    message bigint,
    PRIMARY KEY (conversation, id)
);

-- Which warnings and breaches the journal has: each once.
CREATE TABLE sla_told (
    conversation bigint NOT NULL,
    round bigint NOT NULL,              -- the fact that started the clock
    metric text NOT NULL,
    alarm text NOT NULL,                -- warning, breach
    at bigint NOT NULL,
    PRIMARY KEY (conversation, round, metric, alarm)
);

ALTER TABLE conversation ADD COLUMN sla_terms bigint;    -- none: nothing is promised
ALTER TABLE conversation ADD COLUMN sla_next_at bigint;  -- when the timer rings
ALTER TABLE conversation ADD COLUMN due_at bigint;       -- of the clock that is due first
ALTER TABLE conversation ADD COLUMN due {{json}};        -- that clock, for lists
CREATE INDEX conversation_sla_next ON conversation (sla_next_at) WHERE sla_next_at IS NOT NULL;
CREATE INDEX conversation_due ON conversation (state, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX conversation_due_assignee ON conversation (assignee, state, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX conversation_due_team ON conversation (team, state, due_at, id) WHERE due_at IS NOT NULL;
