-- What customers say of how they were helped. docs/formats/conversations.md.

CREATE TABLE rating_setting (
    scope text NOT NULL PRIMARY KEY,    -- organisation, mbx_…, sit_…
    content {{json}} NOT NULL,
    changed_at bigint NOT NULL
);

-- A resolution that is asked about: each once.
CREATE TABLE rating (
    id {{key}},
    conversation bigint NOT NULL,
    resolved_at bigint NOT NULL,
    customer bigint,                    -- none: a visitor who is nobody yet
    mailbox bigint NOT NULL,            -- and whose it was when it was resolved
    team bigint,
    agent bigint,
    channel text NOT NULL,
    locale text NOT NULL,
    terms {{json}},                     -- the settings as they were; none: nobody has looked yet
    state text NOT NULL,                -- waiting, asked, rated, passed_over, withdrawn
    reason text,                        -- why it was passed over
    due_at bigint,                      -- then the letter is written
    asked_at bigint,
    open_until bigint NOT NULL,         -- then nothing changes any more
    score bigint,                       -- 1 to 5; thumbs: 1 or 5
    rated_at bigint,
    via text,                           -- mail, widget
    sealed {{blob}},                    -- the comment, under the conversation's key
    UNIQUE (conversation, resolved_at)
);
CREATE INDEX rating_due ON rating (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX rating_customer ON rating (customer, asked_at) WHERE asked_at IS NOT NULL;
CREATE INDEX rating_asked ON rating (asked_at) WHERE asked_at IS NOT NULL;
CREATE INDEX rating_given ON rating (rated_at, id) WHERE rated_at IS NOT NULL;
CREATE INDEX rating_score ON rating (score, rated_at) WHERE score IS NOT NULL;
