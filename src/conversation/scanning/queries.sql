-- Statements of scanning.

-- name: find_scan
SELECT finding, words, at FROM attachment_scan WHERE attachment = $1

-- name: put_scan
INSERT INTO attachment_scan (attachment, finding, words, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (attachment) DO UPDATE SET finding = excluded.finding, words = excluded.words, at = excluded.at

-- name: files_to_scan
SELECT a.id FROM conversation_attachment a LEFT JOIN attachment_scan s ON s.attachment = a.id
WHERE a.id > $1 AND a.wrapped_key IS NOT NULL AND s.attachment IS NULL ORDER BY a.id LIMIT $2

-- name: conversation_of_file
SELECT m.conversation FROM conversation_attachment a JOIN conversation_message m ON m.id = a.message WHERE a.id = $1

-- name: drop_lost_scans
DELETE FROM attachment_scan WHERE NOT EXISTS (SELECT 1 FROM conversation_attachment a WHERE a.id = attachment_scan.attachment)
