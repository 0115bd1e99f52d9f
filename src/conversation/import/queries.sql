-- Statements for old mailboxes. Columns stand in the order of the structs in import.hpp.

-- name: find_import
SELECT id, source, kind, mailbox, settings, state, position, size, counts, created_at, changed_at, finished_at
FROM conversation_import WHERE id = $1

-- name: import_of_source
SELECT id FROM conversation_import WHERE source = $1 AND kind = $2 AND mailbox = $3

-- name: list_imports
SELECT id, source, kind, mailbox, settings, state, position, size, counts, created_at, changed_at, finished_at
FROM conversation_import WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: insert_import
INSERT INTO conversation_import (id, source, kind, mailbox, settings, state, position, size, counts, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)

-- name: change_import
UPDATE conversation_import SET settings = $2, state = $3, position = $4, size = $5, counts = $6, changed_at = $7, finished_at = $8
WHERE id = $1

-- name: insert_imported
INSERT INTO conversation_imported (message, import) VALUES ($1, $2)

-- Something of it did not come with an old mailbox.
-- name: lives
SELECT m.id FROM conversation_message m WHERE m.conversation = $1
AND NOT EXISTS (SELECT 1 FROM conversation_imported i WHERE i.message = m.id) LIMIT 1

-- Conversations that know the Message-ID, and where the address takes part; newest first.
-- name: past_referred
SELECT m.conversation FROM (SELECT message FROM conversation_reference WHERE digest = $1
    ORDER BY message DESC LIMIT 1000) AS r JOIN conversation_message m ON m.id = r.message
JOIN conversation_participant p ON p.conversation = m.conversation AND p.folded = $2 ORDER BY r.message DESC LIMIT 20

-- name: not_ours_after_all
UPDATE conversation_reference SET ours = 0 WHERE message = $1

-- name: first_message_at
SELECT min(at) FROM conversation_message WHERE conversation = $1

-- name: fsck_imported
SELECT i.message FROM conversation_imported i LEFT JOIN conversation_message m ON m.id = i.message
LEFT JOIN conversation_import f ON f.id = i.import WHERE m.id IS NULL OR f.id IS NULL ORDER BY i.message LIMIT 100

-- name: set_opened_at
UPDATE conversation SET opened_at = $2 WHERE id = $1
