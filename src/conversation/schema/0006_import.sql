-- Old mailboxes that are brought in. docs/formats/conversations.md.

CREATE TABLE conversation_import (
    id {{key}},
    source text NOT NULL,               -- whose place in it is kept: a file, a folder
    kind text NOT NULL,                 -- mbox, maildir
    mailbox bigint NOT NULL,            -- whose conversations its mails become
    settings {{json}} NOT NULL,         -- sent, leave, labels
    state text NOT NULL,                -- running, finished
    position text NOT NULL,             -- up to where its mails are here; the words of whoever reads the source
    size bigint NOT NULL,
    counts {{json}} NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    finished_at bigint
);
CREATE UNIQUE INDEX conversation_import_source ON conversation_import (source, kind, mailbox);

-- Messages that were brought in.
CREATE TABLE conversation_imported (
    message {{key}},
    import bigint NOT NULL
);
