-- Statements of the knowledge base. Columns stand in the order of the structs in rows.hpp.

-- name: find_settings
SELECT version, body FROM knowledge_settings WHERE id = 1

-- name: insert_settings
INSERT INTO knowledge_settings (id, version, body) VALUES (1, 1, $1) ON CONFLICT DO NOTHING

-- name: save_settings
UPDATE knowledge_settings SET version = version + 1, body = $2 WHERE id = 1 AND version = $1

-- name: list_products
SELECT id, slug, name, description, position, retired, 0, 0, version, changed_at FROM knowledge_product ORDER BY position, id

-- name: find_product
SELECT id, slug, name, description, position, retired, 0, 0, version, changed_at FROM knowledge_product WHERE id = $1

-- name: count_categories_of_product
SELECT count(*) FROM knowledge_category WHERE product = $1

-- name: count_articles_of_product
SELECT count(*) FROM knowledge_article_product WHERE product = $1

-- name: insert_product
INSERT INTO knowledge_product (id, slug, name, description, position, retired, version, changed_at) VALUES ($1, $2, $3, $4, $5, 0, 1, $6)

-- name: save_product
UPDATE knowledge_product SET slug = $3, name = $4, description = $5, position = $6, retired = $7, version = version + 1, changed_at = $8
WHERE id = $1 AND version = $2

-- name: delete_product
DELETE FROM knowledge_product WHERE id = $1

-- name: list_categories
SELECT id, product, parent, slug, name, description, position, retired, 0, 0, version, changed_at FROM knowledge_category ORDER BY position, id

-- name: find_category
SELECT id, product, parent, slug, name, description, position, retired, 0, 0, version, changed_at FROM knowledge_category WHERE id = $1

-- name: count_articles_by_category
SELECT a.category, count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM knowledge_translation t WHERE t.article = a.id AND t.visible = 1) THEN 1 ELSE 0 END)
FROM knowledge_article a WHERE a.category IS NOT NULL AND a.retired_at IS NULL GROUP BY a.category

-- name: count_articles_of_category
SELECT count(*) FROM knowledge_article WHERE category = $1

-- name: count_categories_within
SELECT count(*) FROM knowledge_category WHERE parent = $1

-- name: insert_category
INSERT INTO knowledge_category (id, product, parent, slug, name, description, position, retired, version, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1, $8)

-- name: save_category
UPDATE knowledge_category SET product = $3, parent = $4, slug = $5, name = $6, description = $7, position = $8, retired = $9,
    version = version + 1, changed_at = $10 WHERE id = $1 AND version = $2

-- name: delete_category
DELETE FROM knowledge_category WHERE id = $1

-- name: find_article
SELECT id, kind, source, category, audience, segment, owner, expires_at, review_due_at, review_told_at, review_every_days, retired_at,
    published_once, origin, version, created_by, created_at, changed_at FROM knowledge_article WHERE id = $1

-- name: lock_article [sqlite]
SELECT id, kind, source, category, audience, segment, owner, expires_at, review_due_at, review_told_at, review_every_days, retired_at,
    published_once, origin, version, created_by, created_at, changed_at FROM knowledge_article WHERE id = $1

-- name: lock_article [postgresql]
SELECT id, kind, source, category, audience, segment, owner, expires_at, review_due_at, review_told_at, review_every_days, retired_at,
    published_once, origin, version, created_by, created_at, changed_at FROM knowledge_article WHERE id = $1 FOR UPDATE

-- name: page_of_articles
SELECT id, kind, source, category, audience, segment, owner, expires_at, review_due_at, review_told_at, review_every_days, retired_at,
    published_once, origin, version, created_by, created_at, changed_at FROM knowledge_article
WHERE (changed_at < $1 OR (changed_at = $1 AND id < $2)) AND (CAST($3 AS bigint) = 0 OR owner = $3) AND ($4 = '' OR kind = $4)
  AND (($5 = 0 AND retired_at IS NULL) OR ($5 = 1 AND retired_at IS NOT NULL))
  AND (CAST($6 AS bigint) = 0 OR (review_due_at IS NOT NULL AND review_due_at <= $6))
ORDER BY changed_at DESC, id DESC LIMIT $7

-- name: count_articles
SELECT count(*) FROM knowledge_article

-- name: insert_article
INSERT INTO knowledge_article (id, kind, source, category, audience, segment, owner, published_once, version, created_by, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1, $8, $9, $9)

-- name: save_article
UPDATE knowledge_article SET kind = $3, source = $4, category = $5, audience = $6, segment = $7, owner = $8, expires_at = $9,
    review_told_at = CASE WHEN review_due_at IS NOT DISTINCT FROM $10 THEN review_told_at ELSE NULL END,
    review_due_at = $10, review_every_days = $11, version = version + 1, changed_at = $12 WHERE id = $1 AND version = $2

-- name: touch_article
UPDATE knowledge_article SET changed_at = $2 WHERE id = $1

-- name: mark_published
UPDATE knowledge_article SET published_once = 1, changed_at = $2 WHERE id = $1

-- name: set_retired
UPDATE knowledge_article SET retired_at = $2, version = version + 1, changed_at = $3 WHERE id = $1

-- name: set_review
UPDATE knowledge_article SET review_due_at = $2, review_told_at = NULL, version = version + 1, changed_at = $3 WHERE id = $1

-- name: told_of_review
UPDATE knowledge_article SET review_told_at = $2 WHERE id = $1

-- name: clear_expiry
UPDATE knowledge_article SET expires_at = NULL WHERE id = $1

-- name: delete_article
DELETE FROM knowledge_article WHERE id = $1

-- name: delete_translations_of
DELETE FROM knowledge_translation WHERE article = $1

-- name: products_of
SELECT product FROM knowledge_article_product WHERE article = $1 ORDER BY product

-- name: insert_product_of
INSERT INTO knowledge_article_product (article, product) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: delete_products_of
DELETE FROM knowledge_article_product WHERE article = $1

-- name: heads_of
SELECT locale, state, number, visible, title, made_from, publish_at, changed_at FROM knowledge_translation WHERE article = $1 ORDER BY locale

-- name: find_translation
SELECT id, article, locale, state, draft_version, number, visible, title, summary, body, slug, made_from, writers, review, publish_at, published_at,
    changed_at, changed_by FROM knowledge_translation WHERE article = $1 AND locale = $2

-- name: insert_translation
INSERT INTO knowledge_translation (id, article, locale, state, draft_version, number, visible, title, summary, body, slug, made_from, writers, review,
    changed_at, changed_by) VALUES ($1, $2, $3, 'draft', 1, 0, 0, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING

-- name: save_draft
UPDATE knowledge_translation SET state = $4, draft_version = draft_version + 1, title = $5, summary = $6, body = $7, slug = $8, made_from = $9,
    writers = $10, review = $11, publish_at = NULL, changed_at = $12, changed_by = $13 WHERE article = $1 AND locale = $2 AND draft_version = $3

-- name: save_state
UPDATE knowledge_translation SET state = $3, number = $4, visible = $5, writers = $6, review = $7, publish_at = $8, published_at = $9
WHERE article = $1 AND locale = $2

-- name: insert_version
INSERT INTO knowledge_version (article, locale, number, title, summary, body, made_from, words, published_at, published_by, approved_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: find_version
SELECT article, locale, number, title, summary, body, made_from, words, published_at, published_by, approved_by FROM knowledge_version
WHERE article = $1 AND locale = $2 AND number = $3

-- name: list_versions
SELECT number, title, published_at, published_by, approved_by, made_from, words FROM knowledge_version WHERE article = $1 AND locale = $2
ORDER BY number DESC LIMIT 500

-- name: address_of_slug
SELECT kind, locale, slug, target, is_current, since FROM knowledge_address WHERE kind = $1 AND locale = $2 AND slug = $3

-- name: addresses_of
SELECT kind, locale, slug, target, is_current, since FROM knowledge_address WHERE kind = $1 AND target = $2 ORDER BY locale, is_current DESC, since DESC

-- name: current_address
SELECT slug FROM knowledge_address WHERE kind = $1 AND locale = $2 AND target = $3 AND is_current = 1

-- name: older_addresses
UPDATE knowledge_address SET is_current = 0 WHERE kind = $1 AND locale = $2 AND target = $3

-- name: put_address
INSERT INTO knowledge_address (kind, locale, slug, target, is_current, since) VALUES ($1, $2, $3, $4, 1, $5)
ON CONFLICT (kind, locale, slug) DO UPDATE SET is_current = 1, since = excluded.since WHERE knowledge_address.target = excluded.target

-- name: delete_addresses
DELETE FROM knowledge_address WHERE kind = $1 AND target = $2

-- name: due_publications
SELECT article, locale FROM knowledge_translation WHERE publish_at IS NOT NULL AND publish_at <= $1 AND state = 'scheduled' ORDER BY publish_at LIMIT 100

-- name: due_expiries
SELECT id FROM knowledge_article WHERE expires_at IS NOT NULL AND expires_at <= $1 AND retired_at IS NULL ORDER BY expires_at LIMIT 100

-- name: due_reviews
SELECT id FROM knowledge_article WHERE review_due_at IS NOT NULL AND review_due_at <= $1 AND review_told_at IS NULL AND retired_at IS NULL
ORDER BY review_due_at LIMIT 100

-- name: insert_file
INSERT INTO knowledge_file (id, name, media_type, size, width, height, wrapped_key, content, scan, origin, uploaded_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: find_file
SELECT id, name, media_type, size, width, height, wrapped_key, content, scan, origin, uploaded_by, created_at FROM knowledge_file WHERE id = $1

-- name: list_files
SELECT id, name, media_type, size, width, height, wrapped_key, content, scan, origin, uploaded_by, created_at FROM knowledge_file
WHERE id < $1 AND (CAST($2 AS bigint) = 0 OR EXISTS (SELECT 1 FROM knowledge_file_use u WHERE u.file = knowledge_file.id AND u.article = $2))
ORDER BY id DESC LIMIT $3

-- name: unscanned_files
SELECT id, name, media_type, size, width, height, wrapped_key, content, scan, origin, uploaded_by, created_at FROM knowledge_file
WHERE scan = 'not_scanned' AND id > $1 ORDER BY id LIMIT 20

-- name: set_scan
UPDATE knowledge_file SET scan = $2 WHERE id = $1

-- name: unused_files
SELECT id, name, media_type, size, width, height, wrapped_key, content, scan, origin, uploaded_by, created_at FROM knowledge_file
WHERE created_at < $1 AND NOT EXISTS (SELECT 1 FROM knowledge_file_use u WHERE u.file = knowledge_file.id) ORDER BY id LIMIT 100

-- name: delete_file
DELETE FROM knowledge_file WHERE id = $1

-- name: is_file_used
SELECT count(*) FROM knowledge_file_use WHERE file = $1

-- name: delete_uses
DELETE FROM knowledge_file_use WHERE article = $1 AND locale = $2 AND number = $3

-- name: delete_uses_of_article
DELETE FROM knowledge_file_use WHERE article = $1

-- name: insert_use
INSERT INTO knowledge_file_use (file, article, locale, number) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: count_feedback_of
SELECT sum(CASE WHEN helped = 1 THEN 1 ELSE 0 END), sum(CASE WHEN helped = 0 THEN 1 ELSE 0 END) FROM knowledge_feedback WHERE article = $1

-- name: count_feedback_since
SELECT sum(CASE WHEN helped = 1 THEN 1 ELSE 0 END), sum(CASE WHEN helped = 0 THEN 1 ELSE 0 END) FROM knowledge_feedback WHERE at >= $1

-- name: list_feedback
SELECT id, article, locale, number, helped, reason, comment, customer, at FROM knowledge_feedback
WHERE id < $1 AND (CAST($2 AS bigint) = 0 OR article = $2) AND ($3 = '' OR locale = $3) AND (CAST($4 AS bigint) = -1 OR helped = $4) ORDER BY id DESC LIMIT $5

-- name: put_feedback
INSERT INTO knowledge_feedback (id, article, locale, number, reader, helped, reason, comment, customer, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (article, locale, reader) DO UPDATE SET number = excluded.number, helped = excluded.helped, reason = excluded.reason,
    comment = excluded.comment, customer = excluded.customer, at = excluded.at

-- name: feedback_of_reader
SELECT id FROM knowledge_feedback WHERE article = $1 AND locale = $2 AND reader = $3

-- name: delete_feedback
DELETE FROM knowledge_feedback WHERE id = $1

-- name: delete_feedback_of
DELETE FROM knowledge_feedback WHERE customer = $1

-- name: report
SELECT article, locale, sum(CASE WHEN helped = 1 THEN 1 ELSE 0 END), sum(CASE WHEN helped = 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN reason = 'unclear' THEN 1 ELSE 0 END), sum(CASE WHEN reason = 'wrong' THEN 1 ELSE 0 END),
    sum(CASE WHEN reason = 'outdated' THEN 1 ELSE 0 END), sum(CASE WHEN reason = 'incomplete' THEN 1 ELSE 0 END),
    sum(CASE WHEN reason = 'other' THEN 1 ELSE 0 END), sum(CASE WHEN comment IS NOT NULL THEN 1 ELSE 0 END), max(at)
FROM knowledge_feedback WHERE at >= $1 AND at < $2 AND ($3 = '' OR locale = $3) GROUP BY article, locale
ORDER BY 4 DESC, 3, article LIMIT 200

-- name: report_totals
SELECT sum(CASE WHEN helped = 1 THEN 1 ELSE 0 END), sum(CASE WHEN helped = 0 THEN 1 ELSE 0 END) FROM knowledge_feedback
WHERE at >= $1 AND at < $2 AND ($3 = '' OR locale = $3)

-- name: title_of
SELECT title FROM knowledge_translation WHERE article = $1 AND locale = $2

-- name: count_states
SELECT t.state, count(*) FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article WHERE a.retired_at IS NULL GROUP BY t.state

-- name: count_overview
SELECT count(*), sum(CASE WHEN retired_at IS NOT NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN retired_at IS NULL AND review_due_at IS NOT NULL AND review_due_at <= $1 THEN 1 ELSE 0 END),
    sum(CASE WHEN retired_at IS NULL AND EXISTS (SELECT 1 FROM knowledge_translation t WHERE t.article = knowledge_article.id AND t.visible = 1)
        THEN 1 ELSE 0 END)
FROM knowledge_article

-- name: count_locale
SELECT sum(CASE WHEN t.visible = 1 THEN 1 ELSE 0 END),
    sum(CASE WHEN t.locale <> a.source AND t.made_from < coalesce(s.number, 0) THEN 1 ELSE 0 END), count(*)
FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article
    LEFT JOIN knowledge_translation s ON s.article = a.id AND s.locale = a.source
WHERE t.locale = $1 AND a.retired_at IS NULL

-- name: versions_out_of_order
SELECT v.article, v.locale, max(v.number), count(*), max(t.number) FROM knowledge_version v
    LEFT JOIN knowledge_translation t ON t.article = v.article AND t.locale = v.locale
GROUP BY v.article, v.locale HAVING max(v.number) <> count(*) OR max(t.number) IS NULL OR max(t.number) <> max(v.number)

-- name: translations_without_version
SELECT t.article, t.locale FROM knowledge_translation t WHERE t.number > 0
    AND NOT EXISTS (SELECT 1 FROM knowledge_version v WHERE v.article = t.article AND v.locale = t.locale AND v.number = t.number)

-- name: shown_without_address
SELECT t.article, t.locale FROM knowledge_translation t WHERE t.number > 0
    AND NOT EXISTS (SELECT 1 FROM knowledge_address d WHERE d.kind = 'article' AND d.locale = t.locale AND d.target = t.article AND d.is_current = 1)

-- name: addresses_of_nothing
SELECT slug, target FROM knowledge_address d WHERE (kind = 'article' AND NOT EXISTS (SELECT 1 FROM knowledge_article a WHERE a.id = d.target))
    OR (kind = 'category' AND NOT EXISTS (SELECT 1 FROM knowledge_category c WHERE c.id = d.target))
    OR (kind = 'product' AND NOT EXISTS (SELECT 1 FROM knowledge_product p WHERE p.id = d.target))

-- name: uses_of_nothing
SELECT u.file, u.article FROM knowledge_file_use u WHERE NOT EXISTS (SELECT 1 FROM knowledge_file f WHERE f.id = u.file)

-- name: scheduled_without_date
SELECT article, locale FROM knowledge_translation WHERE (state = 'scheduled') <> (publish_at IS NOT NULL)

-- name: text_of_id
SELECT id, article, locale, state, draft_version, number, visible, title, summary, body, slug, made_from, writers, review, publish_at, published_at,
    changed_at, changed_by FROM knowledge_translation WHERE id = $1

-- name: texts_below
SELECT t.id, t.article, t.locale FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article
WHERE t.id < $1 AND t.visible = 1 AND a.retired_at IS NULL ORDER BY t.id DESC LIMIT $2

-- name: count_texts
SELECT count(*) FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article WHERE t.visible = 1 AND a.retired_at IS NULL

-- name: texts_of_article
SELECT id, article, locale FROM knowledge_translation WHERE article = $1

-- name: readable_of_category
SELECT a.id, a.kind, a.audience, a.segment, a.expires_at, t.locale, v.title, v.summary, d.slug, v.published_at
FROM knowledge_article a JOIN knowledge_translation t ON t.article = a.id AND t.visible = 1
    JOIN knowledge_version v ON v.article = t.article AND v.locale = t.locale AND v.number = t.number
    JOIN knowledge_address d ON d.kind = 'article' AND d.locale = t.locale AND d.target = a.id AND d.is_current = 1
WHERE a.category = $1 AND a.retired_at IS NULL AND (t.locale = $2 OR (t.locale = a.source
    AND NOT EXISTS (SELECT 1 FROM knowledge_translation o WHERE o.article = a.id AND o.locale = $2 AND o.visible = 1)))
ORDER BY a.id LIMIT 500

-- name: readable_of_product
SELECT a.id, a.kind, a.audience, a.segment, a.expires_at, t.locale, v.title, v.summary, d.slug, v.published_at
FROM knowledge_article_product p JOIN knowledge_article a ON a.id = p.article JOIN knowledge_translation t ON t.article = a.id AND t.visible = 1
    JOIN knowledge_version v ON v.article = t.article AND v.locale = t.locale AND v.number = t.number
    JOIN knowledge_address d ON d.kind = 'article' AND d.locale = t.locale AND d.target = a.id AND d.is_current = 1
WHERE p.product = $1 AND a.retired_at IS NULL AND (t.locale = $2 OR (t.locale = a.source
    AND NOT EXISTS (SELECT 1 FROM knowledge_translation o WHERE o.article = a.id AND o.locale = $2 AND o.visible = 1)))
ORDER BY a.id LIMIT 500

-- name: readable_loose
SELECT a.id, a.kind, a.audience, a.segment, a.expires_at, t.locale, v.title, v.summary, d.slug, v.published_at
FROM knowledge_article a JOIN knowledge_translation t ON t.article = a.id AND t.visible = 1
    JOIN knowledge_version v ON v.article = t.article AND v.locale = t.locale AND v.number = t.number
    JOIN knowledge_address d ON d.kind = 'article' AND d.locale = t.locale AND d.target = a.id AND d.is_current = 1
WHERE a.category IS NULL AND a.retired_at IS NULL AND NOT EXISTS (SELECT 1 FROM knowledge_article_product p WHERE p.article = a.id)
    AND (t.locale = $1 OR (t.locale = a.source
    AND NOT EXISTS (SELECT 1 FROM knowledge_translation o WHERE o.article = a.id AND o.locale = $1 AND o.visible = 1)))
ORDER BY a.id LIMIT 100

-- name: readable_newest
SELECT a.id, a.kind, a.audience, a.segment, a.expires_at, t.locale, v.title, v.summary, d.slug, v.published_at
FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article
    JOIN knowledge_version v ON v.article = t.article AND v.locale = t.locale AND v.number = t.number
    JOIN knowledge_address d ON d.kind = 'article' AND d.locale = t.locale AND d.target = a.id AND d.is_current = 1
WHERE t.visible = 1 AND t.locale = $1 AND a.retired_at IS NULL ORDER BY t.published_at DESC, a.id DESC LIMIT 40

-- name: readable_text
SELECT a.id, a.kind, a.audience, a.segment, a.expires_at, t.locale, v.title, v.summary, d.slug, v.published_at
FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article
    JOIN knowledge_version v ON v.article = t.article AND v.locale = t.locale AND v.number = t.number
    JOIN knowledge_address d ON d.kind = 'article' AND d.locale = t.locale AND d.target = a.id AND d.is_current = 1
WHERE t.id = $1 AND t.visible = 1 AND a.retired_at IS NULL

-- name: readable_translations
SELECT a.id, a.kind, a.audience, a.segment, a.expires_at, t.locale, v.title, v.summary, d.slug, v.published_at
FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article
    JOIN knowledge_version v ON v.article = t.article AND v.locale = t.locale AND v.number = t.number
    JOIN knowledge_address d ON d.kind = 'article' AND d.locale = t.locale AND d.target = a.id AND d.is_current = 1
WHERE t.article = $1 AND t.visible = 1 AND a.retired_at IS NULL ORDER BY t.locale

-- name: public_texts
SELECT t.locale, d.slug, t.published_at FROM knowledge_translation t JOIN knowledge_article a ON a.id = t.article
    JOIN knowledge_address d ON d.kind = 'article' AND d.locale = t.locale AND d.target = a.id AND d.is_current = 1
WHERE t.visible = 1 AND a.retired_at IS NULL AND a.audience = 'public' AND (a.expires_at IS NULL OR a.expires_at > $1)
ORDER BY t.id LIMIT $2 OFFSET $3

-- name: count_readable
SELECT a.category, a.audience, a.segment, count(*) FROM knowledge_article a
WHERE a.category IS NOT NULL AND a.retired_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > $1)
    AND EXISTS (SELECT 1 FROM knowledge_translation t WHERE t.article = a.id AND t.visible = 1)
GROUP BY a.category, a.audience, a.segment

-- name: shown_files
SELECT u.file, u.article, u.locale FROM knowledge_file_use u JOIN knowledge_translation t ON t.article = u.article AND t.locale = u.locale AND t.number = u.number
WHERE u.file = $1 AND t.visible = 1
