-- Who is looking where, and who has seen what. docs/formats/conversations.md.

-- What each screen of an agent looks at. Rows end by themselves; no journal has them.
CREATE TABLE conversation_looker (
    agent bigint NOT NULL,
    screen text NOT NULL,               -- made by it
    conversation bigint NOT NULL,
    doing text NOT NULL,                -- viewing, replying, noting
    writing_until bigint NOT NULL,      -- then they look at most
    until bigint NOT NULL,              -- then they are gone
    PRIMARY KEY (agent, screen)
);

-- The last message that an agent has seen in a conversation: one row where they have opened it.
CREATE TABLE conversation_seen (
    agent bigint NOT NULL,
    conversation bigint NOT NULL,
    up_to bigint NOT NULL,
    PRIMARY KEY (agent, conversation)
);
-- And everywhere: what is not younger counts as seen. Agent 0: for everybody, since there have been marks.
CREATE TABLE conversation_seen_all (
    agent bigint NOT NULL PRIMARY KEY,
    up_to bigint NOT NULL
);
INSERT INTO conversation_seen_all (agent, up_to) SELECT 0, COALESCE(max(id), 0) FROM conversation_message;
