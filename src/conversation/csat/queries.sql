-- Statements of ratings. Columns of rating stand in the order of RatingRow (csat/rows.hpp).

-- name: rating_settings
SELECT scope, content, changed_at FROM rating_setting ORDER BY scope

-- name: rating_setting
SELECT content FROM rating_setting WHERE scope = $1

-- name: put_rating_setting
INSERT INTO rating_setting (scope, content, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (scope) DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at

-- name: delete_rating_setting
DELETE FROM rating_setting WHERE scope = $1

-- Where nobody is asked anything, nothing is written.
-- name: begin_rating
INSERT INTO rating (id, conversation, resolved_at, customer, mailbox, team, agent, channel, locale, state, due_at, open_until)
SELECT CAST($1 AS bigint), CAST($2 AS bigint), CAST($3 AS bigint), CAST($4 AS bigint), CAST($5 AS bigint), CAST($6 AS bigint),
    CAST($7 AS bigint), CAST($8 AS text), CAST($9 AS text), 'waiting', CAST($3 AS bigint), CAST($3 AS bigint)
WHERE EXISTS (SELECT 1 FROM rating_setting) ON CONFLICT DO NOTHING

-- name: open_ratings
SELECT id FROM rating WHERE conversation = $1 AND state IN ('waiting', 'asked') ORDER BY id

-- name: find_rating
SELECT id, conversation, resolved_at, customer, mailbox, team, agent, channel, locale, terms, state, reason, due_at,
    asked_at, open_until, score, rated_at, via, sealed FROM rating WHERE id = $1

-- name: ratings_of
SELECT id, conversation, resolved_at, customer, mailbox, team, agent, channel, locale, terms, state, reason, due_at,
    asked_at, open_until, score, rated_at, via, sealed FROM rating WHERE conversation = $1 ORDER BY resolved_at DESC LIMIT 20

-- name: ratings_given
SELECT id, conversation, resolved_at, customer, mailbox, team, agent, channel, locale, terms, state, reason, due_at,
    asked_at, open_until, score, rated_at, via, sealed FROM rating
WHERE rated_at IS NOT NULL AND (rated_at, id) < ($1, $2) AND score >= $3 AND score <= $4 ORDER BY rated_at DESC, id DESC LIMIT $5

-- name: change_rating
UPDATE rating SET terms = $2, state = $3, reason = $4, due_at = $5, asked_at = $6, open_until = $7, score = $8, rated_at = $9,
    via = $10, sealed = $11 WHERE id = $1

-- name: ratings_due
SELECT id FROM rating WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2

-- name: asked_since
SELECT id FROM rating WHERE customer = $1 AND asked_at IS NOT NULL AND asked_at > $2 AND id <> $3 LIMIT 1

-- name: answered_conversation
SELECT id FROM conversation_message WHERE conversation = $1 AND direction = 'out' AND state <> 'withdrawn'
    AND author_kind <> 'system' ORDER BY id DESC LIMIT 1

-- name: last_score
SELECT score FROM rating WHERE conversation = $1 AND score IS NOT NULL ORDER BY resolved_at DESC LIMIT 1

-- name: ids_of_score
SELECT conversation FROM rating WHERE score = $3 AND (SELECT c.state FROM conversation c WHERE c.id = rating.conversation) = $1
ORDER BY rated_at DESC LIMIT $2

-- How many were asked, how many answered, how many of these were content, and the sum of their scores. In each half the
-- index of its time bounds what is read.
-- name: report_by_agent
SELECT g, CAST(sum(asked) AS bigint), CAST(sum(answers) AS bigint), CAST(sum(good) AS bigint), CAST(sum(total) AS bigint) FROM (
    SELECT agent AS g, 1 AS asked, 0 AS answers, 0 AS good, 0 AS total FROM rating WHERE asked_at >= $1 AND asked_at < $2
    UNION ALL SELECT agent, 0, 1, CASE WHEN score >= 4 THEN 1 ELSE 0 END, score FROM rating WHERE rated_at >= $1 AND rated_at < $2
) AS both_kinds GROUP BY g

-- name: report_by_team
SELECT g, CAST(sum(asked) AS bigint), CAST(sum(answers) AS bigint), CAST(sum(good) AS bigint), CAST(sum(total) AS bigint) FROM (
    SELECT team AS g, 1 AS asked, 0 AS answers, 0 AS good, 0 AS total FROM rating WHERE asked_at >= $1 AND asked_at < $2
    UNION ALL SELECT team, 0, 1, CASE WHEN score >= 4 THEN 1 ELSE 0 END, score FROM rating WHERE rated_at >= $1 AND rated_at < $2
) AS both_kinds GROUP BY g

-- name: report_by_mailbox
SELECT g, CAST(sum(asked) AS bigint), CAST(sum(answers) AS bigint), CAST(sum(good) AS bigint), CAST(sum(total) AS bigint) FROM (
    SELECT mailbox AS g, 1 AS asked, 0 AS answers, 0 AS good, 0 AS total FROM rating WHERE asked_at >= $1 AND asked_at < $2
    UNION ALL SELECT mailbox, 0, 1, CASE WHEN score >= 4 THEN 1 ELSE 0 END, score FROM rating WHERE rated_at >= $1 AND rated_at < $2
) AS both_kinds GROUP BY g

-- Weeks begin on Monday, UTC: 1970-01-05 was one.
-- name: report_by_week
SELECT g, CAST(sum(asked) AS bigint), CAST(sum(answers) AS bigint), CAST(sum(good) AS bigint), CAST(sum(total) AS bigint) FROM (
    SELECT (asked_at - 345600000000) / 604800000000 AS g, 1 AS asked, 0 AS answers, 0 AS good, 0 AS total FROM rating WHERE asked_at >= $1 AND asked_at < $2
    UNION ALL SELECT (rated_at - 345600000000) / 604800000000, 0, 1, CASE WHEN score >= 4 THEN 1 ELSE 0 END, score FROM rating WHERE rated_at >= $1 AND rated_at < $2
) AS both_kinds GROUP BY g

-- name: fsck_ratings
SELECT r.id FROM rating r LEFT JOIN conversation c ON c.id = r.conversation
WHERE c.id IS NULL OR (r.state = 'rated') <> (r.score IS NOT NULL) OR (r.score IS NULL) <> (r.rated_at IS NULL)
   OR (r.due_at IS NOT NULL AND r.state <> 'waiting') ORDER BY r.id LIMIT 100
