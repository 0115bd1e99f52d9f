-- name: add_event
INSERT INTO journal (seq, at, kind, subject, customer, actor_kind, actor_id, journey, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: advance_head
UPDATE journal_head SET seq = seq + $1 WHERE id = 1 RETURNING seq

-- name: head
SELECT seq FROM journal_head WHERE id = 1

-- name: events_after
SELECT seq, at, kind, subject, customer, actor_kind, actor_id, journey, data
FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2

-- name: add_consumer
INSERT INTO journal_consumer (name, seq) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING

-- name: consumer_cursor
SELECT seq FROM journal_consumer WHERE name = $1

-- name: move_consumer
UPDATE journal_consumer SET seq = $3 WHERE name = $1 AND seq = $2

-- name: rewind_consumer
UPDATE journal_consumer SET seq = $2 WHERE name = $1

-- name: probe
UPDATE store_probe SET at = $1 WHERE id = 1

-- name: add_blob
INSERT INTO blob (address, size, stored_size, body) VALUES ($1, $2, $3, $4) ON CONFLICT (address) DO NOTHING

-- name: find_blob
SELECT size, stored_size, body FROM blob WHERE address = $1

-- name: drop_blob
DELETE FROM blob WHERE address = $1

-- name: all_blobs
SELECT address FROM blob ORDER BY address

-- name: journal_extent
SELECT count(*), coalesce(min(seq), 0), coalesce(max(seq), 0) FROM journal

-- name: all_consumers
SELECT name, seq FROM journal_consumer ORDER BY name

-- name: keep_key
INSERT INTO kept_key (id, purpose, wrapped_key, until) VALUES ($1, $2, $3, $4)

-- name: kept_keys
SELECT wrapped_key FROM kept_key WHERE purpose = $1 AND (until IS NULL OR until > $2) ORDER BY id DESC

-- name: forget_kept_keys
DELETE FROM kept_key WHERE until <= $1
