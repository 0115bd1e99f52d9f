-- ---- audit log

-- name: insert_audit
INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, verb, subject, outcome, remote, request_id, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: audit_lines
SELECT id, at, actor_kind, actor_id, actor_name, verb, subject, outcome, remote, request_id, data
FROM audit
WHERE id < $1 AND substr(verb, 1, length($2)) = $2 AND (outcome = $3 OR $3 = '') AND at >= $4 AND at < $5
ORDER BY id DESC LIMIT $6;

-- name: audit_lines_of_subject
SELECT id, at, actor_kind, actor_id, actor_name, verb, subject, outcome, remote, request_id, data
FROM audit
WHERE subject = $7 AND id < $1 AND substr(verb, 1, length($2)) = $2 AND (outcome = $3 OR $3 = '')
  AND at >= $4 AND at < $5
ORDER BY id DESC LIMIT $6;

-- name: audit_lines_of_actor
SELECT id, at, actor_kind, actor_id, actor_name, verb, subject, outcome, remote, request_id, data
FROM audit
WHERE actor_id = $7 AND id < $1 AND substr(verb, 1, length($2)) = $2 AND (outcome = $3 OR $3 = '')
  AND at >= $4 AND at < $5
ORDER BY id DESC LIMIT $6;

-- ---- customers

-- name: insert_customer
INSERT INTO customer (id, name, locale, external_id, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5);

-- name: find_customer
SELECT id, name, locale, external_id, created_at, changed_at FROM customer WHERE id = $1;

-- name: customer_by_external_id
SELECT id, name, locale, external_id, created_at, changed_at FROM customer WHERE external_id = $1;

-- name: update_customer
UPDATE customer SET name = $2, locale = $3, external_id = $4, changed_at = $5 WHERE id = $1;

-- name: touch_customer
UPDATE customer SET changed_at = $2 WHERE id = $1;

-- name: newest_customers
SELECT id, name, locale, external_id, created_at, changed_at FROM customer WHERE id < $1
  AND NOT EXISTS (SELECT 1 FROM customer_merge m WHERE m.absorbed = customer.id AND m.undone_at IS NULL)
ORDER BY id DESC LIMIT $2;

-- name: addresses_of_newest
SELECT id, customer, kind, value, verified_at, is_primary, created_at FROM customer_address
WHERE customer IN (SELECT id FROM customer WHERE id < $1
                   AND NOT EXISTS (SELECT 1 FROM customer_merge m WHERE m.absorbed = customer.id AND m.undone_at IS NULL)
                   ORDER BY id DESC LIMIT $2)
ORDER BY customer, is_primary DESC, id;

-- name: insert_key
INSERT INTO customer_key (search_key, customer) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: delete_key
DELETE FROM customer_key WHERE search_key = $1 AND customer = $2;

-- name: customers_by_key
SELECT k.search_key, c.id, c.name, c.locale, c.external_id, c.created_at, c.changed_at
FROM customer_key k JOIN customer c ON c.id = k.customer
WHERE (k.search_key, k.customer) > ($1, $2) AND k.search_key < $3
ORDER BY k.search_key, k.customer LIMIT $4;

-- name: addresses_by_key
SELECT id, customer, kind, value, verified_at, is_primary, created_at FROM customer_address
WHERE customer IN (SELECT customer FROM customer_key
                   WHERE (search_key, customer) > ($1, $2) AND search_key < $3
                   ORDER BY search_key, customer LIMIT $4)
ORDER BY customer, is_primary DESC, id;

-- name: timeline
SELECT seq, at, kind, subject, customer, actor_kind, actor_id, journey, data FROM journal
WHERE customer = $1 AND seq < $2 AND ($4 = 1 OR (kind NOT LIKE 'delivery.%' AND kind NOT LIKE 'notice.%'))
  AND ($5 = 1 OR (kind NOT LIKE 'conversation.%' AND kind NOT LIKE 'message.%')) ORDER BY seq DESC LIMIT $3;

-- ---- addresses

-- name: customer_of_address
SELECT customer FROM customer_address WHERE kind = $1 AND folded = $2 AND finds = 1;

-- name: customer_with_address
SELECT a.folded, c.id, c.name, c.locale FROM customer_address a JOIN customer c ON c.id = a.customer
WHERE a.kind = $1 AND a.finds = 1 AND a.folded = $2;

-- name: customers_of_addresses
SELECT a.folded, c.id, c.name, c.locale FROM customer_address a JOIN customer c ON c.id = a.customer
WHERE a.kind = $1 AND a.finds = 1 AND a.folded IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33);

-- name: insert_only_address
INSERT INTO customer_address (id, customer, kind, value, folded, verified_at, is_primary, finds, created_at)
VALUES ($1, $2, $3, $4, $5, NULL, 1, 1, $6);

-- name: claim_address
INSERT INTO customer_address (id, customer, kind, value, folded, verified_at, is_primary, finds, created_at)
VALUES ($1, $2, $3, $4, $5, NULL, 1, 1, $6)
ON CONFLICT (kind, folded) WHERE finds = 1 DO UPDATE SET finds = 1
RETURNING customer;

-- name: insert_finding_address
INSERT INTO customer_address (id, customer, kind, value, folded, verified_at, is_primary, finds, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)
ON CONFLICT DO NOTHING;

-- name: insert_address
INSERT INTO customer_address (id, customer, kind, value, folded, verified_at, is_primary, finds, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)
ON CONFLICT (customer, kind, folded) DO NOTHING;

-- name: addresses_of
SELECT id, customer, kind, value, verified_at, is_primary, created_at FROM customer_address
WHERE customer = $1 ORDER BY is_primary DESC, id;

-- name: find_address
SELECT id, customer, kind, value, verified_at, is_primary, created_at FROM customer_address WHERE id = $1;

-- name: address_of_value
SELECT id FROM customer_address WHERE customer = $1 AND kind = $2 AND folded = $3;

-- name: clear_primary
UPDATE customer_address SET is_primary = 0 WHERE customer = $1 AND is_primary = 1;

-- name: set_primary
UPDATE customer_address SET is_primary = 1 WHERE id = $1;

-- name: delete_address
DELETE FROM customer_address WHERE id = $1;

-- name: first_sharing_address
SELECT id FROM customer_address WHERE kind = $1 AND folded = $2 AND finds = 0 ORDER BY id LIMIT 1;

-- name: let_address_find
UPDATE customer_address SET finds = 1 WHERE id = $1;

-- name: verify_address
UPDATE customer_address SET verified_at = $2 WHERE id = $1 AND verified_at IS NULL;

-- ---- agents

-- name: insert_agent
INSERT INTO agent (id, email, folded, name, locale, role, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7);

-- name: find_agent
SELECT id, email, name, locale, role, CASE WHEN password IS NULL THEN 0 ELSE 1 END,
       CASE WHEN totp_since IS NULL THEN 0 ELSE 1 END, created_at, changed_at, signed_in_at, disabled_at
FROM agent WHERE id = $1;

-- name: agent_by_email
SELECT id, email, name, locale, role, CASE WHEN password IS NULL THEN 0 ELSE 1 END,
       CASE WHEN totp_since IS NULL THEN 0 ELSE 1 END, created_at, changed_at, signed_in_at, disabled_at
FROM agent WHERE folded = $1;

-- name: list_agents
SELECT id, email, name, locale, role, CASE WHEN password IS NULL THEN 0 ELSE 1 END,
       CASE WHEN totp_since IS NULL THEN 0 ELSE 1 END, created_at, changed_at, signed_in_at, disabled_at
FROM agent ORDER BY id;

-- name: update_agent
UPDATE agent SET name = $2, locale = $3, role = $4, disabled_at = $5, changed_at = $6 WHERE id = $1;

-- name: count_owners
SELECT count(*) FROM agent WHERE role = 'owner' AND disabled_at IS NULL;

-- name: proofs_of
SELECT id, name, role, password, totp, totp_since, totp_step, disabled_at FROM agent WHERE id = $1;

-- name: proofs_by_email
SELECT id, name, role, password, totp, totp_since, totp_step, disabled_at FROM agent WHERE folded = $1;

-- name: set_password
UPDATE agent SET password = $2, changed_at = $3 WHERE id = $1;

-- name: upgrade_password
UPDATE agent SET password = $2 WHERE id = $1 AND password = $3;

-- name: begin_totp
UPDATE agent SET totp = $2, totp_since = NULL, changed_at = $3 WHERE id = $1;

-- name: confirm_totp
UPDATE agent SET totp_since = $2, totp_step = $3, changed_at = $2 WHERE id = $1;

-- name: remove_totp
UPDATE agent SET totp = NULL, totp_since = NULL, changed_at = $2 WHERE id = $1;

-- name: use_totp_step
UPDATE agent SET totp_step = $2 WHERE id = $1 AND totp_step < $2;

-- name: insert_recovery_code
INSERT INTO recovery_code (agent, digest) VALUES ($1, $2);

-- name: delete_recovery_codes
DELETE FROM recovery_code WHERE agent = $1;

-- name: use_recovery_code
UPDATE recovery_code SET used_at = $3 WHERE agent = $1 AND digest = $2 AND used_at IS NULL;

-- name: agent_signed_in
UPDATE agent SET signed_in_at = $2 WHERE id = $1;

-- ---- sessions and links

-- name: insert_session
INSERT INTO agent_session (id, digest, agent, opened_by, remote, user_agent, created_at, seen_at, expires_at, level, proof)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10);

-- name: session_by_digest
SELECT id, agent, opened_by, remote, user_agent, created_at, seen_at, expires_at, level, proof FROM agent_session WHERE digest = $1;

-- name: find_session
SELECT id, agent, opened_by, remote, user_agent, created_at, seen_at, expires_at, level, proof FROM agent_session WHERE id = $1;

-- name: sessions_of
SELECT id, agent, opened_by, remote, user_agent, created_at, seen_at, expires_at, level, proof FROM agent_session
WHERE agent = $1 ORDER BY id DESC;

-- name: rotate_session
UPDATE agent_session SET digest = $2 WHERE id = $1;

-- name: touch_session
UPDATE agent_session SET seen_at = $2 WHERE id = $1 AND seen_at < $2;

-- name: delete_session
DELETE FROM agent_session WHERE id = $1 AND agent = $2;

-- name: delete_sessions_of
DELETE FROM agent_session WHERE agent = $1 AND id <> $2;

-- ---- identities at providers, passkeys, sign-ins under way

-- name: insert_customer_identity
INSERT INTO customer_identity (id, customer, source, value, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source, value) DO NOTHING;

-- name: customer_identities
SELECT id, customer, source, value, created_at FROM customer_identity WHERE customer = $1 ORDER BY id;

-- name: has_customer_identity
SELECT count(*) FROM customer_identity WHERE customer = $1 AND source = $2 AND value = $3;

-- name: delete_customer_identity
DELETE FROM customer_identity WHERE id = $1 AND customer = $2;

-- name: insert_agent_identity
INSERT INTO agent_identity (id, agent, source, value, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source, value) DO NOTHING;

-- name: agent_identities
SELECT id, agent, source, value, created_at, used_at FROM agent_identity WHERE agent = $1 ORDER BY id;

-- name: agent_of_identity
SELECT agent FROM agent_identity WHERE source = $1 AND value = $2;

-- name: use_agent_identity
UPDATE agent_identity SET used_at = $3 WHERE source = $1 AND value = $2;

-- name: delete_agent_identity
DELETE FROM agent_identity WHERE id = $1 AND agent = $2;

-- name: insert_passkey
INSERT INTO customer_passkey (id, customer, credential, public_key, algorithm, counter, level, vouched_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (credential) DO NOTHING;

-- name: find_passkey
SELECT id, customer, credential, public_key, algorithm, counter, level, vouched_by, created_at, used_at, revoked_at
FROM customer_passkey WHERE credential = $1;

-- name: passkeys_of
SELECT id, customer, credential, public_key, algorithm, counter, level, vouched_by, created_at, used_at, revoked_at
FROM customer_passkey WHERE customer = $1 ORDER BY id;

-- name: use_passkey
UPDATE customer_passkey SET counter = $2, used_at = $3
WHERE id = $1 AND revoked_at IS NULL AND (counter < $2 OR (counter = 0 AND $2 = 0));

-- name: revoke_passkey
UPDATE customer_passkey SET revoked_at = $3 WHERE id = $1 AND customer = $2 AND revoked_at IS NULL;

-- name: insert_flow
INSERT INTO sign_in_flow (state, owner, sealed, expires_at) VALUES ($1, $2, $3, $4);

-- name: count_flows
SELECT count(*) FROM sign_in_flow WHERE owner = $1 AND expires_at > $2;

-- name: take_flow
DELETE FROM sign_in_flow WHERE state = $1 AND expires_at > $2 RETURNING sealed;

-- name: sweep_flows
DELETE FROM sign_in_flow WHERE expires_at <= $1;

-- name: sweep_sessions
DELETE FROM agent_session WHERE expires_at <= $1 OR seen_at <= $2;

-- name: insert_link
INSERT INTO sign_in_link (digest, agent, created_at, expires_at) VALUES ($1, $2, $3, $4);

-- name: agent_of_link
SELECT agent FROM sign_in_link WHERE digest = $1 AND used_at IS NULL AND expires_at > $2;

-- name: use_link
UPDATE sign_in_link SET used_at = $2 WHERE digest = $1 AND used_at IS NULL AND expires_at > $2;

-- name: delete_links_of
DELETE FROM sign_in_link WHERE agent = $1;

-- name: sweep_links
DELETE FROM sign_in_link WHERE expires_at <= $1;

-- ---- throttled sign-in

-- name: count_attempt
UPDATE sign_in_throttle
SET failures = CASE WHEN changed_at < $3 THEN 1 ELSE failures + 1 END, changed_at = $2
WHERE who = $1 AND until <= $2
RETURNING failures;

-- name: first_attempt
INSERT INTO sign_in_throttle (who, failures, until, changed_at) VALUES ($1, 1, 0, $2) ON CONFLICT (who) DO NOTHING;

-- name: throttled_until
SELECT until FROM sign_in_throttle WHERE who = $1;

-- name: set_throttle
UPDATE sign_in_throttle SET until = $2 WHERE who = $1;

-- name: undo_attempt
UPDATE sign_in_throttle SET failures = failures - 1, until = 0 WHERE who = $1 AND failures > 0;

-- name: forget_attempts
DELETE FROM sign_in_throttle WHERE who = $1;

-- name: sweep_throttles
DELETE FROM sign_in_throttle WHERE changed_at < $1;

-- ---- API keys

-- name: insert_api_key
INSERT INTO api_key (id, name, digest, scopes, created_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: api_key_by_digest
SELECT id, name, scopes, created_by, created_at, expires_at, used_at, revoked_at FROM api_key WHERE digest = $1;

-- name: find_api_key
SELECT id, name, scopes, created_by, created_at, expires_at, used_at, revoked_at FROM api_key WHERE id = $1;

-- name: list_api_keys
SELECT id, name, scopes, created_by, created_at, expires_at, used_at, revoked_at FROM api_key ORDER BY id DESC;

-- name: revoke_api_key
UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL;

-- name: touch_api_key
UPDATE api_key SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2);

-- name: viewers_changed
SELECT count(*) FROM journal
WHERE seq > $1 AND kind IN ('agent.changed', 'agent.password_changed', 'session.ended', 'api_key.revoked');

-- ---- fsck

-- name: fsck_roles
SELECT id, role FROM agent;

-- name: fsck_agents
SELECT count(*) FROM agent;

-- name: fsck_lost_addresses
SELECT a.id FROM customer_address a LEFT JOIN customer c ON c.id = a.customer WHERE c.id IS NULL ORDER BY a.id LIMIT 20;

-- name: fsck_primaries
SELECT customer FROM customer_address GROUP BY customer HAVING sum(is_primary) <> 1 ORDER BY customer LIMIT 20;

-- name: fsck_finding
SELECT min(id) FROM customer_address GROUP BY kind, folded HAVING sum(finds) <> 1 ORDER BY min(id) LIMIT 20;

-- name: fsck_names
SELECT id, name FROM customer;

-- name: fsck_addresses
SELECT a.id, a.customer, a.value, a.folded, c.name FROM customer_address a JOIN customer c ON c.id = a.customer;

-- name: fsck_keys
SELECT customer, search_key FROM customer_key;

-- name: fsck_lost_proofs
SELECT (SELECT count(*) FROM agent_session s LEFT JOIN agent a ON a.id = s.agent WHERE a.id IS NULL)
     + (SELECT count(*) FROM sign_in_link l LEFT JOIN agent a ON a.id = l.agent WHERE a.id IS NULL)
     + (SELECT count(*) FROM recovery_code r LEFT JOIN agent a ON a.id = r.agent WHERE a.id IS NULL);

-- name: fsck_disabled_sessions
SELECT count(*) FROM agent_session s JOIN agent a ON a.id = s.agent WHERE a.disabled_at IS NOT NULL;

-- name: fsck_lost_members
SELECT count(*) FROM team_member m LEFT JOIN team t ON t.id = m.team LEFT JOIN agent a ON a.id = m.agent
WHERE t.id IS NULL OR a.id IS NULL;

-- ---- teams

-- name: insert_team
INSERT INTO team (id, name, folded, created_at, changed_at) VALUES ($1, $2, $3, $4, $4);

-- name: update_team
UPDATE team SET name = $2, folded = $3, retired_at = $4, changed_at = $5 WHERE id = $1;

-- name: find_team
SELECT id, name, retired_at, created_at, changed_at FROM team WHERE id = $1;

-- name: team_of_name
SELECT id FROM team WHERE folded = $1 AND retired_at IS NULL;

-- name: list_teams
SELECT id, name, retired_at, created_at, changed_at FROM team ORDER BY folded, id;

-- name: count_teams
SELECT count(*) FROM team;

-- name: members_of_team
SELECT agent FROM team_member WHERE team = $1 ORDER BY agent;

-- name: teams_of_agent
SELECT team FROM team_member WHERE agent = $1 ORDER BY team;

-- name: clear_team
DELETE FROM team_member WHERE team = $1;

-- name: add_team_member
INSERT INTO team_member (team, agent) VALUES ($1, $2);

-- ---- customers who are erased

-- name: erase_keys
DELETE FROM customer_key WHERE customer = $1;

-- name: erase_identities
DELETE FROM customer_identity WHERE customer = $1;

-- name: erase_passkeys
DELETE FROM customer_passkey WHERE customer = $1;

-- name: mark_erased
UPDATE customer SET erased_at = $2 WHERE id = $1;

-- name: erased_at
SELECT erased_at FROM customer WHERE id = $1 AND erased_at IS NOT NULL;
