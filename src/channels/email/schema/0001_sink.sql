-- Mails that the demo sink took in, byte for byte.
CREATE TABLE sink_mail (
    id {{key}},
    received_at {{id}} NOT NULL,
    mail_from TEXT NOT NULL,
    rcpt_to TEXT NOT NULL,      -- addresses, separated by blanks
    helo TEXT NOT NULL,
    size {{id}} NOT NULL,
    raw {{blob}} NOT NULL
);
