-- Web chat: sites, visitors, and whose conversation is whose. Words stand with the conversations. docs/formats/chat.md.

CREATE TABLE chat_site (
    id {{key}},
    name text NOT NULL,
    mailbox bigint NOT NULL,            -- that its conversations belong to, and that mails leave from
    team bigint,
    settings {{json}} NOT NULL,         -- origins, languages, colour, greeting
    mail_after bigint NOT NULL,         -- seconds after which unread replies go by e-mail; 0: never
    wrapped_key {{blob}} NOT NULL,      -- the secret that vouches for customers
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    retired_at bigint
);

-- A browser that has written. It keeps the token, we its SHA-256.
CREATE TABLE chat_visitor (
    id {{key}},
    site bigint NOT NULL,
    token {{blob}} NOT NULL UNIQUE,
    old_token {{blob}},                 -- works until the new one was used once
    name text NOT NULL,
    locale text NOT NULL,
    customer bigint,                    -- vouched for, or proven with a code
    address text,                       -- that they have proven
    created_at bigint NOT NULL
);
CREATE UNIQUE INDEX chat_visitor_old ON chat_visitor (old_token) WHERE old_token IS NOT NULL;

-- A conversation as its visitor sees it.
CREATE TABLE chat_thread (
    id {{key}},                         -- the conversation
    site bigint NOT NULL,
    visitor bigint NOT NULL,
    customer bigint,                    -- who sees it from other devices, too
    read_up_to bigint NOT NULL,         -- the last answer that was seen
    mailed_up_to bigint NOT NULL,       -- the last one that went by e-mail
    began_at bigint NOT NULL
);
CREATE INDEX chat_thread_visitor ON chat_thread (visitor, id);
CREATE INDEX chat_thread_customer ON chat_thread (customer, id) WHERE customer IS NOT NULL;

-- Answers that go by e-mail then, if nobody has seen them. Written with the answer, gone with the receipt.
CREATE TABLE chat_due (
    id {{key}},                         -- the conversation of the thread
    due_at bigint NOT NULL
);
CREATE INDEX chat_due_at ON chat_due (due_at);

-- One code at a time for each visitor.
CREATE TABLE chat_code (
    id {{key}},                         -- the visitor
    address text NOT NULL,
    digest {{blob}} NOT NULL,
    tries bigint NOT NULL,
    expires_at bigint NOT NULL
);

-- Vouching tokens that were used, until they expire.
CREATE TABLE chat_nonce (
    site bigint NOT NULL,
    nonce text NOT NULL,
    visitor bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (site, nonce)
);
CREATE INDEX chat_nonce_expires ON chat_nonce (expires_at);
