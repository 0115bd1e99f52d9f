-- Statements of notices. Columns stand in the order of KindRow, TemplateRow and NoticeRow (row.hpp).

-- name: insert_kind
INSERT INTO notice_kind (id, name, names, class, category, delivery, assurance, schema, sample, answers, urgent, stock, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)

-- name: find_kind
SELECT id, name, names, class, category, delivery, assurance, schema, sample, answers, urgent, stock, created_at, changed_at, retired_at
FROM notice_kind WHERE name = $1

-- name: list_kinds
SELECT id, name, names, class, category, delivery, assurance, schema, sample, answers, urgent, stock, created_at, changed_at, retired_at
FROM notice_kind ORDER BY stock DESC, name

-- name: change_kind
UPDATE notice_kind SET names = $2, class = $3, category = $4, delivery = $5, assurance = $6, schema = $7, sample = $8,
       changed_at = $9, retired_at = $10, urgent = $11
WHERE name = $1

-- name: change_stock_kind
UPDATE notice_kind SET names = $2, class = $3, category = $4, schema = $5, sample = $6, answers = $7, changed_at = $8
WHERE name = $1 AND stock = 1

-- name: insert_template
INSERT INTO notice_template (id, kind, locale, number, state, stock, subject, body, html, layout, digest, note, copied_from,
    created_at, changed_at, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)

-- name: last_number
SELECT COALESCE(MAX(number), 0) FROM notice_template WHERE kind = $1 AND locale = $2

-- name: find_template
SELECT id, kind, locale, number, state, stock, subject, body, html, layout, digest, note, copied_from, created_at, changed_at, published_at
FROM notice_template WHERE id = $1

-- An own version comes before those that the program brought, and a later one before an earlier one.
-- name: current_template
SELECT id, kind, locale, number, state, stock, subject, body, html, layout, digest, note, copied_from, created_at, changed_at, published_at
FROM notice_template WHERE kind = $1 AND locale = $2 AND state = 'published' ORDER BY stock, number DESC LIMIT 1

-- name: current_templates
SELECT id, kind, locale, number, state, stock, subject, body, html, layout, digest, note, copied_from, created_at, changed_at, published_at
FROM notice_template WHERE kind = $1 AND state = 'published' ORDER BY locale, stock, number DESC

-- name: list_templates
SELECT id, kind, locale, number, state, stock, subject, body, html, layout, digest, note, copied_from, created_at, changed_at, published_at
FROM notice_template WHERE kind = $1 AND ($2 = '' OR locale = $2) ORDER BY locale, number DESC LIMIT $3

-- name: newest_stock
SELECT digest FROM notice_template WHERE kind = $1 AND locale = $2 AND stock = 1 ORDER BY number DESC LIMIT 1

-- name: change_draft
UPDATE notice_template SET subject = $2, body = $3, html = $4, layout = $5, digest = $6, note = $7, changed_at = $8
WHERE id = $1 AND state = 'draft'

-- name: publish_draft
UPDATE notice_template SET state = 'published', published_at = $2, changed_at = $2 WHERE id = $1 AND state = 'draft'

-- name: drop_draft
DELETE FROM notice_template WHERE id = $1 AND state = 'draft'

-- name: insert_notice
INSERT INTO notice (id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at,
    created_at, token_hash, answer_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)

-- name: find_notice
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id = $1

-- name: notice_of_delivery
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE delivery = $1

-- name: list_all
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 ORDER BY id DESC LIMIT $2

-- Lists along (state, id), (kind, state, id) and (origin, state, id): see list.cpp.
-- name: list_state
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND state = $3 ORDER BY id DESC LIMIT $2

-- name: list_kind
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND state = $3 AND kind = $4 ORDER BY id DESC LIMIT $2

-- name: list_origin
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND state = $3 AND origin = $4 ORDER BY id DESC LIMIT $2

-- name: kind_of_origin
SELECT kind FROM notice WHERE origin = $1 LIMIT 1

-- One customer has not many, nor has one reference; an empty text is no filter.
-- name: list_customer
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND customer = $3 AND ($4 = '' OR state = $4) AND ($5 = '' OR kind = $5) AND ($6 = '' OR origin = $6)
    AND ($7 = '' OR reference = $7)
ORDER BY id DESC LIMIT $2

-- name: list_reference
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND reference = $3 AND ($4 = '' OR state = $4) AND ($5 = '' OR kind = $5) AND ($6 = '' OR origin = $6)
ORDER BY id DESC LIMIT $2

-- name: set_answer
UPDATE notice SET answer = $2, answered_at = $3 WHERE id = $1 AND answer_until > $3 AND (answer IS NULL OR answer <> $2)

-- Those that were there before categories were rows.
-- name: kind_categories
SELECT DISTINCT category, class FROM notice_kind ORDER BY category, class

-- name: insert_request
INSERT INTO notice_request (caller, key, hash, notices, at) VALUES ($1, $2, $3, $4, $5)

-- name: find_request
SELECT hash, notices FROM notice_request WHERE caller = $1 AND key = $2

-- name: forget_requests
DELETE FROM notice_request WHERE at < $1

-- name: check_states
SELECT id FROM notice WHERE (state = 'submitted') <> (delivery IS NOT NULL)

-- name: check_answers
SELECT id FROM notice WHERE (answer IS NULL) <> (answered_at IS NULL) OR (answer IS NOT NULL AND (answer_until IS NULL OR answered_at >= answer_until))

-- name: check_templates
SELECT n.id FROM notice n WHERE NOT EXISTS (SELECT 1 FROM notice_template t WHERE t.id = n.template AND t.kind = n.kind)

-- name: check_deliveries
SELECT n.id FROM notice n WHERE n.delivery IS NOT NULL AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id = n.delivery)

-- name: published
SELECT id, kind, locale, number, state, stock, subject, body, html, layout, digest, note, copied_from, created_at, changed_at, published_at
FROM notice_template WHERE state = 'published' ORDER BY id

-- ---- The throttle and digests (DigestRow, DigestItem: collect.hpp)

-- Identifiers rise with time: the customer's newest are looked at first.
-- name: count_promotional
SELECT COUNT(*) FROM (SELECT 1 FROM notice WHERE customer = $1 AND class = 'promotional' AND state = 'submitted'
    AND created_at > $2 ORDER BY id DESC LIMIT $3) AS recent

-- name: find_setting
SELECT value FROM notice_setting WHERE name = $1

-- name: set_setting
INSERT INTO notice_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: active_digests
SELECT id, name, kind, category, every, minute, weekday, zone, active, letters, created_at, changed_at
FROM notice_digest WHERE deleted_at IS NULL AND active = 1

-- name: list_digests
SELECT id, name, kind, category, every, minute, weekday, zone, active, letters, created_at, changed_at
FROM notice_digest WHERE deleted_at IS NULL ORDER BY id

-- name: find_digest
SELECT id, name, kind, category, every, minute, weekday, zone, active, letters, created_at, changed_at
FROM notice_digest WHERE id = $1 AND deleted_at IS NULL

-- name: insert_digest_item
INSERT INTO notice_digest_item (id, digest, recipient, due_at, class, category, box, wrapped_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: insert_digest
INSERT INTO notice_digest (id, name, kind, category, every, minute, weekday, zone, active, letters, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, $9, $9)

-- name: change_digest
UPDATE notice_digest SET name = $2, every = $3, minute = $4, weekday = $5, zone = $6, active = $7, changed_at = $8
WHERE id = $1 AND deleted_at IS NULL

-- name: delete_digest
UPDATE notice_digest SET deleted_at = $2, changed_at = $2, active = 0 WHERE id = $1

-- name: hurry_digest
UPDATE notice_digest_item SET due_at = $2 WHERE digest = $1

-- name: waiting_in_digest
SELECT COUNT(*), MIN(due_at) FROM notice_digest_item WHERE digest = $1

-- name: due_digests
SELECT DISTINCT digest, recipient FROM notice_digest_item WHERE due_at <= $1 LIMIT $2

-- name: digest_items
SELECT id, digest, recipient, due_at, class, category, box, wrapped_key FROM notice_digest_item
WHERE digest = $1 AND recipient = $2 ORDER BY id LIMIT $3

-- name: take_digest_item
DELETE FROM notice_digest_item WHERE id = $1

-- name: insert_part
INSERT INTO notice_part (id, part_of) VALUES ($1, $2)

-- name: count_letter
UPDATE notice_digest SET letters = letters + 1 WHERE id = $1

-- name: postpone_digest
UPDATE notice_digest_item SET due_at = $3 WHERE digest = $1 AND recipient = $2

-- ---- Bulk. Columns stand in the order of BulkRow, PieceRow and StoredRow (bulk_job.hpp).

-- name: insert_bulk
INSERT INTO bulk (id, caller, key, name, kind, state, format, size, rows, columns, wrapped_key, maker_kind, maker_id,
    maker_name, created_at, changed_at, lease_until, checks, check_mark, check_submitted, check_collected, check_suppressed,
    check_throttled, check_duplicate, check_failed, mark, submitted, collected, suppressed, throttled, duplicate, failed,
    replay_mark, replay_rows, replay_done, paced_from)
VALUES ($1, $2, $3, $4, $5, 'receiving', $6, 0, 0, $7, $8, $9, $10, $11, $12, $12, $13,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

-- name: find_bulk
SELECT id, caller, key, name, kind, state, format, separator, size, sha256, rows, columns, head, wrapped_key, mapping, maker_kind,
    maker_id, maker_name, created_at, changed_at, pace, worker, lease_until, checks, check_mark, check_submitted, check_collected,
    check_suppressed, check_throttled, check_duplicate, check_failed, check_started_at, check_finished_at, mark, submitted,
    collected, suppressed, throttled, duplicate, failed, started_at, finished_at, replay, replay_mark, replay_rows, replay_done,
    paced_at, paced_from, trouble
FROM bulk WHERE id = $1

-- name: find_bulk_request
SELECT id, caller, key, name, kind, state, format, separator, size, sha256, rows, columns, head, wrapped_key, mapping, maker_kind,
    maker_id, maker_name, created_at, changed_at, pace, worker, lease_until, checks, check_mark, check_submitted, check_collected,
    check_suppressed, check_throttled, check_duplicate, check_failed, check_started_at, check_finished_at, mark, submitted,
    collected, suppressed, throttled, duplicate, failed, started_at, finished_at, replay, replay_mark, replay_rows, replay_done,
    paced_at, paced_from, trouble
FROM bulk WHERE caller = $1 AND key = $2

-- name: list_bulks
SELECT id, caller, key, name, kind, state, format, separator, size, sha256, rows, columns, head, wrapped_key, mapping, maker_kind,
    maker_id, maker_name, created_at, changed_at, pace, worker, lease_until, checks, check_mark, check_submitted, check_collected,
    check_suppressed, check_throttled, check_duplicate, check_failed, check_started_at, check_finished_at, mark, submitted,
    collected, suppressed, throttled, duplicate, failed, started_at, finished_at, replay, replay_mark, replay_rows, replay_done,
    paced_at, paced_from, trouble
FROM bulk WHERE id < $1 AND state <> 'receiving' ORDER BY id DESC LIMIT $2

-- name: insert_piece
INSERT INTO bulk_piece (bulk, number, first_row, rows, first_line, blob, size) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: find_piece
SELECT number, first_row, rows, first_line, blob, size FROM bulk_piece
WHERE bulk = $1 AND first_row <= $2 ORDER BY number DESC LIMIT 1

-- name: pieces
SELECT number, first_row, rows, first_line, blob, size FROM bulk_piece WHERE bulk = $1 ORDER BY number

-- name: drop_pieces
DELETE FROM bulk_piece WHERE bulk = $1

-- name: keep_receiving
UPDATE bulk SET lease_until = $2 WHERE id = $1 AND state = 'receiving'

-- name: drop_receiving
DELETE FROM bulk WHERE id = $1 AND state = 'receiving'

-- name: stale_uploads
SELECT id FROM bulk WHERE state = 'receiving' AND lease_until < $1

-- name: bulk_received
UPDATE bulk SET state = 'uploaded', separator = $2, size = $3, sha256 = $4, rows = $5, columns = $6, head = $7, changed_at = $8,
    lease_until = NULL
WHERE id = $1 AND state = 'receiving'

-- name: set_bulk_mapping
UPDATE bulk SET state = $3, mapping = $4, changed_at = $5, trouble = NULL WHERE id = $1 AND state = $2

-- name: begin_check
UPDATE bulk SET state = $3, changed_at = $4, checks = checks + 1, check_mark = 0, check_submitted = 0, check_collected = 0,
    check_suppressed = 0, check_throttled = 0, check_duplicate = 0, check_failed = 0, check_started_at = $4, check_finished_at = NULL,
    paced_at = $4, paced_from = 0, trouble = NULL
WHERE id = $1 AND state = $2

-- name: begin_run
UPDATE bulk SET state = $3, changed_at = $4, maker_kind = $5, maker_id = $6, maker_name = $7, started_at = $4, paced_at = $4, paced_from = 0, trouble = NULL
WHERE id = $1 AND state = $2

-- name: begin_replay
UPDATE bulk SET state = $3, changed_at = $4, maker_kind = $5, maker_id = $6, maker_name = $7, replay = $8, replay_mark = 0,
    replay_rows = $9, replay_done = 0, finished_at = NULL, paced_at = $4, paced_from = 0, trouble = NULL
WHERE id = $1 AND state = $2

-- name: resume_bulk
UPDATE bulk SET state = $3, changed_at = $4, paced_at = $4, paced_from = CASE WHEN replay IS NULL THEN mark ELSE replay_done END,
    trouble = NULL
WHERE id = $1 AND state = $2

-- name: move_bulk
UPDATE bulk SET state = $3, changed_at = $4, finished_at = CASE WHEN $5 = 1 THEN CAST($4 AS bigint) ELSE finished_at END, worker = NULL, lease_until = NULL,
    trouble = NULL
WHERE id = $1 AND state = $2

-- name: set_pace
UPDATE bulk SET pace = $2, changed_at = $3 WHERE id = $1

-- name: erase_bulk
UPDATE bulk SET state = $3, wrapped_key = NULL, head = NULL, changed_at = $4 WHERE id = $1 AND state = $2

-- name: drop_findings
DELETE FROM bulk_row WHERE bulk = $1

-- The guard of exactly once: whoever commits a batch moves the mark from where it was, in the state in which it was planned.
-- name: advance_check
UPDATE bulk SET check_mark = $3, check_submitted = check_submitted + $4, check_collected = check_collected + $5,
    check_suppressed = check_suppressed + $6, check_throttled = check_throttled + $7, check_duplicate = check_duplicate + $8,
    check_failed = check_failed + $9, worker = $10, lease_until = $11, state = $12,
    check_finished_at = CASE WHEN $12 = 'checked' THEN CAST($13 AS bigint) ELSE NULL END, trouble = NULL
WHERE id = $1 AND state = 'checking' AND check_mark = $2 AND checks = $14

-- name: advance_run
UPDATE bulk SET mark = $3, submitted = submitted + $4, collected = collected + $5, suppressed = suppressed + $6,
    throttled = throttled + $7, duplicate = duplicate + $8, failed = failed + $9, worker = $10, lease_until = $11, state = $12,
    finished_at = CASE WHEN $12 = 'done' THEN CAST($13 AS bigint) ELSE NULL END, changed_at = $13, trouble = NULL
WHERE id = $1 AND state = 'running' AND mark = $2 AND replay IS NULL

-- name: advance_replay
UPDATE bulk SET replay_mark = $3, submitted = submitted + $4, collected = collected + $5, suppressed = suppressed + $6,
    throttled = throttled + $7, duplicate = duplicate + $8, failed = failed + $9, worker = $10, lease_until = $11, state = $12,
    finished_at = CASE WHEN $12 = 'done' THEN CAST($13 AS bigint) ELSE NULL END, changed_at = $13, replay_done = replay_done + $14,
    trouble = NULL
WHERE id = $1 AND state = 'running' AND replay_mark = $2 AND replay IS NOT NULL

-- Only what nobody has touched since the batch was planned: a person may have mended it meanwhile.
-- name: stop_bulk
UPDATE bulk SET state = $4, trouble = $5, changed_at = $6, worker = NULL, lease_until = NULL
WHERE id = $1 AND state = $2 AND changed_at = $3

-- name: delay_bulk
UPDATE bulk SET trouble = $4 WHERE id = $1 AND state = $2 AND changed_at = $3

-- name: insert_row
INSERT INTO bulk_row (bulk, row_number, line, state, reference, notice, delivery, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: change_row
UPDATE bulk_row SET state = $3, reference = $4, notice = $5, delivery = $6, detail = $7 WHERE bulk = $1 AND row_number = $2

-- name: find_row
SELECT row_number, line, state, reference, notice, delivery, detail FROM bulk_row WHERE bulk = $1 AND row_number = $2

-- name: rows_after
SELECT row_number, line, state, reference, notice, delivery, detail FROM bulk_row WHERE bulk = $1 AND row_number > $2 ORDER BY row_number LIMIT $3

-- name: rows_in_state
SELECT row_number, line, state, reference, notice, delivery, detail FROM bulk_row
WHERE bulk = $1 AND state = $2 AND state <> 'submitted' AND row_number > $3 ORDER BY row_number LIMIT $4

-- name: rows_submitted
SELECT row_number, line, state, reference, notice, delivery, detail FROM bulk_row WHERE bulk = $1 AND state = 'submitted' AND row_number > $2 ORDER BY row_number LIMIT $3

-- name: rows_undelivered
SELECT r.row_number, r.line, r.state, r.reference, r.notice, r.delivery, r.detail FROM bulk_row r JOIN delivery d ON d.id = r.delivery
WHERE r.bulk = $1 AND r.state = 'submitted' AND r.row_number > $2 AND d.state = 'failed' ORDER BY r.row_number LIMIT $3

-- name: count_undelivered
SELECT COUNT(*) FROM bulk_row r JOIN delivery d ON d.id = r.delivery WHERE r.bulk = $1 AND r.state = 'submitted' AND d.state = 'failed'

-- name: insert_key
INSERT INTO bulk_key (bulk, pass, key, row_number) VALUES ($1, $2, $3, $4)

-- name: find_key
SELECT row_number FROM bulk_key WHERE bulk = $1 AND pass = $2 AND key = $3

-- name: drop_keys
DELETE FROM bulk_key WHERE bulk = $1 AND key < $2

-- name: working_bulks
SELECT id FROM bulk WHERE state IN ('running', 'checking') ORDER BY id

-- name: old_bulks
SELECT id FROM bulk WHERE state IN ('done', 'cancelled') AND wrapped_key IS NOT NULL AND changed_at < $1 LIMIT 20

-- name: check_bulk_counts
SELECT b.id FROM bulk b WHERE b.started_at IS NOT NULL AND b.mark <> (SELECT COUNT(*) FROM bulk_row r WHERE r.bulk = b.id)

-- name: check_bulk_sums
SELECT b.id FROM bulk b WHERE b.started_at IS NOT NULL AND b.mark <> b.submitted + b.collected + b.suppressed + b.throttled + b.duplicate + b.failed

-- name: check_bulk_rows
SELECT DISTINCT r.bulk FROM bulk_row r JOIN bulk b ON b.id = r.bulk
WHERE b.started_at IS NOT NULL AND (r.state IN ('failed', 'duplicate')) <> (r.notice IS NULL)

-- name: check_bulk_notices
SELECT DISTINCT r.bulk FROM bulk_row r WHERE r.notice IS NOT NULL AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.id = r.notice)
UNION
SELECT bulk FROM bulk_row WHERE notice IS NOT NULL GROUP BY bulk, notice HAVING COUNT(*) > 1

-- name: check_bulk_pieces
SELECT b.id FROM bulk b WHERE b.state <> 'receiving' AND b.wrapped_key IS NOT NULL
    AND b.rows <> (SELECT COALESCE(SUM(p.rows), 0) FROM bulk_piece p WHERE p.bulk = b.id)

-- A replay of rows whose delivery failed makes another notice; the first one then stands at no row.
-- name: check_bulk_states
SELECT b.id FROM bulk b JOIN (SELECT bulk, SUM(CASE WHEN state = 'submitted' THEN 1 ELSE 0 END) AS s, SUM(CASE WHEN state = 'collected' THEN 1 ELSE 0 END) AS c,
    SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS f, SUM(CASE WHEN state = 'duplicate' THEN 1 ELSE 0 END) AS d FROM bulk_row GROUP BY bulk) r ON r.bulk = b.id
WHERE b.started_at IS NOT NULL AND (b.submitted <> r.s OR b.collected <> r.c OR b.failed <> r.f OR b.duplicate <> r.d)

-- name: started_bulks
SELECT id, CASE WHEN replay IS NULL THEN 1 ELSE 0 END FROM bulk WHERE started_at IS NOT NULL

-- name: count_origin
SELECT COUNT(*) FROM notice WHERE origin = $1

-- name: count_row_notices
SELECT COUNT(*) FROM bulk_row WHERE bulk = $1 AND notice IS NOT NULL

-- name: check_bulk_ends
SELECT id FROM bulk WHERE (state = 'done') AND mark <> rows

-- name: schedule_of_bulk
SELECT next_at FROM notice_schedule WHERE bulk = $1 AND state = 'active' AND next_at IS NOT NULL ORDER BY next_at LIMIT 1

-- ---- Schedules. Columns stand in the order of ScheduleRow (schedule_row.hpp).

-- name: insert_schedule
INSERT INTO notice_schedule (id, name, state, kind, recipients, notice, wrapped_key, bulk, at, rule, begins, zone, gap, next_at, runs,
    maker_kind, maker_id, maker_name, created_at, changed_at)
VALUES ($1, $2, 'active', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15, $16, $17, $17)

-- name: find_schedule
SELECT id, name, state, kind, recipients, notice, wrapped_key, bulk, at, rule, begins, zone, gap, next_at, runs, maker_kind,
    maker_id, maker_name, created_at, changed_at
FROM notice_schedule WHERE id = $1

-- name: list_schedules
SELECT id, name, state, kind, recipients, notice, wrapped_key, bulk, at, rule, begins, zone, gap, next_at, runs, maker_kind,
    maker_id, maker_name, created_at, changed_at
FROM notice_schedule WHERE id < $1 AND state <> 'deleted' ORDER BY id DESC LIMIT $2

-- name: due_schedules
SELECT id, name, state, kind, recipients, notice, wrapped_key, bulk, at, rule, begins, zone, gap, next_at, runs, maker_kind,
    maker_id, maker_name, created_at, changed_at
FROM notice_schedule WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at LIMIT $2

-- name: move_schedule
UPDATE notice_schedule SET state = $2, next_at = $3, changed_at = $4 WHERE id = $1 AND state <> 'deleted'

-- name: delete_schedule
UPDATE notice_schedule SET state = 'deleted', next_at = NULL, notice = NULL, wrapped_key = NULL, changed_at = $2 WHERE id = $1

-- The guard of exactly once: a run moves the schedule on from the time that it was due.
-- name: advance_schedule
UPDATE notice_schedule SET state = $3, next_at = $4, runs = runs + 1, changed_at = $5
WHERE id = $1 AND next_at = $2 AND state = 'active'

-- name: insert_schedule_run
INSERT INTO notice_schedule_run (schedule, due_at, at, result, notices, suppressed, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: schedule_runs
SELECT due_at, at, result, notices, suppressed, detail FROM notice_schedule_run WHERE schedule = $1 AND due_at < $2 ORDER BY due_at DESC LIMIT $3

-- name: check_schedule_states
SELECT id FROM notice_schedule WHERE (state = 'active') <> (next_at IS NOT NULL)

-- name: check_schedule_runs
SELECT s.id FROM notice_schedule s WHERE s.runs <> (SELECT COUNT(*) FROM notice_schedule_run r WHERE r.schedule = s.id)

-- name: check_digest_items
SELECT i.id FROM notice_digest_item i LEFT JOIN notice n ON n.id = i.id WHERE n.id IS NULL OR n.state <> 'collected'

-- name: check_collected
SELECT n.id FROM notice n WHERE n.state = 'collected' AND
    (CASE WHEN EXISTS (SELECT 1 FROM notice_digest_item i WHERE i.id = n.id) THEN 1 ELSE 0 END
     + CASE WHEN EXISTS (SELECT 1 FROM notice_part p WHERE p.id = n.id) THEN 1 ELSE 0 END) <> 1
