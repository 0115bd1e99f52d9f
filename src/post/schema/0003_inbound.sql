-- Mail that arrives, what it says about letters, and addresses that get none. docs/formats/inbound.md.
CREATE TABLE inbound_message (
    id {{key}},
    channel TEXT NOT NULL,          -- 'email'
    provider_id TEXT NOT NULL,      -- hex of the SHA-256 of the raw octets
    received_at {{id}} NOT NULL,
    peer TEXT NOT NULL,             -- who handed it over: protocol and network address
    sender TEXT NOT NULL,           -- the envelope's; empty: the null reverse-path
    size {{id}} NOT NULL,
    blob {{blob}} NOT NULL,         -- the raw octets, encrypted
    wrapped_key {{blob}} NOT NULL
);
CREATE UNIQUE INDEX inbound_message_once ON inbound_message (channel, provider_id);

CREATE TABLE inbound_recipient (
    message {{id}} NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,            -- waiting, handled, unread
    starts {{id}} NOT NULL,         -- how often the program was started while it waited
    kind TEXT,                      -- what it turned out to be: bounce, complaint, auto_reply, …
    letter {{id}},                  -- of ours, where that is proven
    summary TEXT,                   -- for people
    handled_at {{id}},
    PRIMARY KEY (message, address)
);
CREATE INDEX inbound_waiting ON inbound_recipient (message) WHERE state = 'waiting';
CREATE INDEX inbound_kind ON inbound_recipient (kind, message);

CREATE TABLE bounce (
    id {{key}},
    letter {{id}} NOT NULL,
    message {{id}},                 -- the mail that told of it; NULL: a mail server's refusal while sending
    address TEXT NOT NULL,          -- the letter's recipient, as suppression writes it
    class TEXT NOT NULL,
    status TEXT NOT NULL,
    diagnostic TEXT NOT NULL,
    reporter TEXT NOT NULL,
    told {{id}} NOT NULL,           -- 1: the letter's owner heard of it as a failure
    at {{id}} NOT NULL
);
CREATE INDEX bounce_letter ON bounce (letter);
CREATE INDEX bounce_address ON bounce (address, at);
CREATE UNIQUE INDEX bounce_once ON bounce (message, letter) WHERE message IS NOT NULL;

CREATE TABLE suppression (
    id {{key}},
    address TEXT NOT NULL,          -- in lower case
    reason TEXT NOT NULL,           -- hard, soft, complaint, unsubscribe, manual
    detail TEXT NOT NULL,
    letter {{id}},                  -- that led to it
    created_at {{id}} NOT NULL,
    expires_at {{id}}               -- NULL: never
);
CREATE UNIQUE INDEX suppression_once ON suppression (address, reason);
CREATE INDEX suppression_end ON suppression (expires_at) WHERE expires_at IS NOT NULL;
