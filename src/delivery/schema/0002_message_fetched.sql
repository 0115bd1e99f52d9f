-- When the message had left whole. Before this column that was not told apart from its being given out.
ALTER TABLE delivery ADD COLUMN message_fetched_at bigint;
UPDATE delivery SET message_fetched_at = read_at WHERE read_at IS NOT NULL;
