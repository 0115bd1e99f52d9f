-- The list that a letter is part of (List-Id, RFC 2919).
ALTER TABLE outbox ADD COLUMN list text;
