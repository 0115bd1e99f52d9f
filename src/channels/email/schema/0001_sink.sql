-- Mails that the demo sink took in, byte for byte.
CREATE TABLE sink_mail (
    id {{key}},
    received_at {{id}} NOT NULL,
    mail_from TEXT NOT NULL,
    rcpt_to TEXT NOT NULL,      -- addresses, separated by blanks
    subject TEXT NOT NULL,      -- decoded, for the list
    size {{id}} NOT NULL,
    raw {{blob}} NOT NULL
);
CREATE INDEX sink_mail_recipient ON sink_mail (rcpt_to, id);
