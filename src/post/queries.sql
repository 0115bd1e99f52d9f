-- name: add_letter
INSERT INTO outbox (id, owner, purpose, channel, recipient, locale, template, data, state, priority, attempts, next_at, expires_at, created_at, changed_at, stream, unsubscribe_url, list)
VALUES ($1, $2, $3, 'email', $4, $5, $6, $7, 'queued', $8, 0, $11, $10, $9, $9, $12, $13, $14)

-- name: claim_letters [sqlite]
UPDATE outbox SET state = 'attempting', worker = $1, attempts = attempts + 1, next_at = NULL, changed_at = $2
WHERE id IN (SELECT id FROM outbox WHERE state = 'queued' AND priority = $3 AND next_at <= $2 ORDER BY next_at LIMIT $4)
RETURNING id, owner, purpose, recipient, locale, template, data, attempts, expires_at, created_at, stream, unsubscribe_url, list

-- name: claim_letters [postgresql]
UPDATE outbox SET state = 'attempting', worker = $1, attempts = attempts + 1, next_at = NULL, changed_at = $2
WHERE id IN (SELECT id FROM outbox WHERE state = 'queued' AND priority = $3 AND next_at <= $2 ORDER BY next_at LIMIT $4
             FOR UPDATE SKIP LOCKED)
RETURNING id, owner, purpose, recipient, locale, template, data, attempts, expires_at, created_at, stream, unsubscribe_url, list

-- name: begin_attempt
INSERT INTO outbox_attempt (letter, number, worker, started_at) VALUES ($1, $2, $3, $4)

-- name: end_attempt
UPDATE outbox_attempt SET ended_at = $3, result = $4, server = $5, reply = $6, enhanced_status = $7, tls = $8, source = $9
WHERE letter = $1 AND number = $2

-- name: settle_accepted
UPDATE outbox SET state = 'accepted', data = NULL, unsubscribe_url = NULL, last_reply = $3, changed_at = $4
WHERE id = $1 AND worker = $2 AND state IN ('attempting', 'unknown')

-- A letter whose data was wiped while it was being sent has nothing left to send.
-- name: settle_queued
UPDATE outbox SET state = CASE WHEN data IS NULL THEN 'cancelled' ELSE 'queued' END,
       next_at = CASE WHEN data IS NULL THEN NULL ELSE CAST($5 AS bigint) END, worker = NULL, last_reply = $3, changed_at = $4
WHERE id = $1 AND worker = $2 AND state = 'attempting'

-- name: settle_failed
UPDATE outbox SET state = 'failed', last_reply = $3, changed_at = $4
WHERE id = $1 AND worker = $2 AND state = 'attempting'

-- name: settle_unknown
UPDATE outbox SET state = 'unknown', last_reply = $3, changed_at = $4
WHERE id = $1 AND worker = $2 AND state = 'attempting'

-- name: give_back_letter
UPDATE outbox SET state = CASE WHEN data IS NULL THEN 'cancelled' ELSE 'queued' END,
       next_at = CASE WHEN data IS NULL THEN NULL ELSE CAST($3 AS bigint) END, worker = NULL, attempts = attempts - 1, changed_at = $3
WHERE id = $1 AND worker = $2 AND state = 'attempting'

-- name: drop_attempt
DELETE FROM outbox_attempt WHERE letter = $1 AND number = $2 AND ended_at IS NULL

-- name: next_due
SELECT MIN(next_at) FROM outbox WHERE state = 'queued' AND priority = $1

-- name: add_worker
INSERT INTO outbox_worker (id, node, started_at, seen_at) VALUES ($1, $2, $3, $3)

-- name: worker_seen
UPDATE outbox_worker SET seen_at = $2 WHERE id = $1

-- name: drop_worker
DELETE FROM outbox_worker WHERE id = $1

-- name: silent_workers
SELECT id FROM outbox_worker WHERE seen_at < $1 AND id <> $2

-- name: letters_of_worker
SELECT id, attempts, owner, purpose FROM outbox WHERE worker = $1 AND state = 'attempting'

-- name: letters_of_owner
SELECT id, owner, purpose, channel, recipient, state, attempts, next_at, last_reply, created_at, changed_at
FROM outbox WHERE owner = $1 ORDER BY id

-- name: find_letter
SELECT id, owner, purpose, channel, recipient, state, attempts, next_at, last_reply, created_at, changed_at
FROM outbox WHERE id = $1

-- name: list_letters
SELECT id, owner, purpose, channel, recipient, state, attempts, next_at, last_reply, created_at, changed_at
FROM outbox WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: list_letters_in_state
SELECT id, owner, purpose, channel, recipient, state, attempts, next_at, last_reply, created_at, changed_at
FROM outbox WHERE state = $3 AND id < $1 ORDER BY id DESC LIMIT $2

-- The index of these is small: accepted ones are nearly all there are.
-- name: list_letters_not_accepted
SELECT id, owner, purpose, channel, recipient, state, attempts, next_at, last_reply, created_at, changed_at
FROM outbox WHERE state = $3 AND state <> 'accepted' AND id < $1 ORDER BY id DESC LIMIT $2

-- name: attempts_of
SELECT number, started_at, ended_at, result, server, reply, enhanced_status, tls, source
FROM outbox_attempt WHERE letter = $1 ORDER BY number

-- name: has_data
SELECT CASE WHEN data IS NULL THEN 0 ELSE 1 END FROM outbox WHERE id = $1

-- name: requeue_letter
UPDATE outbox SET state = 'queued', next_at = $2, worker = NULL, changed_at = $2,
       expires_at = CASE WHEN expires_at < $3 THEN $3 ELSE expires_at END
WHERE id = $1 AND state = $4

-- name: stop_letter
UPDATE outbox SET state = $2, next_at = NULL, last_reply = $3, changed_at = $4,
       data = CASE WHEN $2 = 'cancelled' THEN NULL ELSE data END,
       unsubscribe_url = CASE WHEN $2 = 'cancelled' THEN NULL ELSE unsubscribe_url END
WHERE id = $1 AND state = $5

-- name: forget_letters
UPDATE outbox SET state = CASE WHEN state IN ('queued', 'unknown', 'failed') THEN 'cancelled' ELSE state END,
       data = NULL, unsubscribe_url = NULL, next_at = NULL, changed_at = $2
WHERE owner = $1

-- name: counts_by_state
SELECT state, COUNT(*) FROM outbox WHERE state <> 'accepted' GROUP BY state

-- name: check_due
SELECT id FROM outbox WHERE (state = 'queued' AND (next_at IS NULL OR data IS NULL)) OR (state <> 'queued' AND next_at IS NOT NULL)

-- name: check_data
SELECT id FROM outbox WHERE state IN ('accepted', 'cancelled') AND data IS NOT NULL

-- name: check_attempts
SELECT o.id FROM outbox o LEFT JOIN outbox_attempt a ON a.letter = o.id
GROUP BY o.id, o.attempts HAVING COUNT(a.number) <> o.attempts

-- name: check_open_attempts
SELECT a.letter FROM outbox_attempt a JOIN outbox o ON o.id = a.letter
WHERE a.ended_at IS NULL AND (o.state <> 'attempting' OR a.number <> o.attempts)

-- name: check_attempting
SELECT o.id FROM outbox o WHERE o.state = 'attempting' AND NOT EXISTS
    (SELECT 1 FROM outbox_attempt a WHERE a.letter = o.id AND a.number = o.attempts AND a.ended_at IS NULL)

-- name: check_results
SELECT o.id FROM outbox o JOIN outbox_attempt a ON a.letter = o.id AND a.number = o.attempts
WHERE (o.state = 'accepted' AND a.result <> 'accepted') OR (o.state = 'unknown' AND a.result <> 'unknown')

-- name: check_twice
SELECT letter FROM outbox_attempt WHERE result = 'accepted' GROUP BY letter HAVING COUNT(*) > 1

-- name: check_orphans
SELECT a.letter FROM outbox_attempt a WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = a.letter)

-- name: suppress
INSERT INTO suppression (id, address, reason, detail, letter, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (address, reason) DO UPDATE SET detail = excluded.detail, letter = excluded.letter, created_at = excluded.created_at,
    expires_at = excluded.expires_at

-- name: suppression_of
SELECT id, address, reason, detail, letter, created_at, expires_at FROM suppression WHERE address = $1 AND reason = $2

-- name: find_suppression
SELECT id, address, reason, detail, letter, created_at, expires_at FROM suppression WHERE id = $1

-- name: lift_suppression
DELETE FROM suppression WHERE id = $1

-- name: expired_suppressions
SELECT id, address, reason, detail, letter, created_at, expires_at FROM suppression WHERE expires_at <= $1 ORDER BY expires_at LIMIT 200

-- name: any_suppression
SELECT 1 FROM suppression LIMIT 1

-- name: suppressions_of
SELECT id, address, reason, detail, letter, created_at, expires_at FROM suppression
WHERE (expires_at IS NULL OR expires_at > $1) AND address IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
    $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)

-- name: list_suppressions
SELECT id, address, reason, detail, letter, created_at, expires_at FROM suppression
WHERE id < $1 AND (expires_at IS NULL OR expires_at > $2) AND ($3 = '' OR reason = $3) ORDER BY id DESC LIMIT $4

-- name: list_suppressions_like
SELECT id, address, reason, detail, letter, created_at, expires_at FROM suppression
WHERE id < $1 AND (expires_at IS NULL OR expires_at > $2) AND ($3 = '' OR reason = $3) AND address >= $5 AND address < $6 ORDER BY id DESC LIMIT $4

-- name: count_soft_bounces
SELECT COUNT(*) FROM bounce WHERE address = $1 AND at > $2 AND class = 'soft'

-- name: add_bounce
INSERT INTO bounce (id, letter, message, address, class, status, diagnostic, reporter, told, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING

-- name: letter_was_told
SELECT COUNT(*) FROM bounce WHERE letter = $1 AND told = 1 AND message IS NOT NULL

-- name: last_server_delay
SELECT reply, enhanced_status FROM outbox_attempt WHERE letter = $1 AND result = 'delayed' AND server <> '' ORDER BY number DESC LIMIT 1

-- name: list_bounces
SELECT id, letter, message, address, class, status, diagnostic, reporter, told, at FROM bounce WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: bounces_of_letter
SELECT id, letter, message, address, class, status, diagnostic, reporter, told, at FROM bounce WHERE letter = $1 ORDER BY id DESC LIMIT 200

-- name: bounces_of_address
SELECT id, letter, message, address, class, status, diagnostic, reporter, told, at FROM bounce WHERE address = $1 ORDER BY at DESC LIMIT 200

-- name: add_inbound
INSERT INTO inbound_message (id, channel, provider_id, received_at, peer, sender, size, blob, wrapped_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: inbound_by_provider_id
SELECT id FROM inbound_message WHERE channel = $1 AND provider_id = $2

-- name: add_inbound_recipient
INSERT INTO inbound_recipient (message, address, state, starts) VALUES ($1, $2, 'waiting', 0) ON CONFLICT DO NOTHING

-- name: inbound_started
UPDATE inbound_recipient SET starts = starts + 1 WHERE state = 'waiting'

-- name: waiting_inbound
SELECT m.id, m.received_at, m.peer, m.sender, m.size, m.blob, m.wrapped_key, r.address, r.starts, m.provider_id
FROM inbound_recipient r JOIN inbound_message m ON m.id = r.message WHERE r.state = 'waiting' ORDER BY r.message LIMIT $1

-- name: inbound_handled
UPDATE inbound_recipient SET state = $3, kind = $4, letter = $5, summary = $6, handled_at = $7
WHERE message = $1 AND address = $2 AND state = 'waiting'

-- name: list_inbound
SELECT m.id, m.received_at, m.peer, m.sender, m.size, r.address, r.state, r.kind, r.letter, r.summary, r.handled_at
FROM inbound_recipient r JOIN inbound_message m ON m.id = r.message WHERE r.message < $1 ORDER BY r.message DESC, r.address LIMIT $2

-- name: list_inbound_of_kind
SELECT m.id, m.received_at, m.peer, m.sender, m.size, r.address, r.state, r.kind, r.letter, r.summary, r.handled_at
FROM inbound_recipient r JOIN inbound_message m ON m.id = r.message WHERE r.kind = $3 AND r.message < $1
ORDER BY r.message DESC, r.address LIMIT $2

-- name: inbound_blob
SELECT blob, wrapped_key FROM inbound_message WHERE id = $1

-- name: inbound_of_conversation
SELECT count(*) FROM inbound_recipient WHERE message = $1 AND kind = 'conversation'

-- name: old_inbound
SELECT id, blob FROM inbound_message WHERE received_at < $1
AND NOT EXISTS (SELECT 1 FROM inbound_recipient r WHERE r.message = inbound_message.id AND (r.state = 'waiting' OR r.kind NOT IN
    ('bounce', 'complaint', 'auto_reply', 'delay', 'delivered', 'unsubscribe', 'forged'))) ORDER BY received_at LIMIT 200

-- name: drop_inbound
DELETE FROM inbound_message WHERE id = $1

-- name: drop_inbound_recipients
DELETE FROM inbound_recipient WHERE message = $1
-- ---- How mail leaves: rules, warm-up, policies

-- name: site_rules
SELECT match, connections, mails_per_connection, rate_per_minute, one_site FROM mail_site_rule ORDER BY match

-- name: set_site_rule
INSERT INTO mail_site_rule (match, connections, mails_per_connection, rate_per_minute, one_site) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (match) DO UPDATE SET connections = $2, mails_per_connection = $3, rate_per_minute = $4, one_site = $5

-- name: drop_site_rule
DELETE FROM mail_site_rule WHERE match = $1

-- name: warm_ups
SELECT source, domain, started_on, caps FROM mail_warm_up ORDER BY source, domain

-- name: set_warm_up
INSERT INTO mail_warm_up (source, domain, started_on, caps) VALUES ($1, $2, $3, $4)
ON CONFLICT (source, domain) DO UPDATE SET started_on = $3, caps = $4

-- name: drop_warm_up
DELETE FROM mail_warm_up WHERE source = $1 AND domain = $2

-- name: count_sent
INSERT INTO mail_sent (day, source, domain, letters) VALUES ($1, $2, $3, $4)
ON CONFLICT (day, source, domain) DO UPDATE SET letters = mail_sent.letters + $4

-- name: sent_on
SELECT source, letters FROM mail_sent WHERE day = $1 AND domain = $2

-- name: forget_sent
DELETE FROM mail_sent WHERE day < $1

-- name: sts_policies
SELECT domain, id, mode, mx, expires_at FROM mail_sts_policy WHERE expires_at > $1

-- name: keep_sts_policy
INSERT INTO mail_sts_policy (domain, id, mode, mx, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (domain) DO UPDATE SET id = $2, mode = $3, mx = $4, expires_at = $5

-- name: forget_sts_policies
DELETE FROM mail_sts_policy WHERE expires_at <= $1

-- ---- Letters that ended badly

-- name: dead_letters
SELECT o.id, o.owner, o.purpose, o.stream, o.recipient, o.attempts, o.last_reply, a.enhanced_status, a.server,
       CASE WHEN o.data IS NULL THEN 0 ELSE 1 END AS can_be_sent, o.created_at, o.changed_at
FROM outbox o LEFT JOIN outbox_attempt a ON a.letter = o.id AND a.number = o.attempts
WHERE o.state = 'failed' AND o.id < $1 AND ($2 = '' OR o.purpose = $2) AND ($3 = '' OR o.stream = $3)
  AND ($4 = '' OR o.recipient LIKE $4) AND ($5 = '' OR a.enhanced_status LIKE $5)
  AND o.changed_at >= $6 AND o.changed_at < $7
ORDER BY o.id DESC LIMIT $8

-- ---- Keys that sign

-- name: dkim_keys
SELECT domain, selector, algorithm, public_key, state, created_at, seen_at, active_at, keep_until, retired_at, problem
FROM mail_dkim_key ORDER BY created_at DESC, selector

-- name: find_dkim_key
SELECT domain, selector, algorithm, public_key, state, created_at, seen_at, active_at, keep_until, retired_at, problem
FROM mail_dkim_key WHERE selector = $1 AND domain = $2

-- name: add_dkim_key
INSERT INTO mail_dkim_key (domain, selector, algorithm, public_key, state, created_at) VALUES ($1, $2, $3, $4, 'made', $5)

-- name: dkim_key_seen
UPDATE mail_dkim_key SET seen_at = COALESCE($3, seen_at), problem = $4 WHERE selector = $1 AND domain = $2

-- name: activate_dkim_key
UPDATE mail_dkim_key SET state = 'active', active_at = $3 WHERE selector = $1 AND domain = $2 AND state = 'made'

-- name: retire_other_dkim_keys
UPDATE mail_dkim_key SET state = 'retiring', keep_until = $4
WHERE domain = $2 AND selector <> $1 AND algorithm = $3 AND state = 'active'

-- name: retire_dkim_key
UPDATE mail_dkim_key SET state = 'retired', retired_at = $3 WHERE selector = $1 AND domain = $2 AND state = $4

-- ---- fsck of what comes back

-- name: check_lost_recipients
SELECT DISTINCT r.message FROM inbound_recipient r LEFT JOIN inbound_message m ON m.id = r.message
WHERE m.id IS NULL ORDER BY r.message LIMIT 100

-- name: check_unaddressed
SELECT m.id FROM inbound_message m WHERE NOT EXISTS (SELECT 1 FROM inbound_recipient r WHERE r.message = m.id)
ORDER BY m.id LIMIT 100

-- name: check_handled
SELECT DISTINCT message FROM inbound_recipient
WHERE (state = 'waiting') <> (handled_at IS NULL) OR (state = 'waiting') <> (kind IS NULL)
   OR state NOT IN ('waiting', 'handled', 'unread') ORDER BY message LIMIT 100

-- name: check_suppressions
SELECT id, address, created_at, expires_at FROM suppression

-- ---- Mailboxes elsewhere

-- name: insert_pickup
INSERT INTO mail_pickup (id, address, host, port, security, login, folder, mark_seen, from_now, enabled, wrapped_key, sealed,
    created_at, changed_at, version, last_uid, lay_there_below, took) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, 1, 0, 0, 0)

-- name: find_pickup
SELECT id, address, host, port, security, login, folder, mark_seen, from_now, enabled, wrapped_key, sealed, created_at, changed_at,
    version, uid_validity, last_uid, lay_there_below, took, took_at, connected_at, trouble_code, trouble, trouble_at FROM mail_pickup WHERE id = $1

-- name: list_pickups
SELECT id, address, host, port, security, login, folder, mark_seen, from_now, enabled, wrapped_key, sealed, created_at, changed_at,
    version, uid_validity, last_uid, lay_there_below, took, took_at, connected_at, trouble_code, trouble, trouble_at FROM mail_pickup ORDER BY id

-- name: pickups_to_follow
SELECT id, version FROM mail_pickup WHERE enabled = 1 ORDER BY id

-- name: change_pickup
UPDATE mail_pickup SET address = $2, host = $3, port = $4, security = $5, login = $6, folder = $7, mark_seen = $8, enabled = $9,
    wrapped_key = $10, sealed = $11, changed_at = $12, version = version + 1, uid_validity = $13, last_uid = $14, lay_there_below = $15,
    connected_at = NULL, trouble_code = NULL, trouble = NULL, trouble_at = NULL WHERE id = $1

-- name: delete_pickup
DELETE FROM mail_pickup WHERE id = $1

-- name: pickup_connected
UPDATE mail_pickup SET connected_at = $3, trouble_code = NULL, trouble = NULL, trouble_at = NULL WHERE id = $1 AND version = $2

-- name: pickup_begins
UPDATE mail_pickup SET uid_validity = $3, last_uid = $4, lay_there_below = $5 WHERE id = $1 AND version = $2

-- name: pickup_took
UPDATE mail_pickup SET last_uid = $4, took = took + $5, took_at = CASE WHEN $5 > 0 THEN $6 ELSE took_at END
WHERE id = $1 AND version = $2 AND uid_validity = $3 AND last_uid < $4

-- name: pickup_in_trouble
UPDATE mail_pickup SET trouble_code = $3, trouble = $4, trouble_at = $5, connected_at = NULL WHERE id = $1 AND version = $2

-- ---- what is erased

-- name: erase_inbound
UPDATE inbound_message SET sender = '', wrapped_key = $2 WHERE id = $1

-- name: erase_inbound_recipients
UPDATE inbound_recipient SET summary = NULL WHERE message = $1

-- name: mails_of_bounces
SELECT DISTINCT message FROM bounce WHERE letter = $1 AND message IS NOT NULL

-- name: erase_bounces
UPDATE bounce SET address = $2, diagnostic = '' WHERE letter = $1

-- name: erase_letter
UPDATE outbox SET recipient = $2, last_reply = NULL WHERE id = $1

-- name: erase_attempts
UPDATE outbox_attempt SET reply = NULL WHERE letter = $1
