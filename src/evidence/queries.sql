-- name: insert_evidence
INSERT INTO evidence (id, delivery, number, code, time, appended_at, salt, xml) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: evidence_of
SELECT e.id, e.delivery, e.number, e.code, e.time, e.appended_at, e.salt, e.xml, l.leaf_index, l.commitment, t.token
FROM evidence e
LEFT JOIN log_leaf l ON l.evidence = e.id
LEFT JOIN time_stamp t ON t.about = 'evidence' AND t.subject = e.id
WHERE e.delivery = $1 ORDER BY e.number

-- name: find_evidence
SELECT e.id, e.delivery, e.number, e.code, e.time, e.appended_at, e.salt, e.xml, l.leaf_index, l.commitment, t.token
FROM evidence e
LEFT JOIN log_leaf l ON l.evidence = e.id
LEFT JOIN time_stamp t ON t.about = 'evidence' AND t.subject = e.id
WHERE e.id = $1

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
