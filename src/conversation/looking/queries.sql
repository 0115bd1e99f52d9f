-- Statements of looking: who looks where, who has seen what.

-- name: put_looker
INSERT INTO conversation_looker (agent, screen, conversation, doing, writing_until, until) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (agent, screen) DO UPDATE SET conversation = excluded.conversation, doing = excluded.doing,
    writing_until = excluded.writing_until, until = excluded.until

-- name: count_screens
SELECT count(*) FROM conversation_looker WHERE agent = $1 AND screen <> $2

-- name: drop_looker
DELETE FROM conversation_looker WHERE agent = $1 AND screen = $2

-- name: forget_lookers
DELETE FROM conversation_looker WHERE until <= $1

-- name: lookers
SELECT conversation, agent, doing, writing_until, until FROM conversation_looker WHERE until > $1 ORDER BY conversation, agent

-- name: put_seen
INSERT INTO conversation_seen (agent, conversation, up_to) VALUES ($1, $2, $3)
ON CONFLICT (agent, conversation) DO UPDATE SET up_to = excluded.up_to

-- name: find_seen
SELECT up_to FROM conversation_seen WHERE agent = $1 AND conversation = $2

-- name: seen_everywhere
SELECT max(up_to) FROM conversation_seen_all WHERE agent = 0 OR agent = $1

-- name: put_seen_everywhere
INSERT INTO conversation_seen_all (agent, up_to) VALUES ($1, $2)
ON CONFLICT (agent) DO UPDATE SET up_to = excluded.up_to

-- name: forget_seen
DELETE FROM conversation_seen WHERE agent = $1 AND up_to <= $2

-- name: newest_message
SELECT COALESCE(max(id), 0) FROM conversation_message

-- name: last_person_heard
SELECT id FROM conversation_message WHERE conversation = $1 AND direction = 'in' AND automatic IS NULL ORDER BY id DESC LIMIT 1

-- Which of $3 (a JSON array of conversations) hold something of a person that the agent $1 has not seen; $2: what
-- counts as seen everywhere.
-- name: unseen_of [sqlite]
SELECT j.value FROM json_each($3) AS j WHERE EXISTS (SELECT 1 FROM conversation_message m
    WHERE m.conversation = j.value AND m.direction = 'in' AND m.automatic IS NULL AND m.id > COALESCE((SELECT s.up_to
        FROM conversation_seen s WHERE s.agent = $1 AND s.conversation = j.value), $2))

-- name: unseen_of [postgresql]
SELECT j.id FROM (SELECT CAST(value AS bigint) AS id FROM json_array_elements_text(CAST($3 AS json))) AS j
WHERE EXISTS (SELECT 1 FROM conversation_message m
    WHERE m.conversation = j.id AND m.direction = 'in' AND m.automatic IS NULL AND m.id > COALESCE((SELECT s.up_to
        FROM conversation_seen s WHERE s.agent = $1 AND s.conversation = j.id), $2))

-- name: messages_since
SELECT id, conversation, origin, direction, channel, state, at, author_kind, author_id, participant, inbound, client_key,
    leaves_at, matched_by, automatic, claims, text_size, html_size, attachments, wrapped_key, sealed, text_blob, html_blob
FROM conversation_message WHERE conversation = $1 AND id > $2 AND state <> 'withdrawn' AND automatic IS NULL
    AND NOT (author_kind = $3 AND author_id = $4) ORDER BY id LIMIT 10
