-- Statements of deliveries. Columns of a whole delivery stand in the order of DeliveryRow (row.hpp).

-- name: insert_delivery
INSERT INTO delivery (id, submission, kind, state, customer, recipient_name, recipient_email, code_email, locale, assurance,
    reference, sender_kind, sender_id, submitted_at, accept_until, changed_at, evidence_count, files, token_hash,
    message_blob, message_size, message_digest, wrapped_key, names)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)

-- name: insert_file
INSERT INTO delivery_file (delivery, number, blob, wrapped_key, media_type, size, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: insert_upload
INSERT INTO delivery_upload (id, owner_kind, owner_id, name, media_type, size, sha256, blob, wrapped_key, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: find_upload
SELECT id, name, media_type, size, sha256, blob, wrapped_key FROM delivery_upload
WHERE id = $1 AND owner_kind = $2 AND owner_id = $3 AND expires_at > $4

-- name: take_upload
DELETE FROM delivery_upload WHERE id = $1

-- name: old_uploads
SELECT id, blob FROM delivery_upload WHERE expires_at <= $1 ORDER BY expires_at LIMIT 100

-- name: insert_request
INSERT INTO delivery_request (caller, key, hash, submissions, batch, at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: find_request
SELECT hash, submissions, batch FROM delivery_request WHERE caller = $1 AND key = $2

-- name: forget_requests
DELETE FROM delivery_request WHERE at < $1

-- name: find_delivery
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, code_email, locale, assurance, reference,
    sender_kind, sender_id, submitted_at, accept_until, changed_at, read_at, message_fetched_at, erased_at, evidence_count, files, token_hash,
    message_blob, message_size, message_digest, wrapped_key, names
FROM delivery WHERE id = $1

-- name: has_token
SELECT id FROM delivery WHERE id = $1 AND token_hash = $2

-- name: find_early_link
SELECT delivery FROM delivery_early_link WHERE token_hash = $1

-- name: insert_message
INSERT INTO delivery_message (delivery, body) VALUES ($1, $2)

-- name: find_message
SELECT body FROM delivery_message WHERE delivery = $1

-- name: drop_message
DELETE FROM delivery_message WHERE delivery = $1

-- name: of_submission
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, code_email, locale, assurance, reference,
    sender_kind, sender_id, submitted_at, accept_until, changed_at, read_at, message_fetched_at, erased_at, evidence_count, files, token_hash,
    message_blob, message_size, message_digest, wrapped_key, names
FROM delivery WHERE submission = $1 ORDER BY id

-- name: files_of
SELECT delivery, number, blob, wrapped_key, media_type, size, sha256, fetched_at FROM delivery_file
WHERE delivery = $1 ORDER BY number

-- name: move_delivery
UPDATE delivery SET state = $3, changed_at = $4, evidence_count = evidence_count + $5
WHERE id = $1 AND state = $2 AND evidence_count = $6 AND changed_at = $7

-- name: set_read
UPDATE delivery SET read_at = $2 WHERE id = $1 AND read_at IS NULL

-- name: set_message_fetched
UPDATE delivery SET message_fetched_at = $2 WHERE id = $1 AND message_fetched_at IS NULL

-- name: set_fetched
UPDATE delivery_file SET fetched_at = $3 WHERE delivery = $1 AND number = $2 AND fetched_at IS NULL

-- name: erase_delivery
UPDATE delivery SET wrapped_key = NULL, names = NULL, erased_at = $2 WHERE id = $1

-- name: erase_files
UPDATE delivery_file SET wrapped_key = NULL WHERE delivery = $1

-- name: blob_in_use
SELECT count(*) FROM delivery_file WHERE blob = $1 AND wrapped_key IS NOT NULL

-- name: list_all
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance, reference, submitted_at,
    accept_until, changed_at, erased_at, evidence_count, wrapped_key, names
FROM delivery WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: list_state
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance, reference, submitted_at,
    accept_until, changed_at, erased_at, evidence_count, wrapped_key, names
FROM delivery WHERE id < $1 AND state = $3 ORDER BY id DESC LIMIT $2

-- name: list_kind
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance, reference, submitted_at,
    accept_until, changed_at, erased_at, evidence_count, wrapped_key, names
FROM delivery WHERE id < $1 AND kind = $3 ORDER BY id DESC LIMIT $2

-- name: list_kind_state
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance, reference, submitted_at,
    accept_until, changed_at, erased_at, evidence_count, wrapped_key, names
FROM delivery WHERE id < $1 AND state = $3 AND kind = $4 ORDER BY id DESC LIMIT $2

-- name: list_customer
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance, reference, submitted_at,
    accept_until, changed_at, erased_at, evidence_count, wrapped_key, names
FROM delivery WHERE customer = $3 AND id < $1 AND ($4 = '' OR state = $4) AND ($5 = '' OR kind = $5) ORDER BY id DESC LIMIT $2

-- name: list_reference
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance, reference, submitted_at,
    accept_until, changed_at, erased_at, evidence_count, wrapped_key, names
FROM delivery WHERE reference = $3 AND id < $1 AND ($4 = '' OR state = $4) AND ($5 = '' OR kind = $5) ORDER BY id DESC LIMIT $2

-- name: list_one
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, locale, assurance, reference, submitted_at,
    accept_until, changed_at, erased_at, evidence_count, wrapped_key, names
FROM delivery WHERE id = $3 AND id < $1 AND ($4 = '' OR state = $4) AND ($5 = '' OR kind = $5) LIMIT $2

-- Without the hint SQLite takes the index by state, and reads every delivery that waits, each second.
-- name: due [sqlite]
SELECT id, accept_until FROM delivery INDEXED BY delivery_due
WHERE accept_until <= $1 AND state IN ('submitted', 'notified', 'notification_failed') AND accept_until IS NOT NULL
ORDER BY accept_until LIMIT $2

-- name: due [postgresql]
SELECT id, accept_until FROM delivery
WHERE accept_until <= $1 AND state IN ('submitted', 'notified', 'notification_failed') AND accept_until IS NOT NULL
ORDER BY accept_until LIMIT $2

-- name: next_due [sqlite]
SELECT min(accept_until) FROM delivery INDEXED BY delivery_due
WHERE state IN ('submitted', 'notified', 'notification_failed') AND accept_until IS NOT NULL

-- name: next_due [postgresql]
SELECT min(accept_until) FROM delivery
WHERE state IN ('submitted', 'notified', 'notification_failed') AND accept_until IS NOT NULL

-- name: old_content
SELECT id FROM delivery WHERE changed_at < $1 AND erased_at IS NULL AND id > $2
    AND state IN ('consigned', 'handed_over', 'refused', 'expired', 'failed', 'sent')
ORDER BY changed_at, id LIMIT 100

-- name: insert_count
INSERT INTO delivery_count (id, kind, state, n) VALUES ($1, $2, $3, $4)

-- name: counts
SELECT kind, state, CAST(sum(n) AS bigint) FROM delivery_count GROUP BY kind, state

-- name: take_counts
DELETE FROM delivery_count RETURNING kind, state, n

-- name: count_rows
SELECT count(*) FROM delivery_count

-- name: recount
SELECT kind, state, count(*) FROM delivery GROUP BY kind, state

-- name: find_pickup
SELECT opened_at, code, code_expires_at, tries, sent, sent_at, identified_at, assertion FROM delivery_pickup
WHERE session = $1 AND delivery = $2

-- name: begin_pickup
INSERT INTO delivery_pickup (session, delivery, opened_at, code, code_expires_at, tries, sent, sent_at, source)
VALUES ($1, $2, $3, $4, $5, 0, 1, $3, $6)
ON CONFLICT (session, delivery) DO UPDATE SET code = excluded.code, code_expires_at = excluded.code_expires_at, tries = 0,
    sent = delivery_pickup.sent + 1, sent_at = excluded.sent_at, source = excluded.source, identified_at = NULL,
    assertion = NULL

-- name: open_pickup
INSERT INTO delivery_pickup (session, delivery, opened_at, tries, sent) VALUES ($1, $2, $3, 0, 0)
ON CONFLICT (session, delivery) DO NOTHING

-- name: codes_since
SELECT CAST(coalesce(sum(sent), 0) AS bigint), count(*), max(sent_at) FROM delivery_pickup
WHERE delivery = $1 AND sent_at > $2

-- name: codes_from
SELECT CAST(coalesce(sum(sent), 0) AS bigint), count(*), max(sent_at) FROM delivery_pickup
WHERE delivery = $1 AND sent_at > $2 AND source = $3

-- name: count_try
UPDATE delivery_pickup SET tries = tries + 1 WHERE session = $1 AND delivery = $2 AND tries < $3 AND code IS NOT NULL

-- name: identify_pickup
INSERT INTO delivery_pickup (session, delivery, opened_at, tries, sent, identified_at, assertion)
VALUES ($1, $2, $3, 0, 0, $3, $4)
ON CONFLICT (session, delivery) DO UPDATE SET identified_at = excluded.identified_at, assertion = excluded.assertion,
    code = NULL, code_expires_at = NULL

-- name: find_wrapped_key
SELECT wrapped_key FROM delivery WHERE id = $1

-- name: keep_record
INSERT INTO delivery_record (delivery, digest, box, kept_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (delivery, digest) DO NOTHING

-- name: find_record
SELECT box FROM delivery_record WHERE delivery = $1 AND digest = $2

-- name: records_of
SELECT digest, box FROM delivery_record WHERE delivery = $1 ORDER BY digest

-- name: erase_records
UPDATE delivery_record SET box = NULL WHERE delivery = $1

-- name: next_early
SELECT delivery FROM delivery_early_record WHERE delivery > $1 ORDER BY delivery LIMIT $2

-- name: early_records
SELECT record, identified_at FROM delivery_identification WHERE delivery = $1
UNION ALL
SELECT proof, submitted_at FROM delivery_sender_proof JOIN delivery ON id = delivery WHERE delivery = $1

-- name: early_assertion
SELECT assertion FROM delivery WHERE id = $1 AND assertion IS NOT NULL

-- name: early_pickups
SELECT session, assertion FROM delivery_pickup WHERE delivery = $1 AND assertion IS NOT NULL

-- name: set_pickup_assertion
UPDATE delivery_pickup SET assertion = $3 WHERE session = $1 AND delivery = $2

-- name: drop_early_identifications
DELETE FROM delivery_identification WHERE delivery = $1

-- name: drop_early_sender_proof
DELETE FROM delivery_sender_proof WHERE delivery = $1

-- name: drop_early_assertion
UPDATE delivery SET assertion = NULL WHERE id = $1 AND assertion IS NOT NULL

-- name: drop_early_mark
DELETE FROM delivery_early_record WHERE delivery = $1

-- What stands in plain though its delivery is erased, or though nothing says that it is of before.
-- name: plain_records
SELECT delivery FROM (
    SELECT delivery FROM delivery_identification
    UNION SELECT delivery FROM delivery_sender_proof
    UNION SELECT id FROM delivery WHERE assertion IS NOT NULL) AS plain
WHERE delivery NOT IN (SELECT delivery FROM delivery_early_record)
    OR delivery IN (SELECT id FROM delivery WHERE erased_at IS NOT NULL)
ORDER BY delivery

-- name: forget_pickups
DELETE FROM delivery_pickup WHERE opened_at < $1 AND (sent_at IS NULL OR sent_at < $1)
    AND (identified_at IS NULL OR identified_at < $1)

-- name: forget_pickups_of
DELETE FROM delivery_pickup WHERE delivery = $1

-- name: insert_delegation
INSERT INTO delivery_delegation (id, customer, delivery, name, email, code_email, locale, made_by_kind, made_by_id, made_at,
    valid_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: find_delegation
SELECT id, customer, delivery, name, email, code_email, locale, made_by_kind, made_by_id, made_at, valid_until, revoked_at
FROM delivery_delegation WHERE id = $1

-- name: delegations_of
SELECT id, customer, delivery, name, email, code_email, locale, made_by_kind, made_by_id, made_at, valid_until, revoked_at
FROM delivery_delegation WHERE customer = $1 ORDER BY id

-- name: delegations_for
SELECT id, customer, delivery, name, email, code_email, locale, made_by_kind, made_by_id, made_at, valid_until, revoked_at
FROM delivery_delegation
WHERE customer = $1 AND (delivery IS NULL OR delivery = $2) AND valid_until > $3 AND revoked_at IS NULL ORDER BY id

-- name: revoke_delegation
UPDATE delivery_delegation SET revoked_at = $3 WHERE id = $1 AND customer = $2 AND revoked_at IS NULL

-- name: insert_delegate_link
INSERT INTO delivery_delegate_link (token_hash, delivery, delegation) VALUES ($1, $2, $3)
ON CONFLICT (delivery, delegation) DO NOTHING

-- name: find_delegate_link
SELECT delivery, delegation FROM delivery_delegate_link WHERE token_hash = $1

-- name: identification_trouble
SELECT kind, at FROM journal WHERE subject = $1
    AND kind IN ('delivery.identification_refused', 'delivery.codes_asked_often') ORDER BY seq DESC LIMIT 200

-- name: each_delivery
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, code_email, locale, assurance, reference,
    sender_kind, sender_id, submitted_at, accept_until, changed_at, read_at, message_fetched_at, erased_at, evidence_count, files, token_hash,
    message_blob, message_size, message_digest, wrapped_key, names
FROM delivery WHERE id > $1 ORDER BY id LIMIT $2

-- name: journal_of
SELECT kind, data FROM journal WHERE subject = $1 ORDER BY seq

-- name: search_page
SELECT id, submission, kind, state, customer, recipient_name, recipient_email, code_email, locale, assurance, reference,
    sender_kind, sender_id, submitted_at, accept_until, changed_at, read_at, message_fetched_at, erased_at, evidence_count, files, token_hash,
    message_blob, message_size, message_digest, wrapped_key, names
FROM delivery WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: search_count
SELECT count(*) FROM delivery WHERE wrapped_key IS NOT NULL
