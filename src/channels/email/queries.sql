-- name: keep_sink_mail
INSERT INTO sink_mail (id, received_at, mail_from, rcpt_to, subject, size, raw) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: drop_old_sink_mails
DELETE FROM sink_mail WHERE id < (SELECT MIN(id) FROM (SELECT id FROM sink_mail ORDER BY id DESC LIMIT $1) AS kept)

-- name: list_sink_mails
SELECT id, received_at, mail_from, rcpt_to, subject, size FROM sink_mail WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: list_sink_mails_to
SELECT id, received_at, mail_from, rcpt_to, subject, size FROM sink_mail WHERE rcpt_to = $3 AND id < $1 ORDER BY id DESC LIMIT $2

-- name: find_sink_mail
SELECT id, received_at, mail_from, rcpt_to, subject, size, raw FROM sink_mail WHERE id = $1
