-- name: insert_evidence
INSERT INTO evidence (id, delivery, number, code, time, appended_at, salt, xml, token)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: evidence_of
SELECT e.id, e.delivery, e.number, e.code, e.time, e.appended_at, e.salt, e.xml, l.leaf_index, l.commitment,
       coalesce(e.token, t.token)
FROM evidence e
LEFT JOIN log_leaf l ON l.evidence = e.id
LEFT JOIN time_stamp t ON t.about = 'evidence' AND t.subject = e.id
WHERE e.delivery = $1 ORDER BY e.number

-- name: find_evidence
SELECT e.id, e.delivery, e.number, e.code, e.time, e.appended_at, e.salt, e.xml, l.leaf_index, l.commitment,
       coalesce(e.token, t.token)
FROM evidence e
LEFT JOIN log_leaf l ON l.evidence = e.id
LEFT JOIN time_stamp t ON t.about = 'evidence' AND t.subject = e.id
WHERE e.id = $1

-- name: insert_record
INSERT INTO log_record (id, salt, record, appended_at) VALUES ($1, $2, $3, $4)

-- name: find_record
SELECT r.salt, r.record, l.leaf_index, l.commitment
FROM log_record r LEFT JOIN log_leaf l ON l.evidence = r.id WHERE r.id = $1

-- name: last_of_chain
SELECT number, xml FROM evidence WHERE delivery = $1 ORDER BY number DESC LIMIT 1

-- name: insert_leaf
INSERT INTO log_leaf (leaf_index, evidence, commitment) VALUES ($1, $2, $3)

-- name: commitments
SELECT commitment FROM log_leaf WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index

-- name: tile_roots
SELECT root FROM log_tile WHERE id >= $1 AND id < $2 ORDER BY id

-- name: tile_hashes
SELECT hashes FROM log_tile WHERE id = $1

-- name: insert_tile
INSERT INTO log_tile (id, root, hashes) VALUES ($1, $2, $3)

-- name: log_head
SELECT size, frontier FROM log_head WHERE id = 1

-- name: put_log_head
INSERT INTO log_head (id, size, frontier) VALUES (1, $1, $2)
ON CONFLICT (id) DO UPDATE SET size = excluded.size, frontier = excluded.frontier

-- name: evidence_xml
SELECT xml FROM evidence WHERE id = $1

-- name: last_checkpoint
SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1

-- name: find_checkpoint
SELECT note FROM checkpoint WHERE size = $1

-- name: insert_checkpoint
INSERT INTO checkpoint (size, root, note, at) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING

-- name: want_stamp
INSERT INTO time_stamp (id, about, subject, state, attempts, wanted_at, next_at)
VALUES ($1, $2, $3, 'queued', 0, $4, $4) ON CONFLICT (about, subject) DO NOTHING

-- name: claim_stamps [sqlite]
UPDATE time_stamp SET state = 'attempting', attempts = attempts + 1, next_at = $2
WHERE id IN (SELECT id FROM time_stamp WHERE state <> 'stamped' AND next_at <= $1 ORDER BY next_at LIMIT $3)
RETURNING id, about, subject, attempts

-- name: claim_stamps [postgresql]
UPDATE time_stamp SET state = 'attempting', attempts = attempts + 1, next_at = $2
WHERE id IN (SELECT id FROM time_stamp WHERE state <> 'stamped' AND next_at <= $1 ORDER BY next_at LIMIT $3
             FOR UPDATE SKIP LOCKED)
RETURNING id, about, subject, attempts

-- name: keep_token
UPDATE time_stamp SET state = 'stamped', token = $2, stamped_at = $3, failure = NULL WHERE id = $1 AND state <> 'stamped'

-- name: postpone_stamp
UPDATE time_stamp SET state = 'queued', next_at = $2, failure = $3 WHERE id = $1 AND state <> 'stamped'

-- name: retry_stamps_now
UPDATE time_stamp SET next_at = $1 WHERE state = 'queued' AND next_at > $1

-- name: stamp_queue
SELECT count(*), min(wanted_at) FROM time_stamp WHERE state <> 'stamped'

-- name: checkpoint_token
SELECT token FROM time_stamp WHERE about = 'checkpoint' AND subject = $1 AND state = 'stamped'

-- name: tsa_outage
SELECT since, failure FROM tsa_outage WHERE id = 1 AND since IS NOT NULL

-- name: begin_outage
INSERT INTO tsa_outage (id, since, failure) VALUES (1, $1, $2)
ON CONFLICT (id) DO UPDATE SET since = excluded.since, failure = excluded.failure WHERE tsa_outage.since IS NULL

-- name: end_outage
UPDATE tsa_outage SET since = NULL, failure = NULL WHERE id = 1 AND since IS NOT NULL

-- name: fsck_leaves
SELECT l.leaf_index, l.evidence, l.commitment, COALESCE(e.salt, r.salt), COALESCE(e.xml, r.record), COALESCE(e.id, r.id)
FROM log_leaf l LEFT JOIN evidence e ON e.id = l.evidence LEFT JOIN log_record r ON r.id = l.evidence
ORDER BY l.leaf_index

-- name: fsck_unlogged
SELECT e.id FROM evidence e LEFT JOIN log_leaf l ON l.evidence = e.id WHERE l.leaf_index IS NULL ORDER BY e.id LIMIT 100

-- name: fsck_unlogged_records
SELECT r.id FROM log_record r LEFT JOIN log_leaf l ON l.evidence = r.id WHERE l.leaf_index IS NULL ORDER BY r.id LIMIT 100

-- name: fsck_chains
SELECT id, delivery, number, code, time, xml, token FROM evidence ORDER BY delivery, number

-- name: fsck_tiles
SELECT id, root, hashes FROM log_tile ORDER BY id

-- name: fsck_checkpoints
SELECT size, root, note, at FROM checkpoint ORDER BY size

-- name: fsck_checkpoint_tokens
SELECT t.subject, t.token, c.note FROM time_stamp t LEFT JOIN checkpoint c ON c.size = t.subject
WHERE t.about = 'checkpoint' AND t.state = 'stamped' ORDER BY t.subject

-- name: fsck_evidence_tokens
SELECT t.subject, t.token, e.xml FROM time_stamp t LEFT JOIN evidence e ON e.id = t.subject
WHERE t.about = 'evidence' AND t.state = 'stamped' ORDER BY t.subject

-- name: fsck_checkpoints_without_stamp
SELECT c.size FROM checkpoint c LEFT JOIN time_stamp t ON t.about = 'checkpoint' AND t.subject = c.size
WHERE t.id IS NULL ORDER BY c.size LIMIT 100
