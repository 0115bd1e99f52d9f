-- Statements of live. Columns stand in the order of the structs in live.hpp.

-- name: find_site
SELECT id, name, mailbox, team, settings, mail_after, wrapped_key, created_at, changed_at, retired_at FROM chat_site WHERE id = $1

-- name: list_sites
SELECT id, name, mailbox, team, settings, mail_after, wrapped_key, created_at, changed_at, retired_at FROM chat_site
ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, id

-- name: insert_site
INSERT INTO chat_site (id, name, mailbox, team, settings, mail_after, wrapped_key, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)

-- name: change_site
UPDATE chat_site SET name = $2, mailbox = $3, team = $4, settings = $5, mail_after = $6, retired_at = $7, changed_at = $8
WHERE id = $1

-- name: visitor_of_token
SELECT id, site, token, name, locale, customer, address, CASE WHEN old_token IS NULL THEN 0 ELSE 1 END FROM chat_visitor WHERE token = $1

-- name: visitor_of_old_token
SELECT id, site, token, name, locale, customer, address, 1 FROM chat_visitor WHERE old_token = $1

-- name: find_visitor
SELECT id, site, token, name, locale, customer, address, CASE WHEN old_token IS NULL THEN 0 ELSE 1 END FROM chat_visitor WHERE id = $1

-- name: insert_visitor
INSERT INTO chat_visitor (id, site, token, name, locale, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING

-- The old one is that which was used: if the browser never learnt of the present one, it asks with the one before.
-- name: rotate_token
UPDATE chat_visitor SET old_token = $3, token = $2 WHERE id = $1

-- name: forget_old_token
UPDATE chat_visitor SET old_token = NULL WHERE id = $1 AND token = $2

-- name: recognise_visitor
UPDATE chat_visitor SET customer = $2, address = $3, name = $4 WHERE id = $1

-- name: find_thread
SELECT id, site, visitor, customer, read_up_to, mailed_up_to FROM chat_thread WHERE id = $1

-- name: threads_of_visitor
SELECT id, site, visitor, customer, read_up_to, mailed_up_to FROM chat_thread WHERE visitor = $1 AND site = $2
ORDER BY id DESC LIMIT 50

-- name: threads_of_customer
SELECT id, site, visitor, customer, read_up_to, mailed_up_to FROM chat_thread WHERE customer = $1 AND site = $2
ORDER BY id DESC LIMIT 50

-- Those whose messages stand in the conversation: their own, and what was merged into it.
-- name: threads_in
WITH RECURSIVE held (id) AS (
    SELECT id FROM conversation WHERE id = $1 UNION SELECT c.id FROM held h JOIN conversation c ON c.merged_into = h.id)
SELECT t.id, t.site, t.visitor, t.customer, t.read_up_to, t.mailed_up_to FROM held h JOIN chat_thread t ON t.id = h.id ORDER BY t.id

-- Where the messages of a merged conversation went, and when: nothing else changes it after that.
-- name: merged
SELECT merged_into, changed_at FROM conversation WHERE id = $1 AND merged_into IS NOT NULL

-- name: insert_thread
INSERT INTO chat_thread (id, site, visitor, customer, read_up_to, mailed_up_to, began_at)
VALUES ($1, $2, $3, $4, 0, 0, $5) ON CONFLICT DO NOTHING

-- name: recognise_threads
UPDATE chat_thread SET customer = $2 WHERE visitor = $1

-- name: read_thread
UPDATE chat_thread SET read_up_to = $2 WHERE id = $1 AND read_up_to < $2

-- name: mailed_thread
UPDATE chat_thread SET mailed_up_to = $2 WHERE id = $1

-- name: unread_in
SELECT count(*), COALESCE(MAX(id), 0) FROM conversation_message
WHERE conversation = $1 AND direction = 'out' AND state <> 'withdrawn' AND channel = 'chat' AND id > $2 AND origin = $3 AND at >= $4

-- name: last_heard_by
SELECT channel FROM conversation_message WHERE conversation = $1 AND direction = 'in' AND automatic IS NULL ORDER BY id DESC LIMIT 1

-- name: keys_of
SELECT a.key FROM conversation_arrival a WHERE a.message = $1 AND a.author = $2

-- The earlier time counts: who went on by e-mail does not wait for the time of an answer before.
-- name: insert_due
INSERT INTO chat_due (id, due_at) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET due_at = CASE WHEN excluded.due_at < chat_due.due_at THEN excluded.due_at ELSE chat_due.due_at END

-- name: delete_due
DELETE FROM chat_due WHERE id = $1

-- name: due
SELECT id FROM chat_due WHERE due_at <= $1 ORDER BY due_at LIMIT $2

-- name: put_code
INSERT INTO chat_code (id, address, digest, tries, expires_at) VALUES ($1, $2, $3, 0, $4)
ON CONFLICT (id) DO UPDATE SET address = excluded.address, digest = excluded.digest, tries = 0, expires_at = excluded.expires_at

-- name: find_code
SELECT address, digest, tries, expires_at FROM chat_code WHERE id = $1

-- name: count_try
UPDATE chat_code SET tries = tries + 1 WHERE id = $1

-- name: delete_code
DELETE FROM chat_code WHERE id = $1

-- name: use_nonce
INSERT INTO chat_nonce (site, nonce, visitor, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: user_of_nonce
SELECT visitor FROM chat_nonce WHERE site = $1 AND nonce = $2

-- name: forget_nonces
DELETE FROM chat_nonce WHERE expires_at < $1

-- name: followed_by
SELECT follows FROM conversation WHERE id = $1

-- ---- what is erased

-- name: visitors_of_thread
SELECT visitor FROM chat_thread WHERE id = $1

-- name: count_threads
SELECT count(*) FROM chat_thread WHERE visitor = $1

-- name: visitors_of_customer
SELECT id FROM chat_visitor WHERE customer = $1

-- name: erase_thread
DELETE FROM chat_thread WHERE id = $1

-- name: erase_threads_of
DELETE FROM chat_thread WHERE visitor = $1

-- name: erase_dues_of
DELETE FROM chat_due WHERE id IN (SELECT id FROM chat_thread WHERE visitor = $1)

-- name: erase_nonces
DELETE FROM chat_nonce WHERE visitor = $1

-- name: erase_visitor
UPDATE chat_visitor SET name = '', address = NULL, customer = NULL, old_token = NULL, token = $2 WHERE id = $1

-- ---- changing the secret

-- name: change_secret
UPDATE chat_site SET wrapped_key = $2, changed_at = $3 WHERE id = $1

-- name: put_old_secret
INSERT INTO chat_old_secret (id, wrapped_key, until) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET wrapped_key = excluded.wrapped_key, until = excluded.until

-- name: old_secret
SELECT wrapped_key FROM chat_old_secret WHERE id = $1 AND until > $2

-- name: site_of_thread
SELECT site FROM chat_thread WHERE id = $1

-- ---- a person who is split in two

-- name: proven_visitors
SELECT id, address FROM chat_visitor WHERE customer = $1 ORDER BY id

-- name: proven_threads
SELECT id FROM chat_thread WHERE visitor = $1 ORDER BY id

-- name: set_visitor_customer
UPDATE chat_visitor SET customer = $2 WHERE id = $1

-- name: set_thread_customer
UPDATE chat_thread SET customer = $2 WHERE id = $1 AND customer IS NOT NULL
