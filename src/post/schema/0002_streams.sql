-- What class of notice a letter carries, and where its reader unsubscribes with one click (RFC 8058).
ALTER TABLE outbox ADD COLUMN stream TEXT NOT NULL DEFAULT 'transactional';
ALTER TABLE outbox ADD COLUMN unsubscribe_url TEXT;
