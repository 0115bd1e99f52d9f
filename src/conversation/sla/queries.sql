-- Statements of what is promised. Columns stand in the order of the structs in sla/rows.hpp.

-- name: find_calendar
SELECT id, name, hours, created_at, changed_at, retired_at FROM sla_calendar WHERE id = $1

-- name: list_calendars
SELECT id, name, hours, created_at, changed_at, retired_at FROM sla_calendar
ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, folded, id

-- name: count_calendars
SELECT count(*) FROM sla_calendar

-- name: calendar_of_name
SELECT id FROM sla_calendar WHERE folded = $1 AND retired_at IS NULL

-- name: insert_calendar
INSERT INTO sla_calendar (id, name, folded, hours, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)

-- name: change_calendar
UPDATE sla_calendar SET name = $2, folded = $3, hours = $4, changed_at = $5, retired_at = $6 WHERE id = $1

-- name: policies_of_calendar
SELECT id FROM sla_policy WHERE calendar = $1 AND retired_at IS NULL ORDER BY id

-- name: find_policy
SELECT id, name, place, calendar, content, terms, created_at, changed_at, retired_at FROM sla_policy WHERE id = $1

-- name: list_policies
SELECT id, name, place, calendar, content, terms, created_at, changed_at, retired_at FROM sla_policy
ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, place, id

-- name: policies_in_force
SELECT id, name, place, calendar, content, terms, created_at, changed_at, retired_at FROM sla_policy
WHERE retired_at IS NULL ORDER BY place, id

-- name: count_policies
SELECT count(*) FROM sla_policy

-- name: policy_of_name
SELECT id FROM sla_policy WHERE folded = $1 AND retired_at IS NULL

-- name: insert_policy
INSERT INTO sla_policy (id, name, folded, place, calendar, content, terms, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)

-- name: change_policy
UPDATE sla_policy SET name = $2, folded = $3, place = $4, calendar = $5, content = $6, terms = $7, changed_at = $8, retired_at = $9
WHERE id = $1

-- name: insert_terms
INSERT INTO sla_terms (id, policy, content, made_at) VALUES ($1, $2, $3, $4)

-- name: terms_content
SELECT content FROM sla_terms WHERE id = $1

-- name: insert_fact
INSERT INTO sla_fact (conversation, id, at, kind, state, priority, message) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- Of the episode that runs.
-- name: facts_of
SELECT id, at, kind, state, priority, message FROM sla_fact WHERE conversation = $1 AND id >= COALESCE((SELECT max(b.id)
    FROM sla_fact b WHERE b.conversation = $1 AND b.kind IN ('opened', 'reopened')), 0) ORDER BY id

-- name: told_of
SELECT round, metric, alarm FROM sla_told WHERE conversation = $1 ORDER BY round, metric, alarm

-- name: insert_told
INSERT INTO sla_told (conversation, round, metric, alarm, at) VALUES ($1, $2, $3, $4, $5)

-- name: next_alarm
SELECT sla_next_at FROM conversation WHERE sla_next_at IS NOT NULL ORDER BY sla_next_at LIMIT 1

-- name: due_alarms
SELECT id FROM conversation WHERE sla_next_at IS NOT NULL AND sla_next_at <= $1 ORDER BY sla_next_at, id LIMIT $2

-- ---- changed policies reach open conversations

-- name: ask_reach
INSERT INTO sla_reach (id, asked, done_to) VALUES (1, 1, 0)
ON CONFLICT (id) DO UPDATE SET asked = sla_reach.asked + 1, done_to = 0

-- name: next_reach
SELECT asked, done_to FROM sla_reach WHERE id = 1 AND done_to IS NOT NULL

-- name: move_reach
UPDATE sla_reach SET done_to = $2 WHERE id = 1 AND asked = $1

-- name: reach_page
SELECT id, state FROM conversation WHERE id > $1 ORDER BY id LIMIT $2

-- ---- fsck

-- name: fsck_promised
SELECT id FROM conversation WHERE (sla_terms IS NOT NULL OR sla_next_at IS NOT NULL OR due_at IS NOT NULL OR due IS NOT NULL)
AND id > $1 ORDER BY id LIMIT 1000

-- name: fsck_lost_terms
SELECT c.id FROM conversation c LEFT JOIN sla_terms t ON t.id = c.sla_terms WHERE c.sla_terms IS NOT NULL AND t.id IS NULL
ORDER BY c.id LIMIT 100

-- name: fsck_lost_facts
SELECT f.conversation FROM sla_fact f LEFT JOIN conversation c ON c.id = f.conversation
LEFT JOIN conversation_message m ON m.id = f.message WHERE c.id IS NULL OR (f.message IS NOT NULL AND m.id IS NULL)
ORDER BY f.conversation LIMIT 100

-- People's messages that no clock has heard of, though something was promised by then.
-- name: fsck_unheard
SELECT m.origin FROM conversation_message m JOIN conversation c ON c.id = m.origin
LEFT JOIN sla_fact f ON f.conversation = m.origin AND f.message = m.id
WHERE c.sla_terms IS NOT NULL AND c.state NOT IN ('spam', 'merged') AND m.conversation = m.origin AND m.direction = 'in'
AND m.automatic IS NULL AND f.id IS NULL
AND m.at > (SELECT max(b.at) FROM sla_fact b WHERE b.conversation = m.origin AND b.kind IN ('opened', 'reopened'))
ORDER BY m.origin LIMIT 100
