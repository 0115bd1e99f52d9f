-- Conversations of every channel: where each began, and what channels without a spool hand over exactly once.
ALTER TABLE conversation ADD COLUMN channel text NOT NULL DEFAULT 'email';

-- A key that an author's client made is one message for ever.
CREATE TABLE conversation_arrival (
    author text NOT NULL,               -- vis_…, frm_…
    key text NOT NULL,
    message bigint NOT NULL,
    PRIMARY KEY (author, key)
);
CREATE INDEX conversation_arrival_message ON conversation_arrival (message);
