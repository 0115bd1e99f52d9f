-- Statements of conversation. Columns stand in the order of the structs in rows.hpp.

-- ---- keys, numbers, counters

-- name: conversation_key
SELECT wrapped_key FROM conversation_key WHERE id = 1

-- name: insert_conversation_key
INSERT INTO conversation_key (id, wrapped_key, created_at) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING

-- name: next_number
INSERT INTO conversation_number (id, last) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET last = conversation_number.last + 1 RETURNING last

-- name: add_to_counter
INSERT INTO conversation_counter (scope, state, n) VALUES ($1, $2, $3)
ON CONFLICT (scope, state) DO UPDATE SET n = conversation_counter.n + excluded.n

-- name: counters
SELECT scope, state, n FROM conversation_counter WHERE n <> 0 ORDER BY scope, state

-- ---- mailboxes

-- name: find_mailbox
SELECT id, address, name, locale, team, signatures, created_at, changed_at, retired_at FROM mailbox WHERE id = $1

-- name: list_mailboxes
SELECT id, address, name, locale, team, signatures, created_at, changed_at, retired_at FROM mailbox
ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, id

-- name: count_mailboxes
SELECT count(*) FROM mailbox

-- name: insert_mailbox
INSERT INTO mailbox (id, address, name, locale, team, signatures, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)

-- name: change_mailbox
UPDATE mailbox SET name = $2, locale = $3, team = $4, signatures = $5, retired_at = $6, changed_at = $7 WHERE id = $1

-- name: addresses_of_mailbox
SELECT folded FROM mailbox_address WHERE mailbox = $1 ORDER BY place

-- name: mailbox_of_address
SELECT mailbox FROM mailbox_address WHERE folded = $1

-- name: forget_addresses
DELETE FROM mailbox_address WHERE mailbox = $1

-- name: insert_mailbox_address
INSERT INTO mailbox_address (folded, mailbox, place) VALUES ($1, $2, $3)

-- name: addresses_taken
SELECT a.folded, a.mailbox FROM mailbox_address a JOIN mailbox m ON m.id = a.mailbox WHERE m.retired_at IS NULL

-- ---- conversations

-- name: find_conversation
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE id = $1

-- name: insert_conversation
INSERT INTO conversation (id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows,
    waiting_since, opened_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 1, $13, $15, $16, $17)

-- name: change_conversation
UPDATE conversation SET customer = $3, mailbox = $4, state = $5, priority = $6, team = $7, assignee = $8, merged_into = $9,
    snoozed_until = $10, waiting_since = $11, resolved_at = $12, last_at = $13, messages = $14, version = $15,
    changed_at = $16, sealed = $17, sla_terms = $18, sla_next_at = $19, due_at = $20, due = $21
WHERE id = $1 AND version = $2

-- name: change_clocks
UPDATE conversation SET sla_next_at = $2, due_at = $3, due = $4 WHERE id = $1

-- name: merged_into
SELECT id FROM conversation WHERE merged_into = $1 ORDER BY id

-- Asked up to twenty times a second. Left alone, SQLite prefers an equality and walks all that are snoozed.
-- name: due_to_wake [sqlite]
SELECT id FROM conversation INDEXED BY conversation_snoozed WHERE state = 'snoozed' AND snoozed_until <= $1 ORDER BY snoozed_until LIMIT $2

-- name: due_to_wake [postgresql]
SELECT id FROM conversation WHERE state = 'snoozed' AND snoozed_until <= $1 ORDER BY snoozed_until LIMIT $2

-- ---- lists: a state, before a cursor, so many

-- name: list_all
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE state = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4

-- name: list_unassigned
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE assignee IS NULL AND state = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4

-- name: list_assignee
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE assignee = $5 AND state = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4

-- name: list_team
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE team = $5 AND state = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4

-- name: list_mailbox
SELECT c.id, c.number, c.customer, c.mailbox, c.state, c.priority, c.team, c.assignee, c.locale, c.about, c.follows,
    c.merged_into, c.snoozed_until, c.waiting_since, c.opened_at, c.resolved_at, c.last_at, c.messages, c.version,
    c.changed_at, c.wrapped_key, c.sealed, c.channel, c.sla_terms, c.sla_next_at, c.due_at, c.due
FROM conversation_placement p JOIN conversation c ON c.id = p.conversation
WHERE p.mailbox = $5 AND p.state = $1 AND (p.last_at, p.conversation) < ($2, $3)
ORDER BY p.last_at DESC, p.conversation DESC LIMIT $4

-- name: list_label
SELECT c.id, c.number, c.customer, c.mailbox, c.state, c.priority, c.team, c.assignee, c.locale, c.about, c.follows,
    c.merged_into, c.snoozed_until, c.waiting_since, c.opened_at, c.resolved_at, c.last_at, c.messages, c.version,
    c.changed_at, c.wrapped_key, c.sealed, c.channel, c.sla_terms, c.sla_next_at, c.due_at, c.due
FROM conversation_labelled l JOIN conversation c ON c.id = l.conversation
WHERE l.label = $5 AND l.state = $1 AND (l.last_at, l.conversation) < ($2, $3)
ORDER BY l.last_at DESC, l.conversation DESC LIMIT $4

-- name: list_customer
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE customer = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4

-- name: list_customer_state
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE customer = $5 AND state = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4

-- ---- the same views, what is due first

-- name: list_due_all
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE state = $1 AND due_at IS NOT NULL AND (due_at, id) > ($2, $3) ORDER BY due_at, id LIMIT $4

-- name: list_due_unassigned
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE assignee IS NULL AND state = $1 AND due_at IS NOT NULL AND (due_at, id) > ($2, $3) ORDER BY due_at, id LIMIT $4

-- name: list_due_assignee
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE assignee = $5 AND state = $1 AND due_at IS NOT NULL AND (due_at, id) > ($2, $3) ORDER BY due_at, id LIMIT $4

-- name: list_due_team
SELECT id, number, customer, mailbox, state, priority, team, assignee, locale, about, follows, merged_into, snoozed_until,
    waiting_since, opened_at, resolved_at, last_at, messages, version, changed_at, wrapped_key, sealed, channel, sla_terms,
    sla_next_at, due_at, due
FROM conversation WHERE team = $5 AND state = $1 AND due_at IS NOT NULL AND (due_at, id) > ($2, $3) ORDER BY due_at, id LIMIT $4

-- ---- places and labels

-- name: placements_of
SELECT mailbox FROM conversation_placement WHERE conversation = $1 ORDER BY mailbox

-- name: insert_placement
INSERT INTO conversation_placement (conversation, mailbox, state, last_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: delete_placement
DELETE FROM conversation_placement WHERE conversation = $1 AND mailbox = $2

-- name: move_placements
UPDATE conversation_placement SET state = $2, last_at = $3 WHERE conversation = $1

-- name: labels_of
SELECT label FROM conversation_labelled WHERE conversation = $1 ORDER BY label

-- name: insert_labelled
INSERT INTO conversation_labelled (conversation, label, state, last_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: delete_labelled
DELETE FROM conversation_labelled WHERE conversation = $1 AND label = $2

-- name: delete_labelled_all
DELETE FROM conversation_labelled WHERE label = $1

-- name: move_labels
UPDATE conversation_labelled SET state = $2, last_at = $3 WHERE conversation = $1

-- name: count_labelled
SELECT state, count(*) FROM conversation_labelled WHERE label = $1 GROUP BY state ORDER BY state

-- name: find_label
SELECT id, name, colour, created_at, changed_at FROM conversation_label WHERE id = $1

-- name: label_exists
SELECT id FROM conversation_label WHERE id = $1

-- name: label_of_name
SELECT id FROM conversation_label WHERE folded = $1

-- name: list_labels
SELECT id, name, colour, created_at, changed_at FROM conversation_label ORDER BY id

-- name: count_labels
SELECT count(*) FROM conversation_label

-- name: insert_label
INSERT INTO conversation_label (id, name, folded, colour, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)

-- name: change_label
UPDATE conversation_label SET name = $2, folded = $3, colour = $4, changed_at = $5 WHERE id = $1

-- name: delete_label
DELETE FROM conversation_label WHERE id = $1

-- ---- participants

-- name: participants_of
SELECT id, conversation, folded, address, role, proven_at, came_with FROM conversation_participant WHERE conversation = $1 ORDER BY id

-- name: find_participant
SELECT id, conversation, folded, address, role, proven_at, came_with FROM conversation_participant WHERE id = $1

-- name: participant_of_address
SELECT id, conversation, folded, address, role, proven_at, came_with FROM conversation_participant
WHERE conversation = $1 AND folded = $2

-- name: count_participants
SELECT count(*) FROM conversation_participant WHERE conversation = $1

-- name: insert_participant
INSERT INTO conversation_participant (id, conversation, folded, address, role, added_at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: copy_participant
INSERT INTO conversation_participant (id, conversation, folded, address, role, came_with, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING

-- name: raise_participant
UPDATE conversation_participant SET role = $2 WHERE id = $1

-- name: prove_participant
UPDATE conversation_participant SET proven_at = $2 WHERE id = $1 AND proven_at IS NULL

-- name: drop_participants
DELETE FROM conversation_participant WHERE conversation = $1 AND came_with = $2
AND NOT EXISTS (SELECT 1 FROM conversation_message m WHERE m.conversation = $1 AND m.participant = conversation_participant.id)

-- ---- suggestions

-- name: insert_suggestion
INSERT INTO conversation_suggestion (conversation, other, reason, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: suggestions_of
SELECT other, reason, at FROM conversation_suggestion WHERE conversation = $1 AND settled_at IS NULL ORDER BY at, other LIMIT 20

-- name: settle_suggestion
UPDATE conversation_suggestion SET settled_at = $3
WHERE settled_at IS NULL AND ((conversation = $1 AND other = $2) OR (conversation = $2 AND other = $1))

-- ---- messages

-- name: insert_message
INSERT INTO conversation_message (id, conversation, origin, direction, channel, state, at, author_kind, author_id,
    participant, inbound, client_key, leaves_at, matched_by, automatic, claims, text_size, html_size, attachments,
    wrapped_key, sealed, text_blob, html_blob)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)

-- name: find_message
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE id = $1

-- name: messages_of
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE conversation = $1 AND id < $2 AND state <> 'withdrawn' ORDER BY id DESC LIMIT $3

-- name: last_mails
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE conversation = $1 AND direction <> 'note' AND state <> 'withdrawn' ORDER BY id DESC LIMIT $2

-- name: last_heard
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE conversation = $1 AND direction = 'in' AND automatic IS NULL ORDER BY id DESC LIMIT 1

-- name: message_of_key
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE author_kind = $1 AND author_id = $2 AND client_key = $3

-- name: insert_arrival
INSERT INTO conversation_arrival (author, key, message) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: message_of_arrival
SELECT message FROM conversation_arrival WHERE author = $1 AND key = $2

-- name: message_of_mail
SELECT id FROM conversation_message WHERE inbound = $1

-- name: set_message_state
UPDATE conversation_message SET state = $2 WHERE id = $1

-- name: withdraw_message
UPDATE conversation_message SET state = 'withdrawn', wrapped_key = NULL, sealed = NULL, text_blob = NULL, html_blob = NULL,
    attachments = 0, leaves_at = NULL WHERE id = $1

-- name: count_of_origin
SELECT count(*) FROM conversation_message WHERE conversation = $1 AND origin = $2 AND state <> 'withdrawn'

-- name: move_messages
UPDATE conversation_message SET conversation = $2 WHERE conversation = $1 AND origin = $3

-- name: send_message_to
UPDATE conversation_message SET conversation = $2, origin = $2 WHERE id = $1

-- name: last_message_at
SELECT at FROM conversation_message WHERE conversation = $1 AND state <> 'withdrawn' ORDER BY id DESC LIMIT 1

-- ---- references

-- name: insert_reference
INSERT INTO conversation_reference (digest, message, ours) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: delete_references
DELETE FROM conversation_reference WHERE message = $1

-- name: referred
SELECT m.conversation FROM (SELECT message FROM conversation_reference WHERE digest = $1 AND ours = $2
    ORDER BY message DESC LIMIT $3) AS r JOIN conversation_message m ON m.id = r.message ORDER BY r.message DESC

-- Those where the sender takes part; of what thousands refer to, the newest ones.
-- name: referred_with
SELECT m.conversation FROM (SELECT message FROM conversation_reference WHERE digest = $1 AND ours = 0
    ORDER BY message DESC LIMIT 1000) AS r JOIN conversation_message m ON m.id = r.message
JOIN conversation_participant p ON p.conversation = m.conversation AND p.folded = $2 ORDER BY r.message DESC LIMIT 20

-- ---- attachments

-- name: insert_attachment
INSERT INTO conversation_attachment (id, message, place, owner_kind, owner_id, expires_at, media_type, size, shown_inside,
    blob, wrapped_key, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: find_attachment
SELECT id, message, place, owner_kind, owner_id, expires_at, media_type, size, shown_inside, blob, wrapped_key, sealed
FROM conversation_attachment WHERE id = $1

-- name: attachments_of
SELECT id, message, place, owner_kind, owner_id, expires_at, media_type, size, shown_inside, blob, wrapped_key, sealed
FROM conversation_attachment WHERE message = $1 ORDER BY place

-- name: attach
UPDATE conversation_attachment SET message = $2, place = $3, expires_at = NULL WHERE id = $1 AND message IS NULL

-- name: detach
UPDATE conversation_attachment SET message = NULL, owner_kind = $2, owner_id = $3, expires_at = $4 WHERE message = $1

-- name: old_uploads
SELECT id, message, place, owner_kind, owner_id, expires_at, media_type, size, shown_inside, blob, wrapped_key, sealed
FROM conversation_attachment WHERE message IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT 200

-- name: delete_attachment
DELETE FROM conversation_attachment WHERE id = $1

-- ---- drafts

-- name: find_draft
SELECT id, version, wrapped_key, sealed, changed_at FROM conversation_draft
WHERE agent = $1 AND conversation = $2 AND kind = $3

-- name: insert_draft
INSERT INTO conversation_draft (id, agent, conversation, kind, version, wrapped_key, sealed, changed_at)
VALUES ($1, $2, $3, $4, 1, $5, $6, $7)

-- name: change_draft
UPDATE conversation_draft SET version = $2, wrapped_key = $3, sealed = $4, changed_at = $5 WHERE id = $1

-- name: move_draft
UPDATE conversation_draft SET kind = $4, version = version + 1 WHERE agent = $1 AND conversation = $2 AND kind = $3

-- name: delete_draft
DELETE FROM conversation_draft WHERE agent = $1 AND conversation = $2 AND kind = $3

-- ---- fields

-- name: list_fields
SELECT id, key, name, kind, rules, required, place, retired_at, created_at, changed_at FROM conversation_field ORDER BY place, id

-- name: find_field
SELECT id, key, name, kind, rules, required, place, retired_at, created_at, changed_at FROM conversation_field WHERE id = $1

-- name: insert_field
INSERT INTO conversation_field (id, key, name, kind, rules, required, place, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)

-- name: change_field
UPDATE conversation_field SET name = $2, rules = $3, required = $4, place = $5, retired_at = $6, changed_at = $7 WHERE id = $1

-- name: field_values
SELECT sealed FROM conversation_field_values WHERE conversation = $1

-- name: put_field_values
INSERT INTO conversation_field_values (conversation, sealed, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (conversation) DO UPDATE SET sealed = excluded.sealed, changed_at = excluded.changed_at

-- ---- fsck

-- name: fsck_counted
SELECT 'all', state, count(*) FROM conversation GROUP BY state
UNION ALL SELECT 'unassigned', state, count(*) FROM conversation WHERE assignee IS NULL GROUP BY state

-- name: fsck_by_assignee
SELECT assignee, state, count(*) FROM conversation WHERE assignee IS NOT NULL GROUP BY assignee, state

-- name: fsck_by_team
SELECT team, state, count(*) FROM conversation WHERE team IS NOT NULL GROUP BY team, state

-- name: fsck_by_mailbox
SELECT mailbox, state, count(*) FROM conversation_placement GROUP BY mailbox, state

-- name: fsck_by_label
SELECT label, state, count(*) FROM conversation_labelled GROUP BY label, state

-- name: fsck_message_counts
SELECT c.id FROM conversation c LEFT JOIN (SELECT conversation, count(*) AS n FROM conversation_message
    WHERE state <> 'withdrawn' GROUP BY conversation) AS m ON m.conversation = c.id
WHERE c.messages <> COALESCE(m.n, 0) ORDER BY c.id LIMIT 100

-- name: fsck_places
SELECT p.conversation FROM conversation_placement p LEFT JOIN conversation c ON c.id = p.conversation
WHERE c.id IS NULL OR c.state <> p.state OR c.last_at <> p.last_at
UNION SELECT l.conversation FROM conversation_labelled l LEFT JOIN conversation c ON c.id = l.conversation
WHERE c.id IS NULL OR c.state <> l.state OR c.last_at <> l.last_at ORDER BY 1 LIMIT 100

-- name: fsck_states
SELECT id FROM conversation WHERE (state = 'snoozed') <> (snoozed_until IS NOT NULL)
   OR (state = 'merged') <> (merged_into IS NOT NULL) OR (state = 'resolved') <> (resolved_at IS NOT NULL)
   OR (wrapped_key IS NULL) <> (sealed IS NULL) ORDER BY id LIMIT 100

-- name: fsck_lost
SELECT m.id FROM conversation_message m LEFT JOIN conversation c ON c.id = m.conversation
LEFT JOIN conversation o ON o.id = m.origin WHERE c.id IS NULL OR o.id IS NULL ORDER BY m.id LIMIT 100

-- name: fsck_mails
SELECT m.id FROM conversation_message m LEFT JOIN inbound_message i ON i.id = m.inbound
WHERE m.inbound IS NOT NULL AND i.id IS NULL ORDER BY m.id LIMIT 100

-- name: fsck_arrivals
SELECT a.message FROM conversation_arrival a LEFT JOIN conversation_message m ON m.id = a.message
WHERE m.id IS NULL ORDER BY a.message LIMIT 100

-- name: fsck_handled
SELECT DISTINCT r.message FROM inbound_recipient r LEFT JOIN conversation_message m ON m.inbound = r.message
WHERE r.kind = 'conversation' AND m.id IS NULL AND NOT EXISTS (SELECT 1 FROM conversation_arrival a
    WHERE a.author = 'copy' AND a.key = CAST(r.message AS text)) ORDER BY r.message LIMIT 100

-- name: fsck_attachments
SELECT m.id FROM conversation_message m LEFT JOIN (SELECT message, count(*) AS n FROM conversation_attachment
    WHERE message IS NOT NULL GROUP BY message) AS a ON a.message = m.id
WHERE m.attachments <> COALESCE(a.n, 0) ORDER BY m.id LIMIT 100

-- name: fsck_messages
SELECT id, wrapped_key, sealed FROM conversation_message WHERE wrapped_key IS NOT NULL ORDER BY id

-- name: fsck_number
SELECT count(*) FROM conversation WHERE number > (SELECT COALESCE(MAX(last), 0) FROM conversation_number)

-- ---- search: what is offered to be found, and what filters leave

-- name: search_page
SELECT id FROM conversation_message WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: search_count
SELECT count(*) FROM conversation_message WHERE wrapped_key IS NOT NULL AND state <> 'withdrawn'

-- name: find_by_number
SELECT id FROM conversation WHERE number = $1

-- name: ids_of_state
SELECT id FROM conversation WHERE state = $1 LIMIT $2

-- name: ids_of_assignee
SELECT id FROM conversation WHERE assignee = $3 AND state = $1 LIMIT $2

-- name: ids_unassigned
SELECT id FROM conversation WHERE assignee IS NULL AND state = $1 LIMIT $2

-- name: ids_of_team
SELECT id FROM conversation WHERE team = $3 AND state = $1 LIMIT $2

-- name: ids_of_label
SELECT conversation FROM conversation_labelled WHERE label = $3 AND state = $1 LIMIT $2
