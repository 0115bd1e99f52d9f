-- Statements of webhooks. Columns stand in the order of Endpoint, Message and Attempt (webhooks.hpp).

-- name: insert_endpoint
INSERT INTO webhook_endpoint (id, url, description, events, wrapped_secret, state, position, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)

-- name: endpoints
SELECT id, url, description, events, wrapped_secret, old_wrapped_secret, old_secret_until, state, reason, position, failing_since,
    succeeded_at, created_at, changed_at
FROM webhook_endpoint ORDER BY id

-- name: find_endpoint
SELECT id, url, description, events, wrapped_secret, old_wrapped_secret, old_secret_until, state, reason, position, failing_since,
    succeeded_at, created_at, changed_at
FROM webhook_endpoint WHERE id = $1

-- name: change_endpoint
UPDATE webhook_endpoint SET url = $2, description = $3, events = $4, state = $5, reason = NULL, failing_since = NULL, position = $6,
    changed_at = $7
WHERE id = $1

-- name: change_secret
UPDATE webhook_endpoint SET old_wrapped_secret = wrapped_secret, wrapped_secret = $2, old_secret_until = $3, changed_at = $4
WHERE id = $1

-- name: disable_endpoint
UPDATE webhook_endpoint SET state = 'disabled', reason = $2, changed_at = $3 WHERE id = $1 AND state = 'active'

-- name: endpoint_succeeded
UPDATE webhook_endpoint SET succeeded_at = $2, failing_since = NULL WHERE id = $1

-- name: endpoint_fails
UPDATE webhook_endpoint SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL

-- name: move_position
UPDATE webhook_endpoint SET position = $3 WHERE id = $1 AND position = $2 AND state = 'active'

-- name: delete_endpoint
DELETE FROM webhook_endpoint WHERE id = $1

-- name: delete_messages
DELETE FROM webhook_message WHERE endpoint = $1

-- name: delete_attempts_of
DELETE FROM webhook_attempt WHERE message IN (SELECT id FROM webhook_message WHERE endpoint = $1)

-- name: insert_message
INSERT INTO webhook_message (id, endpoint, seq, kind, subject, body, state, attempts, next_at, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, 'queued', 0, $7, $7, $7) ON CONFLICT (endpoint, seq) DO NOTHING

-- name: open_messages
SELECT COUNT(*) FROM (SELECT 1 FROM webhook_message WHERE endpoint = $1 AND next_at IS NOT NULL LIMIT $2) AS counted

-- name: claim_messages [sqlite]
UPDATE webhook_message SET state = 'attempting', attempts = attempts + 1, next_at = $3, changed_at = $2
WHERE id IN (SELECT m.id FROM webhook_message m
             WHERE m.endpoint = $1 AND m.next_at <= $2 AND NOT EXISTS
                 (SELECT 1 FROM webhook_message e
                  WHERE e.endpoint = m.endpoint AND e.subject = m.subject AND e.id < m.id AND e.next_at IS NOT NULL)
             ORDER BY m.next_at, m.id LIMIT $4)
RETURNING id, body, attempts, replayed_after

-- name: claim_messages [postgresql]
UPDATE webhook_message SET state = 'attempting', attempts = attempts + 1, next_at = $3, changed_at = $2
WHERE id IN (SELECT m.id FROM webhook_message m
             WHERE m.endpoint = $1 AND m.next_at <= $2 AND NOT EXISTS
                 (SELECT 1 FROM webhook_message e
                  WHERE e.endpoint = m.endpoint AND e.subject = m.subject AND e.id < m.id AND e.next_at IS NOT NULL)
             ORDER BY m.next_at, m.id LIMIT $4 FOR UPDATE SKIP LOCKED)
RETURNING id, body, attempts, replayed_after

-- name: next_due
SELECT MIN(m.next_at) FROM webhook_message m
WHERE m.endpoint = $1 AND m.next_at IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM webhook_message e
     WHERE e.endpoint = m.endpoint AND e.subject = m.subject AND e.id < m.id AND e.next_at IS NOT NULL)

-- name: settle_message
UPDATE webhook_message SET state = $3, next_at = $4, last_status = $5, last_error = $6, changed_at = $7
WHERE id = $1 AND attempts = $2 AND state = 'attempting'

-- name: insert_attempt
INSERT INTO webhook_attempt (message, number, started_at, duration_us, status, error, answer) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (message, number) DO NOTHING

-- name: find_message
SELECT id, endpoint, seq, kind, subject, body, state, attempts, next_at, last_status, last_error, created_at, changed_at
FROM webhook_message WHERE id = $1 AND endpoint = $2

-- name: list_messages
SELECT id, endpoint, seq, kind, subject, body, state, attempts, next_at, last_status, last_error, created_at, changed_at
FROM webhook_message WHERE endpoint = $1 AND id < $2 AND (state = $3 OR $3 = '') ORDER BY id DESC LIMIT $4

-- name: attempts_of
SELECT number, started_at, duration_us, status, error, answer FROM webhook_attempt WHERE message = $1 ORDER BY number

-- name: replay_message
UPDATE webhook_message SET state = 'queued', replayed_after = attempts, next_at = $2, changed_at = $2
WHERE id = $1 AND state IN ('failed', 'delivered')

-- name: replay_failed
UPDATE webhook_message SET state = 'queued', replayed_after = attempts, next_at = $2, changed_at = $2
WHERE endpoint = $1 AND state = 'failed' AND created_at >= $3

-- name: forget_attempts
DELETE FROM webhook_attempt WHERE message IN
    (SELECT id FROM webhook_message WHERE next_at IS NULL AND changed_at < $1 ORDER BY changed_at LIMIT $2)

-- name: forget_messages
DELETE FROM webhook_message WHERE id IN
    (SELECT id FROM webhook_message WHERE next_at IS NULL AND changed_at < $1 ORDER BY changed_at LIMIT $2)
