-- Web forms: what is asked, as it is edited and as it was published; and what was sent, until it is a conversation.
-- Words that visitors wrote stand with conversations, or sealed while they are kept aside. docs/formats/forms.md.

CREATE TABLE form (
    id {{key}},
    slug text NOT NULL UNIQUE,          -- of its address: /f/<slug>
    name text NOT NULL,                 -- for agents
    state text NOT NULL,                -- draft, published, closed
    draft {{json}} NOT NULL,            -- as it is edited
    draft_version bigint NOT NULL,      -- counts the changes of the draft
    number bigint NOT NULL,             -- of the last published version; 0: none
    drafted_number bigint NOT NULL,     -- draft_version that was published as that
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL
);

-- What visitors saw: never changed, so that a consent can be shown with its words.
CREATE TABLE form_version (
    form bigint NOT NULL,
    number bigint NOT NULL,
    definition {{json}} NOT NULL,
    published_at bigint NOT NULL,
    PRIMARY KEY (form, number)
);

CREATE TABLE form_submission (
    id {{key}},
    form bigint NOT NULL,
    number bigint NOT NULL,             -- of the version that was filled in
    key text NOT NULL,                  -- of the page that was drawn: sent twice, it is one submission
    reference text NOT NULL UNIQUE,     -- what the visitor is told
    state text NOT NULL,                -- entered, held, released, discarded
    reasons text NOT NULL,              -- why it was held, by name
    locale text NOT NULL,
    consent {{json}} NOT NULL,          -- the words that were shown, and when they were agreed to; {}: none were asked
    likeness {{blob}} NOT NULL,         -- keyed digest of what was written
    at bigint NOT NULL,
    changed_at bigint NOT NULL,
    conversation bigint,
    message bigint,
    wrapped_key {{blob}},               -- of what is held
    content {{blob}},
    UNIQUE (form, key)
);
CREATE INDEX form_submission_state ON form_submission (form, state, id);
CREATE INDEX form_submission_likeness ON form_submission (form, likeness, at);
CREATE INDEX form_submission_held ON form_submission (at) WHERE state = 'held';
CREATE INDEX form_submission_conversation ON form_submission (conversation) WHERE conversation IS NOT NULL;
