-- The knowledge base: what is written, what was published, where it stands, what readers said of it.
-- docs/formats/knowledge.md.

CREATE TABLE knowledge_settings (
    id {{key}},                         -- 1
    version bigint NOT NULL,
    body {{json}} NOT NULL
);

CREATE TABLE knowledge_product (
    id {{key}},
    slug text NOT NULL UNIQUE,
    name {{json}} NOT NULL,             -- by language
    description {{json}} NOT NULL,
    position bigint NOT NULL,
    retired bigint NOT NULL,
    version bigint NOT NULL,
    changed_at bigint NOT NULL
);

CREATE TABLE knowledge_category (
    id {{key}},
    product bigint,
    parent bigint,
    slug text NOT NULL UNIQUE,
    name {{json}} NOT NULL,
    description {{json}} NOT NULL,
    position bigint NOT NULL,
    retired bigint NOT NULL,
    version bigint NOT NULL,
    changed_at bigint NOT NULL
);

CREATE TABLE knowledge_article (
    id {{key}},
    kind text NOT NULL,                 -- article, question
    source text NOT NULL,               -- language that it is written in first
    category bigint,
    audience text NOT NULL,             -- public, customers, agents
    segment text,                       -- of customers: "seg_…"
    owner bigint,
    expires_at bigint,
    review_due_at bigint,
    review_told_at bigint,              -- when the owner was reminded of that review
    review_every_days bigint,
    retired_at bigint,
    published_once bigint NOT NULL,     -- 1 for ever once a version of it was published
    origin text UNIQUE,                 -- where an import found it
    version bigint NOT NULL,
    created_by bigint,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL
);
CREATE INDEX knowledge_article_changed ON knowledge_article (changed_at, id);
CREATE INDEX knowledge_article_category ON knowledge_article (category);
CREATE INDEX knowledge_article_due ON knowledge_article (review_due_at) WHERE review_due_at IS NOT NULL;
CREATE INDEX knowledge_article_expiry ON knowledge_article (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE knowledge_article_product (
    article bigint NOT NULL,
    product bigint NOT NULL,
    PRIMARY KEY (article, product)
);
CREATE INDEX knowledge_article_of_product ON knowledge_article_product (product, article);

-- The draft of a language, and which version of it readers see.
CREATE TABLE knowledge_translation (
    id {{key}},                         -- as the search index knows the text
    article bigint NOT NULL,
    locale text NOT NULL,
    state text NOT NULL,                -- draft, in_review, approved, scheduled, published, withdrawn
    draft_version bigint NOT NULL,      -- counts the changes of the draft
    number bigint NOT NULL,             -- of the last published version; 0: none
    visible bigint NOT NULL,            -- readers see that version
    title text NOT NULL,
    summary text NOT NULL,
    body text NOT NULL,
    slug text,                          -- as wished by hand
    made_from bigint NOT NULL,          -- number of the source's version that it was made from
    writers {{json}} NOT NULL,          -- who wrote since the last publication: {"agt_…": 1}
    review {{json}} NOT NULL,           -- who asked, who answered; {}: nobody
    publish_at bigint,
    published_at bigint,
    changed_at bigint NOT NULL,
    changed_by text,
    UNIQUE (article, locale)
);
CREATE INDEX knowledge_translation_due ON knowledge_translation (publish_at) WHERE publish_at IS NOT NULL;
CREATE INDEX knowledge_translation_state ON knowledge_translation (state, article);

-- What readers saw: never changed.
CREATE TABLE knowledge_version (
    article bigint NOT NULL,
    locale text NOT NULL,
    number bigint NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    body text NOT NULL,
    made_from bigint NOT NULL,
    words bigint NOT NULL,
    published_at bigint NOT NULL,
    published_by text,
    approved_by text,
    PRIMARY KEY (article, locale, number)
);

-- Parts of addresses, those that lead elsewhere now, too.
CREATE TABLE knowledge_address (
    kind text NOT NULL,                 -- article, category, product
    locale text NOT NULL,               -- of articles; else empty
    slug text NOT NULL,
    target bigint NOT NULL,
    is_current bigint NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (kind, locale, slug)
);
CREATE INDEX knowledge_address_target ON knowledge_address (kind, target);

CREATE TABLE knowledge_file (
    id {{key}},
    name text NOT NULL,
    media_type text NOT NULL,           -- by content
    size bigint NOT NULL,
    width bigint NOT NULL,              -- of an image; 0: not known
    height bigint NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    content {{blob}} NOT NULL,          -- its address among the blobs
    scan text NOT NULL,                 -- clean, infected, not_scanned
    origin text,                        -- digest of an imported one, so that it is kept once
    uploaded_by text,
    created_at bigint NOT NULL
);
CREATE INDEX knowledge_file_scan ON knowledge_file (id) WHERE scan = 'not_scanned';
CREATE INDEX knowledge_file_origin ON knowledge_file (origin) WHERE origin IS NOT NULL;

-- Which texts show a file; number 0: the draft.
CREATE TABLE knowledge_file_use (
    file bigint NOT NULL,
    article bigint NOT NULL,
    locale text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (file, article, locale, number)
);
CREATE INDEX knowledge_file_use_of ON knowledge_file_use (article, locale, number);

CREATE TABLE knowledge_feedback (
    id {{key}},
    article bigint NOT NULL,
    locale text NOT NULL,
    number bigint NOT NULL,
    reader {{blob}} NOT NULL,           -- keyed digest: one answer of each
    helped bigint NOT NULL,
    reason text,
    comment {{blob}},                   -- sealed
    customer bigint,
    at bigint NOT NULL,
    UNIQUE (article, locale, reader)
);
CREATE INDEX knowledge_feedback_at ON knowledge_feedback (at);
CREATE INDEX knowledge_feedback_customer ON knowledge_feedback (customer) WHERE customer IS NOT NULL;
