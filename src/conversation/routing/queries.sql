-- Statements of routing. Columns stand in the order of the structs in routing/rows.hpp.

-- name: routing_setting
SELECT content FROM routing_setting WHERE id = 1

-- name: set_routing
INSERT INTO routing_setting (id, content, changed_at) VALUES (1, $1, $2)
ON CONFLICT (id) DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at

-- name: is_routed
SELECT team FROM routing_team WHERE team = $1

-- name: routed_teams
SELECT team FROM routing_team ORDER BY team

-- name: clear_routed
DELETE FROM routing_team

-- name: add_routed
INSERT INTO routing_team (team) VALUES ($1) ON CONFLICT DO NOTHING

-- name: routing_agent
SELECT agent, content, presence, since, seen_until, wakes_at, assigned_at FROM routing_agent WHERE agent = $1

-- name: routing_agents
SELECT agent, content, presence, since, seen_until, wakes_at, assigned_at FROM routing_agent ORDER BY agent

-- name: put_routing_agent
INSERT INTO routing_agent (agent, content, presence, since, seen_until, wakes_at, assigned_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (agent) DO UPDATE SET content = excluded.content, presence = excluded.presence, since = excluded.since,
    seen_until = excluded.seen_until, wakes_at = excluded.wakes_at, assigned_at = excluded.assigned_at

-- name: set_assigned
UPDATE routing_agent SET assigned_at = $2 WHERE agent = $1

-- name: set_wakes
UPDATE routing_agent SET wakes_at = $2 WHERE agent = $1 AND presence = 'online'

-- name: set_seen
UPDATE routing_agent SET seen_until = $2 WHERE agent = $1 AND presence <> 'offline'

-- name: next_presence
SELECT min(at) FROM (SELECT min(seen_until) AS at FROM routing_agent WHERE seen_until IS NOT NULL
UNION ALL SELECT min(wakes_at) FROM routing_agent WHERE wakes_at IS NOT NULL) AS times WHERE at IS NOT NULL

-- name: presence_due
SELECT agent FROM routing_agent WHERE (seen_until IS NOT NULL AND seen_until <= $1) OR (wakes_at IS NOT NULL AND wakes_at <= $1)
ORDER BY agent LIMIT 100

-- name: load_of
SELECT channel, count(*) FROM conversation WHERE assignee = $1 AND state = 'open' GROUP BY channel

-- Whoever waits longest; those in which nobody waits come behind them, by a statement of their own: engines do not agree
-- where what is not there stands in an order.
-- name: queue_of
SELECT id FROM conversation WHERE team = $1 AND priority = $2 AND state = 'open' AND assignee IS NULL
AND waiting_since IS NOT NULL ORDER BY waiting_since, id LIMIT $3

-- name: queue_of_quiet
SELECT id FROM conversation WHERE team = $1 AND priority = $2 AND state = 'open' AND assignee IS NULL
AND waiting_since IS NULL ORDER BY id LIMIT $3

-- name: insert_decision
INSERT INTO routing_decision (conversation, version, at, agent, cause, content) VALUES ($1, $2, $3, $4, $5, $6)

-- name: last_decision
SELECT at, agent, cause, content FROM routing_decision WHERE conversation = $1 ORDER BY version DESC LIMIT 1

-- name: insert_reply_sample
INSERT INTO reply_sample (message, mailbox, asked_at, waited_s) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: drop_reply_sample
DELETE FROM reply_sample WHERE message = $1

-- name: reply_samples
SELECT asked_at, waited_s FROM reply_sample WHERE mailbox = $1 AND asked_at > $2 AND asked_at <= $3 ORDER BY asked_at DESC LIMIT 20000

-- name: reply_samples_of_all
SELECT asked_at, waited_s FROM reply_sample WHERE asked_at > $1 AND asked_at <= $2 ORDER BY asked_at DESC LIMIT 20000

-- name: forget_reply_samples
DELETE FROM reply_sample WHERE asked_at < $1

-- name: fsck_decisions
SELECT d.conversation FROM routing_decision d LEFT JOIN conversation c ON c.id = d.conversation WHERE c.id IS NULL
ORDER BY d.conversation LIMIT 100
