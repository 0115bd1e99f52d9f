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

-- name: list_kind
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND kind = $3 ORDER BY id DESC LIMIT $2

-- name: list_customer
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND customer = $3 ORDER BY id DESC LIMIT $2

-- name: list_reference
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND reference = $3 ORDER BY id DESC LIMIT $2

-- name: list_origin
SELECT id, delivery, kind, class, category, state, reason, decision, locale, template, customer, reference, origin, send_at, created_at,
    token_hash, answer_until, answer, answered_at
FROM notice WHERE id < $1 AND origin = $3 ORDER BY id DESC LIMIT $2

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
