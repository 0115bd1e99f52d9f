-- Conversations: what customers write to our mailboxes and what agents answer. Words are sealed under keys of their own;
-- what stands open is what lists, matching and counters need. docs/formats/conversations.md.

CREATE TABLE mailbox (
    id {{key}},
    address text NOT NULL,
    name text NOT NULL,
    locale text NOT NULL,
    team bigint,
    signatures {{json}} NOT NULL,       -- by language
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    retired_at bigint
);
-- What it takes mail for: its own address and its aliases, in lower case.
CREATE TABLE mailbox_address (
    folded text NOT NULL PRIMARY KEY,
    mailbox bigint NOT NULL,
    place bigint NOT NULL               -- 0: its own
);
CREATE INDEX mailbox_address_mailbox ON mailbox_address (mailbox, place);

-- The key that signs reply tokens and Message-IDs, wrapped by the master key, so that they outlive its rotation.
CREATE TABLE conversation_key (
    id {{key}},
    wrapped_key {{blob}} NOT NULL,
    created_at bigint NOT NULL
);
-- Numbers for people: #1042.
CREATE TABLE conversation_number (
    id {{key}},
    last bigint NOT NULL
);

CREATE TABLE conversation (
    id {{key}},
    number bigint NOT NULL UNIQUE,
    customer bigint,                    -- none: the sender says to be one of us, or nobody
    mailbox bigint NOT NULL,            -- that answers leave from
    state text NOT NULL,
    priority text NOT NULL,
    team bigint,
    assignee bigint,
    locale text NOT NULL,
    about text,                         -- the delivery whose letter was answered
    follows bigint,                     -- the conversation that it goes on with, or was split from
    merged_into bigint,
    snoozed_until bigint,
    waiting_since bigint,               -- since when the customer waits for us
    opened_at bigint NOT NULL,
    resolved_at bigint,
    last_at bigint NOT NULL,            -- of the last message
    messages bigint NOT NULL,
    version bigint NOT NULL,
    changed_at bigint NOT NULL,
    wrapped_key {{blob}},               -- NULL: erased
    sealed {{blob}}
);
CREATE INDEX conversation_all ON conversation (state, last_at, id);
CREATE INDEX conversation_assignee ON conversation (assignee, state, last_at, id) WHERE assignee IS NOT NULL;
CREATE INDEX conversation_unassigned ON conversation (state, last_at, id) WHERE assignee IS NULL;
CREATE INDEX conversation_team ON conversation (team, state, last_at, id) WHERE team IS NOT NULL;
CREATE INDEX conversation_customer ON conversation (customer, last_at, id) WHERE customer IS NOT NULL;
CREATE INDEX conversation_snoozed ON conversation (snoozed_until) WHERE state = 'snoozed';
CREATE INDEX conversation_merged ON conversation (merged_into) WHERE merged_into IS NOT NULL;

-- Which mailboxes show it. State and last_at follow the conversation's, so that a page is one range of an index.
CREATE TABLE conversation_placement (
    conversation bigint NOT NULL,
    mailbox bigint NOT NULL,
    state text NOT NULL,
    last_at bigint NOT NULL,
    PRIMARY KEY (conversation, mailbox)
);
CREATE INDEX conversation_placement_page ON conversation_placement (mailbox, state, last_at, conversation);

CREATE TABLE conversation_participant (
    id {{key}},
    conversation bigint NOT NULL,
    folded text NOT NULL,
    address text NOT NULL,
    role text NOT NULL,                 -- sender, recipient, copied
    proven_at bigint,                   -- a mail of theirs brought what only they were sent
    came_with bigint,                   -- the conversation that was merged into this one
    added_at bigint NOT NULL
);
CREATE UNIQUE INDEX conversation_participant_once ON conversation_participant (conversation, folded);

CREATE TABLE conversation_message (
    id {{key}},
    conversation bigint NOT NULL,
    origin bigint NOT NULL,             -- the conversation that it came into first
    direction text NOT NULL,            -- in, out, note
    channel text NOT NULL,
    state text NOT NULL,
    at bigint NOT NULL,
    author_kind text NOT NULL,
    author_id bigint NOT NULL,
    participant bigint,                 -- who wrote it
    inbound bigint,                     -- the mail in the spool
    client_key text,                    -- made by whoever posted it: twice is once
    leaves_at bigint,                   -- until then it can be taken back
    matched_by text,
    automatic text,                     -- why a program wrote it, not a person
    claims text,                        -- agent, mailbox: whom the sender says to be and nobody has proven
    text_size bigint NOT NULL,
    html_size bigint NOT NULL,
    attachments bigint NOT NULL,
    wrapped_key {{blob}},               -- NULL: erased, or taken back
    sealed {{blob}},
    text_blob {{blob}},
    html_blob {{blob}}
);
CREATE INDEX conversation_message_thread ON conversation_message (conversation, id);
CREATE UNIQUE INDEX conversation_message_mail ON conversation_message (inbound) WHERE inbound IS NOT NULL;
CREATE UNIQUE INDEX conversation_message_key ON conversation_message (author_kind, author_id, client_key)
    WHERE client_key IS NOT NULL;

-- Message-IDs (RFC 5322 §3.6.4) by their SHA-256. Not unique: strangers may repeat one, so that each look-up is scoped.
CREATE TABLE conversation_reference (
    digest {{blob}} NOT NULL,
    message bigint NOT NULL,
    ours bigint NOT NULL,
    PRIMARY KEY (digest, message)
);
CREATE INDEX conversation_reference_message ON conversation_reference (message);

CREATE TABLE conversation_attachment (
    id {{key}},
    message bigint,                     -- NULL: uploaded, waits to be attached
    place bigint NOT NULL,
    owner_kind text,                    -- who uploaded it
    owner_id bigint,
    expires_at bigint,
    media_type text NOT NULL,           -- by its content
    size bigint NOT NULL,
    shown_inside bigint NOT NULL,       -- 1: the HTML refers to it
    blob {{blob}} NOT NULL,
    wrapped_key {{blob}},               -- NULL: erased
    sealed {{blob}}                     -- its name, its Content-ID
);
CREATE INDEX conversation_attachment_message ON conversation_attachment (message, place) WHERE message IS NOT NULL;
CREATE INDEX conversation_attachment_waiting ON conversation_attachment (expires_at) WHERE message IS NULL;

CREATE TABLE conversation_suggestion (
    conversation bigint NOT NULL,
    other bigint NOT NULL,
    reason text NOT NULL,
    at bigint NOT NULL,
    settled_at bigint,
    PRIMARY KEY (conversation, other)
);

CREATE TABLE conversation_label (
    id {{key}},
    name text NOT NULL,
    folded text NOT NULL UNIQUE,
    colour text NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL
);
CREATE TABLE conversation_labelled (
    conversation bigint NOT NULL,
    label bigint NOT NULL,
    state text NOT NULL,
    last_at bigint NOT NULL,
    PRIMARY KEY (conversation, label)
);
CREATE INDEX conversation_labelled_page ON conversation_labelled (label, state, last_at, conversation);

-- An agent's words that have not been sent: nobody else's change touches them.
CREATE TABLE conversation_draft (
    id {{key}},
    agent bigint NOT NULL,
    conversation bigint NOT NULL,
    kind text NOT NULL,
    version bigint NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    sealed {{blob}} NOT NULL,
    changed_at bigint NOT NULL
);
CREATE UNIQUE INDEX conversation_draft_once ON conversation_draft (agent, conversation, kind);

-- Sums of the differences that each transaction adds; fsck counts the rows.
CREATE TABLE conversation_counter (
    scope text NOT NULL,                -- all, unassigned, agent:…, team:…, mailbox:…, label:…
    state text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (scope, state)
);
