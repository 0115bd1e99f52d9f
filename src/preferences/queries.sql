-- Statements of preferences. Columns stand in the order of the structs in preferences.hpp.

-- ---- deciding

-- name: wish_facts
SELECT p.time_zone, p.quiet_hours, p.paused_until, ch.wanted, ch.changed_at, co.given_at
FROM (SELECT CAST($1 AS bigint) AS customer) AS x
LEFT JOIN preference p ON p.customer = x.customer
LEFT JOIN preference_choice ch ON ch.customer = x.customer AND ch.category = $2 AND ch.channel = $3
LEFT JOIN consent co ON co.customer = x.customer AND co.category = $2 AND co.channel = $3 AND co.state = 'given'

-- The same of many customers, whatever the category; the empty one stands for those about which nothing was said.
-- name: wishes_of_many
SELECT x.customer, x.category, p.time_zone, p.quiet_hours, p.paused_until, x.wanted, x.changed_at, x.given_at
FROM (SELECT customer, '' AS category, CAST(NULL AS bigint) AS wanted, CAST(NULL AS bigint) AS changed_at,
             CAST(NULL AS bigint) AS given_at FROM preference
      WHERE customer IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
      UNION ALL
      SELECT customer, category, wanted, changed_at, CAST(NULL AS bigint) FROM preference_choice
      WHERE channel = $1 AND customer IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
      UNION ALL
      SELECT customer, category, CAST(NULL AS bigint), CAST(NULL AS bigint), given_at FROM consent
      WHERE channel = $1 AND state = 'given'
          AND customer IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)) AS x
LEFT JOIN preference p ON p.customer = x.customer

-- ---- categories

-- name: list_categories
SELECT name, class, names, descriptions, position, stock, created_at, changed_at, retired_at FROM category
ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, position, name

-- name: find_category
SELECT name, class, names, descriptions, position, stock, created_at, changed_at, retired_at FROM category WHERE name = $1

-- name: last_position
SELECT COALESCE(MAX(position), 0) FROM category

-- name: insert_category
INSERT INTO category (name, class, names, descriptions, position, stock, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)

-- name: adopt_category
UPDATE category SET names = $2, descriptions = $3, stock = 1, changed_at = $4 WHERE name = $1

-- name: change_category
UPDATE category SET names = $2, descriptions = $3, position = $4, changed_at = $5, retired_at = $6 WHERE name = $1

-- ---- wishes

-- name: find_wishes
SELECT time_zone, quiet_hours, paused_until, changed_at FROM preference WHERE customer = $1

-- name: put_wishes
INSERT INTO preference (customer, time_zone, quiet_hours, paused_until, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (customer) DO UPDATE SET time_zone = excluded.time_zone, quiet_hours = excluded.quiet_hours,
    paused_until = excluded.paused_until, changed_at = excluded.changed_at

-- name: choices_of
SELECT category, channel, wanted, how, changed_at FROM preference_choice WHERE customer = $1 ORDER BY category, channel

-- Changes nothing where the same was chosen before.
-- name: put_choice
INSERT INTO preference_choice (customer, category, channel, wanted, how, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (customer, category, channel) DO UPDATE SET wanted = excluded.wanted, how = excluded.how,
    changed_at = excluded.changed_at WHERE preference_choice.wanted <> excluded.wanted

-- ---- consents

-- name: insert_consent
INSERT INTO consent (id, customer, category, channel, state, address, wording, wording_digest, wording_version, locale,
    method, source, session, remote, proof, requested_at, requested_by, lapses_at, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)

-- name: find_consent
SELECT id, customer, category, channel, state, address, wording, wording_digest, wording_version, locale, method, source,
    session, remote, proof, requested_at, requested_by, lapses_at, given_at, ended_at, ended_how, ended_by, withdrawal
FROM consent WHERE id = $1

-- name: consents_of
SELECT id, customer, category, channel, state, address, wording, wording_digest, wording_version, locale, method, source,
    session, remote, proof, requested_at, requested_by, lapses_at, given_at, ended_at, ended_how, ended_by, withdrawal
FROM consent WHERE customer = $1 ORDER BY id DESC

-- name: consent_in_force
SELECT id FROM consent WHERE customer = $1 AND category = $2 AND channel = $3 AND state = 'given'

-- name: confirm_consent
UPDATE consent SET state = 'given', given_at = $2, remote = $3 WHERE id = $1 AND state = 'pending'

-- name: end_consent
UPDATE consent SET state = $2, ended_at = $3, ended_how = $4, ended_by = $5, withdrawal = $6 WHERE id = $1 AND state = 'given'

-- name: lapse_consents
UPDATE consent SET state = 'lapsed', ended_at = $1 WHERE state = 'pending' AND lapses_at <= $1

-- ---- links

-- name: link_key
SELECT wrapped_key FROM link_key WHERE id = 1

-- name: insert_link_key
INSERT INTO link_key (id, wrapped_key, created_at) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING

-- ---- fsck

-- name: fsck_lost
SELECT customer FROM preference WHERE customer NOT IN (SELECT id FROM customer)
UNION SELECT customer FROM preference_choice WHERE customer NOT IN (SELECT id FROM customer)
UNION SELECT customer FROM consent WHERE customer NOT IN (SELECT id FROM customer)
ORDER BY 1 LIMIT 100

-- name: fsck_choices
SELECT ch.customer FROM preference_choice ch LEFT JOIN category c ON c.name = ch.category
WHERE c.name IS NULL OR (ch.wanted = 0 AND c.class = 'legal') ORDER BY ch.customer LIMIT 100

-- A consent says when it was given unless nobody gave it, and when it ended unless it goes on.
-- name: fsck_states
SELECT id FROM consent
WHERE (given_at IS NULL) <> (state IN ('pending', 'lapsed')) OR (ended_at IS NULL) <> (state IN ('pending', 'given'))
   OR (withdrawal IS NULL) <> (state <> 'withdrawn') OR (state = 'pending' AND lapses_at IS NULL) ORDER BY id LIMIT 100

-- name: fsck_wordings
SELECT id, wording, wording_digest FROM consent

-- name: fsck_given
SELECT id FROM consent WHERE given_at IS NOT NULL AND id > $1 ORDER BY id LIMIT 500

-- name: fsck_logged
SELECT record FROM log_record WHERE id = $1

-- name: fsck_unspoken
SELECT record FROM log_record
WHERE id NOT IN (SELECT id FROM consent) AND id NOT IN (SELECT withdrawal FROM consent WHERE withdrawal IS NOT NULL) ORDER BY id LIMIT 100

-- name: fsck_unlogged
SELECT id FROM consent WHERE given_at IS NOT NULL AND id NOT IN (SELECT id FROM log_record)
UNION SELECT id FROM consent WHERE withdrawal IS NOT NULL AND withdrawal NOT IN (SELECT id FROM log_record)
ORDER BY 1 LIMIT 100
