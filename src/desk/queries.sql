-- Statements of desk. Columns stand in the order of the structs in items.hpp and runs.cpp.

-- ---- canned replies, macros …

-- name: items_of
SELECT id, audience, owner, team, name, shortcut, folder, place, body, version, created_at, changed_at FROM desk_item
WHERE kind = $1 ORDER BY place, id

-- name: find_item
SELECT id, audience, owner, team, name, shortcut, folder, place, body, version, created_at, changed_at FROM desk_item
WHERE kind = $1 AND id = $2

-- name: count_items
SELECT count(*) FROM desk_item WHERE kind = $1

-- name: insert_item
INSERT INTO desk_item (id, kind, audience, owner, team, name, shortcut, folder, place, body, version, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)

-- name: change_item
UPDATE desk_item SET audience = $2, owner = $3, team = $4, name = $5, shortcut = $6, folder = $7, place = $8, body = $9,
    version = version + 1, changed_at = $10 WHERE id = $1

-- name: delete_item
DELETE FROM desk_item WHERE id = $1

-- ---- what actions did

-- name: insert_run
INSERT INTO desk_run (id, conversation, item, actor_kind, actor_id, client_key, at, version, stood, messages, undo_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: find_run
SELECT id, conversation, item, actor_kind, actor_id, at, version, stood, messages, undo_until, undone_at FROM desk_run WHERE id = $1

-- name: run_of_key
SELECT id, conversation, item, actor_kind, actor_id, at, version, stood, messages, undo_until, undone_at FROM desk_run
WHERE actor_kind = $1 AND actor_id = $2 AND client_key = $3 AND conversation = $4

-- name: mark_undone
UPDATE desk_run SET undone_at = $2 WHERE id = $1

-- name: forget_runs
DELETE FROM desk_run WHERE at < $1

-- ---- attributes of customers

-- name: attribute_schema
SELECT body FROM desk_attribute_schema WHERE id = 1

-- name: put_attribute_schema
INSERT INTO desk_attribute_schema (id, body, changed_at) VALUES (1, $1, $2)
ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at

-- name: customer_attributes
SELECT wrapped_key, sealed, changed_at FROM desk_customer WHERE customer = $1

-- name: put_customer_attributes
INSERT INTO desk_customer (customer, wrapped_key, sealed, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (customer) DO UPDATE SET wrapped_key = excluded.wrapped_key, sealed = excluded.sealed, changed_at = excluded.changed_at

-- ---- mentions

-- name: insert_mention
INSERT INTO desk_mention (agent, message, conversation, by_kind, by_id, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING

-- name: mentions_of
SELECT message, conversation, by_kind, by_id, at, read_at FROM desk_mention WHERE agent = $1 AND message < $2 ORDER BY message DESC LIMIT $3

-- name: count_unread_mentions
SELECT count(*) FROM desk_mention WHERE agent = $1 AND read_at IS NULL

-- name: mentioned_in
SELECT DISTINCT message FROM desk_mention WHERE conversation = $1 ORDER BY message

-- name: mentioned_by
SELECT agent, conversation FROM desk_mention WHERE message = $1 ORDER BY agent

-- name: move_mentions
UPDATE desk_mention SET conversation = $2 WHERE message = $1

-- name: delete_mentions
DELETE FROM desk_mention WHERE message = $1

-- name: wishes_mail
SELECT mail FROM desk_wish WHERE agent = $1

-- name: wish
INSERT INTO desk_wish (agent, mail, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (agent) DO UPDATE SET mail = excluded.mail, changed_at = excluded.changed_at

-- name: read_mentions
UPDATE desk_mention SET read_at = $3 WHERE agent = $1 AND conversation = $2 AND read_at IS NULL

-- ---- the journal

-- name: position
SELECT seq FROM desk_position WHERE id = 1

-- name: begin_position
INSERT INTO desk_position (id, seq) VALUES (1, $1) ON CONFLICT DO NOTHING

-- name: move_position
UPDATE desk_position SET seq = $2 WHERE id = 1 AND seq = $1

-- ---- rules

-- name: insert_due
INSERT INTO desk_rule_due (seq, kind, conversation, message, at, by_rule) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING

-- name: next_due
SELECT seq, kind, conversation, message, at, by_rule FROM desk_rule_due ORDER BY seq LIMIT 1

-- name: due_attempts
SELECT attempts FROM desk_rule_due WHERE seq = $1

-- name: count_due_attempt
UPDATE desk_rule_due SET attempts = $2 WHERE seq = $1

-- name: delete_due
DELETE FROM desk_rule_due WHERE seq = $1

-- name: insert_rule_run
INSERT INTO desk_rule_run (rule, seq, kind, conversation, at, depth, done, code, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING

-- name: find_rule_run
SELECT rule, seq, kind, conversation, at, depth, done, code, reason FROM desk_rule_run WHERE rule = $1 AND seq = $2

-- name: last_rule_run
SELECT rule, seq, kind, conversation, at, depth, done, code, reason FROM desk_rule_run
WHERE conversation = $1 AND rule = $2 ORDER BY at DESC, seq DESC LIMIT 1

-- name: rule_runs
SELECT rule, seq, kind, conversation, at, depth, done, code, reason FROM desk_rule_run
WHERE rule = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3

-- name: count_rule_runs
SELECT count(*) FROM desk_rule_run WHERE conversation = $1 AND at > $2 AND done = 1

-- name: forget_rule_runs
DELETE FROM desk_rule_run WHERE at < $1

-- ---- what is erased

-- name: erase_runs
DELETE FROM desk_run WHERE conversation = $1

-- name: erase_rule_reasons
UPDATE desk_rule_run SET reason = NULL WHERE conversation = $1

-- name: erase_attributes
DELETE FROM desk_customer WHERE customer = $1

-- ---- fsck

-- name: fsck_customers
SELECT customer FROM desk_customer WHERE customer > $1 ORDER BY customer LIMIT $2

-- name: fsck_mentions
SELECT DISTINCT message, conversation FROM desk_mention WHERE message > $1 ORDER BY message LIMIT $2

-- name: fsck_runs
SELECT id, conversation, item, actor_kind, actor_id, at, version, stood, messages, undo_until, undone_at FROM desk_run
WHERE id > $1 ORDER BY id LIMIT $2

-- name: fsck_dues
SELECT count(*) FROM desk_rule_due WHERE seq > $1
