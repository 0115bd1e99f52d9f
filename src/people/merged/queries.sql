-- Statements of persons with several records.

-- name: person_of
SELECT root FROM customer_merge WHERE absorbed = $1 AND undone_at IS NULL;

-- name: records_of
SELECT absorbed, survivor, root, merged_at FROM customer_merge
WHERE undone_at IS NULL
  AND root = COALESCE((SELECT root FROM customer_merge WHERE absorbed = $1 AND undone_at IS NULL), CAST($1 AS bigint))
ORDER BY absorbed;

-- name: records_of_many
SELECT absorbed, survivor, root, merged_at FROM customer_merge
WHERE undone_at IS NULL AND root IN (
    SELECT root FROM customer_merge WHERE undone_at IS NULL AND absorbed IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
    UNION SELECT root FROM customer_merge WHERE undone_at IS NULL AND root IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32))
ORDER BY absorbed;

-- name: merges_between
SELECT absorbed, survivor, root, merged_at FROM customer_merge
WHERE undone_at IS NULL AND root >= $1 AND root <= $2 ORDER BY root, absorbed;

-- name: find_merge
SELECT absorbed, survivor, root, merged_at FROM customer_merge WHERE absorbed = $1 AND undone_at IS NULL;

-- name: insert_merge
INSERT INTO customer_merge (id, absorbed, survivor, root, merged_at) VALUES ($1, $2, $3, $4, $5);

-- name: set_root
UPDATE customer_merge SET root = $2 WHERE absorbed = $1 AND undone_at IS NULL;

-- name: undo_merge
UPDATE customer_merge SET undone_at = $2 WHERE absorbed = $1 AND undone_at IS NULL;

-- name: sharing_addresses
SELECT o.customer, CASE WHEN o.verified_at IS NULL OR a.verified_at IS NULL THEN 0 ELSE 1 END
FROM customer_address a JOIN customer_address o ON o.kind = a.kind AND o.folded = a.folded AND o.finds = 0
WHERE a.customer = $1 AND o.customer <> $1
UNION ALL
SELECT o.customer, CASE WHEN o.verified_at IS NULL OR a.verified_at IS NULL THEN 0 ELSE 1 END
FROM customer_address a JOIN customer_address o ON o.kind = a.kind AND o.folded = a.folded AND o.finds = 1
WHERE a.customer = $1 AND o.customer <> $1
LIMIT 50;

-- name: sharing_name
SELECT customer FROM customer_key WHERE search_key = $1 AND customer <> $2 ORDER BY customer DESC LIMIT 20;

-- name: move_address
UPDATE customer_address SET customer = $2, is_primary = $3 WHERE id = $1;

-- name: move_identity
UPDATE customer_identity SET customer = $3 WHERE id = $1 AND customer = $2;

-- name: move_passkey
UPDATE customer_passkey SET customer = $3 WHERE id = $1 AND customer = $2;

-- name: fsck_merges
SELECT absorbed, survivor, root, merged_at FROM customer_merge WHERE undone_at IS NULL ORDER BY absorbed;

-- name: fsck_lost_merges
SELECT m.absorbed FROM customer_merge m LEFT JOIN customer a ON a.id = m.absorbed LEFT JOIN customer r ON r.id = m.root
WHERE m.undone_at IS NULL AND (a.id IS NULL OR r.id IS NULL) ORDER BY m.absorbed LIMIT 20;

-- name: fsck_half_erased
SELECT m.absorbed FROM customer_merge m JOIN customer a ON a.id = m.absorbed JOIN customer r ON r.id = m.root
WHERE m.undone_at IS NULL AND (a.erased_at IS NULL) <> (r.erased_at IS NULL) ORDER BY m.absorbed LIMIT 20;

-- name: fsck_erased
SELECT c.id FROM customer c WHERE c.erased_at IS NOT NULL AND (c.name <> '' OR c.external_id IS NOT NULL
    OR EXISTS (SELECT 1 FROM customer_address a WHERE a.customer = c.id)
    OR EXISTS (SELECT 1 FROM customer_identity i WHERE i.customer = c.id)
    OR EXISTS (SELECT 1 FROM customer_passkey p WHERE p.customer = c.id)) ORDER BY c.id LIMIT 20;
