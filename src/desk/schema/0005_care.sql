-- How conversations stood before a run held values of fields in the clear: from now on they are sealed with the
-- conversation. Runs of before cannot be undone any more.
UPDATE desk_run SET stood = '{}', undo_until = 0;
-- Who wishes to be told of mentions by mail, too.
CREATE TABLE desk_wish (
    agent {{key}},
    mail bigint NOT NULL,
    changed_at bigint NOT NULL
);
-- Notes are taken back, and conversations merged and split.
CREATE INDEX desk_mention_message ON desk_mention (message);
CREATE INDEX desk_mention_conversation ON desk_mention (conversation);
