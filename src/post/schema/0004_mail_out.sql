-- How letters leave: what secured each attempt and where it left from, rules of sites, warm-up, signing keys, kept
-- MTA-STS policies. docs/formats/outbox.md.
ALTER TABLE outbox_attempt ADD COLUMN tls TEXT;      -- "TLSv1.3 dane verified", "plain", …
ALTER TABLE outbox_attempt ADD COLUMN source TEXT;   -- "mx", or the smart host

CREATE TABLE mail_site_rule (
    match TEXT PRIMARY KEY,
    connections {{id}} NOT NULL,
    mails_per_connection {{id}} NOT NULL,
    rate_per_minute {{id}} NOT NULL,
    one_site {{id}} NOT NULL
);

CREATE TABLE mail_warm_up (
    source TEXT NOT NULL,
    domain TEXT NOT NULL,
    started_on {{id}} NOT NULL,
    caps TEXT NOT NULL,           -- "50,100,500": letters a day, from started_on
    PRIMARY KEY (source, domain)
);

CREATE TABLE mail_sent (
    day {{id}} NOT NULL,          -- since 1970-01-01, UTC
    source TEXT NOT NULL,
    domain TEXT NOT NULL,
    letters {{id}} NOT NULL,      -- handed over
    PRIMARY KEY (day, source, domain)
);

CREATE TABLE mail_dkim_key (
    domain TEXT NOT NULL,
    selector TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    public_key TEXT NOT NULL,     -- as p= has it
    state TEXT NOT NULL,          -- made, active, retiring, retired
    created_at {{id}} NOT NULL,
    seen_at {{id}},               -- last found in the DNS as it should be
    active_at {{id}},
    keep_until {{id}},            -- retiring: its record stays published until then
    retired_at {{id}},
    problem TEXT,                 -- what the last look at the DNS found wrong
    PRIMARY KEY (domain, selector)
);

CREATE TABLE mail_sts_policy (
    domain TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    mode TEXT NOT NULL,
    mx TEXT NOT NULL,             -- patterns, a line each
    expires_at {{id}} NOT NULL
);
