-- name: add_backup
INSERT INTO backup_made (id, at, name, new_bytes, took_ms) VALUES ($1, $2, $3, $4, $5)

-- name: last_backup
SELECT at, name, new_bytes, took_ms FROM backup_made ORDER BY id DESC LIMIT 1

-- name: forget_backups
DELETE FROM backup_made WHERE at < $1

-- Retention. The oldest rows have the lowest identifiers: a step looks at few.

-- name: due_content
SELECT count(*) FROM delivery WHERE changed_at < $1 AND erased_at IS NULL
    AND state IN ('consigned', 'handed_over', 'refused', 'expired', 'failed', 'sent')

-- name: total_content
SELECT count(*) FROM delivery WHERE erased_at IS NULL

-- name: due_letters
SELECT count(*) FROM outbox WHERE state IN ('accepted', 'cancelled', 'failed') AND changed_at < $1 AND created_at < $1

-- name: total_letters
SELECT count(*) FROM outbox

-- name: remove_attempts
DELETE FROM outbox_attempt WHERE letter IN
    (SELECT id FROM outbox WHERE state IN ('accepted', 'cancelled', 'failed') AND changed_at < $1 ORDER BY id LIMIT $2)

-- name: remove_letters
DELETE FROM outbox WHERE id IN
    (SELECT id FROM outbox WHERE state IN ('accepted', 'cancelled', 'failed') AND changed_at < $1 ORDER BY id LIMIT $2)

-- name: due_audit
SELECT count(*) FROM audit WHERE at < $1

-- name: total_audit
SELECT count(*) FROM audit

-- name: remove_audit
DELETE FROM audit WHERE id IN (SELECT oldest.id FROM (SELECT id, at FROM audit ORDER BY id LIMIT $2) AS oldest WHERE oldest.at < $1)

-- For the metrics.

-- name: consumer_cursors
SELECT name, seq FROM journal_consumer ORDER BY name

-- name: letters_by_state
SELECT state, count(*) FROM outbox WHERE state <> 'accepted' GROUP BY state ORDER BY state

-- name: queued_by_site [sqlite]
SELECT substr(recipient, instr(recipient, '@') + 1) AS site, count(*) AS n FROM outbox WHERE state = 'queued' GROUP BY 1 ORDER BY n DESC, site

-- name: queued_by_site [postgresql]
SELECT split_part(recipient, '@', 2) AS site, count(*) AS n FROM outbox WHERE state = 'queued' GROUP BY 1 ORDER BY n DESC, site

-- name: oldest_due
SELECT min(next_at) FROM outbox WHERE state = 'queued' AND next_at < $1

-- name: last_checkpoint
SELECT size, at FROM checkpoint ORDER BY size DESC LIMIT 1

-- name: leaf_time
SELECT COALESCE(e.appended_at, r.appended_at) FROM log_leaf AS l LEFT JOIN evidence AS e ON e.id = l.evidence
LEFT JOIN log_record AS r ON r.id = l.evidence WHERE l.leaf_index = $1

-- Rotation of the master key.

-- name: sealed_totp
SELECT id, totp FROM agent WHERE id > $1 AND totp IS NOT NULL ORDER BY id LIMIT $2

-- name: reseal_totp
UPDATE agent SET totp = $2 WHERE id = $1 AND totp = $3

-- name: other_servers [sqlite]
SELECT 0

-- name: other_servers [postgresql]
SELECT count(*) - 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 1380012114 AND objid = 0 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())

-- name: forget_sessions
DELETE FROM agent_session

-- name: forget_sign_in_links
DELETE FROM sign_in_link
