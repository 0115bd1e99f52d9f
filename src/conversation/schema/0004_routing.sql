-- Who gets which conversation, and why. docs/formats/conversations.md.

-- One row: what a conversation of each channel weighs, and which labels are skills.
CREATE TABLE routing_setting (
    id {{key}},
    content {{json}} NOT NULL,
    changed_at bigint NOT NULL
);
-- Teams whose conversations are given to their members by themselves.
CREATE TABLE routing_team (
    team bigint NOT NULL PRIMARY KEY
);
CREATE TABLE routing_agent (
    agent bigint NOT NULL PRIMARY KEY,
    content {{json}} NOT NULL,          -- capacity, skills, languages, calendar
    presence text NOT NULL,             -- online, away, offline: as the agent says
    since bigint NOT NULL,
    seen_until bigint,                  -- the live stream speaks for them until then
    wakes_at bigint,                    -- their hours open then
    assigned_at bigint                  -- when they were last given something
);
CREATE INDEX routing_agent_seen ON routing_agent (seen_until) WHERE seen_until IS NOT NULL;
CREATE INDEX routing_agent_wakes ON routing_agent (wakes_at) WHERE wakes_at IS NOT NULL;

-- Each decision with everybody who was asked.
CREATE TABLE routing_decision (
    conversation bigint NOT NULL,
    version bigint NOT NULL,            -- of the conversation, that it made
    at bigint NOT NULL,
    agent bigint,                       -- none: nobody could
    cause text NOT NULL,
    content {{json}} NOT NULL,
    PRIMARY KEY (conversation, version)
);
CREATE INDEX conversation_queue ON conversation (team, priority, waiting_since, id)
    WHERE state = 'open' AND assignee IS NULL AND team IS NOT NULL;

-- How long people waited for answers of agents: what customers are told to expect.
CREATE TABLE reply_sample (
    message bigint NOT NULL PRIMARY KEY,    -- the answer
    mailbox bigint NOT NULL,
    asked_at bigint NOT NULL,
    waited_s bigint NOT NULL
);
CREATE INDEX reply_sample_mailbox ON reply_sample (mailbox, asked_at);
CREATE INDEX reply_sample_asked ON reply_sample (asked_at);
