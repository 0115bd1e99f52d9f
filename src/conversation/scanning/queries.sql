-- Statements of scanning.

-- name: find_scan
SELECT finding, words, at FROM attachment_scan WHERE attachment = $1

-- name: put_scan
INSERT INTO attachment_scan (attachment, finding, words, at)
SELECT CAST($1 AS bigint), CAST($2 AS text), CAST($3 AS text), CAST($4 AS bigint)
WHERE EXISTS (SELECT 1 FROM conversation_attachment WHERE id = $1) ON CONFLICT (attachment) DO NOTHING

-- name: files_to_scan
SELECT a.id FROM conversation_attachment a LEFT JOIN attachment_scan s ON s.attachment = a.id
WHERE a.id > $1 AND a.wrapped_key IS NOT NULL AND s.attachment IS NULL ORDER BY a.id LIMIT $2

-- name: conversation_of_file
SELECT m.conversation FROM conversation_attachment a JOIN conversation_message m ON m.id = a.message WHERE a.id = $1

-- name: drop_scan
DELETE FROM attachment_scan WHERE attachment = $1

-- name: infected_in
SELECT s.finding, s.words, s.at FROM conversation_attachment a JOIN attachment_scan s ON s.attachment = a.id
WHERE a.message = $1 AND s.finding = 'infected' ORDER BY a.place LIMIT 1
