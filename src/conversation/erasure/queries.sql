-- Statements that erase. What is left are numbers, times and states.

-- name: conversations_of_customer
SELECT id FROM conversation WHERE customer = $1 ORDER BY id

-- name: conversations_written_in
SELECT DISTINCT conversation FROM conversation_message WHERE author_kind = 'customer' AND author_id = $1 AND wrapped_key IS NOT NULL

-- name: messages_to_erase
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE conversation = $1 OR origin = $1

-- name: messages_by_customer
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE conversation = $1 AND author_kind = 'customer' AND author_id = $2

-- name: erase_message
UPDATE conversation_message SET wrapped_key = NULL, sealed = NULL, text_blob = NULL, html_blob = NULL, text_size = 0,
    html_size = 0, client_key = NULL, leaves_at = NULL, automatic = CASE WHEN automatic IS NULL THEN NULL ELSE 'a program' END
WHERE id = $1

-- name: erase_attachment
UPDATE conversation_attachment SET wrapped_key = NULL, sealed = NULL, media_type = 'application/octet-stream', size = 0 WHERE id = $1

-- name: erase_conversation
UPDATE conversation SET wrapped_key = NULL, sealed = NULL, about = NULL WHERE id = $1

-- name: erase_participants
DELETE FROM conversation_participant WHERE conversation = $1

-- name: erase_participant
DELETE FROM conversation_participant WHERE conversation = $1 AND folded = $2

-- name: erase_participants_of_origin
DELETE FROM conversation_participant WHERE conversation = $1 AND came_with = $2

-- name: erase_field_values
DELETE FROM conversation_field_values WHERE conversation = $1

-- name: erase_drafts
DELETE FROM conversation_draft WHERE conversation = $1

-- name: erase_suggestions
DELETE FROM conversation_suggestion WHERE conversation = $1 OR other = $1

-- name: ratings_to_erase
SELECT id FROM rating WHERE conversation = $1 ORDER BY id

-- name: ratings_of_customer
SELECT id FROM rating WHERE customer = $1 ORDER BY id

-- name: erase_rating
DELETE FROM rating WHERE id = $1

-- name: erase_mark
DELETE FROM conversation_seen WHERE agent = $1 AND conversation = $2

-- name: erase_lookers
DELETE FROM conversation_looker WHERE conversation = $1

-- name: fsck_erased
SELECT c.id FROM conversation c WHERE c.wrapped_key IS NULL AND (
    EXISTS (SELECT 1 FROM conversation_message m WHERE m.conversation = c.id AND m.wrapped_key IS NOT NULL)
    OR EXISTS (SELECT 1 FROM conversation_participant p WHERE p.conversation = c.id)
    OR EXISTS (SELECT 1 FROM conversation_draft d WHERE d.conversation = c.id)
    OR EXISTS (SELECT 1 FROM rating r WHERE r.conversation = c.id AND r.score IS NOT NULL)
    OR EXISTS (SELECT 1 FROM conversation_field_values v WHERE v.conversation = c.id)) ORDER BY c.id LIMIT 100

-- name: fsck_erased_files
SELECT m.id FROM conversation_message m JOIN conversation_attachment a ON a.message = m.id
WHERE m.wrapped_key IS NULL AND m.state <> 'withdrawn' AND a.wrapped_key IS NOT NULL ORDER BY m.id LIMIT 100

-- ---- a person who is split in two

-- name: change_author
UPDATE conversation_message SET author_id = $3 WHERE conversation = $1 AND author_kind = 'customer' AND author_id = $2

-- name: change_author_at
UPDATE conversation_message SET author_id = $3 WHERE conversation = $1 AND author_kind = 'customer' AND author_id = $2
    AND participant IN (SELECT id FROM conversation_participant WHERE conversation = $1 AND folded = $4)

-- name: change_rated
UPDATE rating SET customer = $3 WHERE conversation = $1 AND customer = $2
