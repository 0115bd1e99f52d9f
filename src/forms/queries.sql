-- Statements of forms. Columns stand in the order of the structs in forms.hpp.

-- name: find_form
SELECT id, slug, name, state, draft, draft_version, number, drafted_number, created_at, changed_at FROM form WHERE id = $1

-- name: form_of_slug
SELECT id, slug, name, state, draft, draft_version, number, drafted_number, created_at, changed_at FROM form WHERE slug = $1

-- name: lock_form [sqlite]
SELECT id, slug, name, state, draft, draft_version, number, drafted_number, created_at, changed_at FROM form WHERE id = $1

-- name: lock_form [postgresql]
SELECT id, slug, name, state, draft, draft_version, number, drafted_number, created_at, changed_at FROM form WHERE id = $1 FOR UPDATE

-- name: list_forms
SELECT id, slug, name, state, draft, draft_version, number, drafted_number, created_at, changed_at FROM form
ORDER BY CASE WHEN state = 'closed' THEN 1 ELSE 0 END, id

-- name: count_forms
SELECT count(*) FROM form

-- name: insert_form
INSERT INTO form (id, slug, name, state, draft, draft_version, number, drafted_number, created_at, changed_at)
VALUES ($1, $2, $3, 'draft', $4, 1, 0, 0, $5, $5) ON CONFLICT DO NOTHING

-- name: change_form
UPDATE form SET slug = $2, name = $3, state = $4, changed_at = $5 WHERE id = $1

-- name: save_draft
UPDATE form SET draft = $3, draft_version = draft_version + 1, changed_at = $4 WHERE id = $1 AND draft_version = $2

-- name: publish_form
UPDATE form SET state = 'published', number = $3, drafted_number = $2, changed_at = $4 WHERE id = $1 AND draft_version = $2 AND number = $3 - 1

-- name: insert_version
INSERT INTO form_version (form, number, definition, published_at) VALUES ($1, $2, $3, $4)

-- name: find_version
SELECT form, number, definition, published_at FROM form_version WHERE form = $1 AND number = $2

-- name: list_versions
SELECT form, number, definition, published_at FROM form_version WHERE form = $1 ORDER BY number DESC LIMIT 100

-- name: count_submissions
SELECT count(*) FROM form_submission WHERE form = $1 AND state = $2

-- name: insert_submission
INSERT INTO form_submission (id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, wrapped_key, content, writer)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14) ON CONFLICT (form, key) DO NOTHING

-- name: find_submission
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE id = $1

-- name: submission_of_key
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE form = $1 AND key = $2

-- name: submission_of_conversation
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE conversation = $1 ORDER BY id LIMIT 1

-- name: list_submissions
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE form = $1 AND state = $2 AND id < $3 ORDER BY id DESC LIMIT $4

-- name: like_it
SELECT id FROM form_submission WHERE form = $1 AND likeness = $2 AND at > $3 ORDER BY at DESC LIMIT 1

-- name: enter_submission
UPDATE form_submission SET state = $2, conversation = $3, message = $4, changed_at = $5, wrapped_key = NULL, content = NULL, writer = NULL WHERE id = $1

-- name: discard_submission
UPDATE form_submission SET state = 'discarded', changed_at = $2, wrapped_key = NULL, content = NULL, writer = NULL WHERE id = $1 AND state = 'held'

-- name: lock_submission [sqlite]
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE id = $1

-- name: lock_submission [postgresql]
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE id = $1 FOR UPDATE

-- name: old_held
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE state = 'held' AND at < $1 ORDER BY at LIMIT 100

-- name: all_submissions
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE id > $1 ORDER BY id LIMIT 500

-- name: arrival_of
SELECT message FROM conversation_arrival WHERE author = $1 AND key = $2

-- ---- what is erased

-- name: held_of_writer
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE writer = $1 AND state = 'held' ORDER BY id

-- Of before it was known who wrote: there are none 30 days later.
-- name: held_of_anybody
SELECT id, form, number, key, reference, state, reasons, locale, consent, likeness, at, changed_at, conversation, message, wrapped_key, content
FROM form_submission WHERE state = 'held' AND writer IS NULL ORDER BY id

-- name: erase_likeness
UPDATE form_submission SET likeness = $2 WHERE id = $1

-- name: erase_likeness_of
UPDATE form_submission SET likeness = $2 WHERE conversation = $1
