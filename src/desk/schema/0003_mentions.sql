-- Who was mentioned in which note.
CREATE TABLE desk_mention (
    agent bigint NOT NULL,
    message bigint NOT NULL,
    conversation bigint NOT NULL,
    by_kind text NOT NULL,
    by_id bigint NOT NULL,
    at bigint NOT NULL,
    read_at bigint,
    PRIMARY KEY (agent, message)
);
-- How far the journal has been followed.
CREATE TABLE desk_position (
    id {{key}},
    seq bigint NOT NULL
);
CREATE INDEX desk_mention_unread ON desk_mention (agent, conversation) WHERE read_at IS NULL;
