-- Kinds of notices, versions of their templates, notices, the memory of idempotency keys. docs/formats/notices.md.
CREATE TABLE notice_kind (
    id {{key}},
    name text NOT NULL UNIQUE,
    names {{json}} NOT NULL,
    class text NOT NULL,
    category text NOT NULL,
    delivery text NOT NULL,
    assurance text,
    schema {{json}} NOT NULL,
    sample {{json}} NOT NULL,
    answers bigint NOT NULL,
    stock bigint NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    retired_at bigint
);

-- A draft may change; what is published never does.
CREATE TABLE notice_template (
    id {{key}},
    kind text NOT NULL,
    locale text NOT NULL,
    number bigint NOT NULL,
    state text NOT NULL,
    stock bigint NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    html text NOT NULL,
    layout text NOT NULL,
    digest {{blob}} NOT NULL,
    note text,
    copied_from bigint,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    published_at bigint,
    UNIQUE (kind, locale, number)
);

-- Data and words stand with the delivery, encrypted; here is what lists and answers need.
CREATE TABLE notice (
    id {{key}},
    delivery bigint,
    kind text NOT NULL,
    class text NOT NULL,
    category text NOT NULL,
    state text NOT NULL,
    reason text,
    locale text NOT NULL,
    template bigint NOT NULL,
    customer bigint,
    reference text,
    origin text,
    send_at bigint,
    created_at bigint NOT NULL,
    token_hash {{blob}},
    answer_until bigint,
    answer text,
    answered_at bigint
);
CREATE UNIQUE INDEX notice_delivery ON notice (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX notice_kind_id ON notice (kind, id);
CREATE INDEX notice_customer ON notice (customer, id) WHERE customer IS NOT NULL;
CREATE INDEX notice_reference ON notice (reference, id) WHERE reference IS NOT NULL;
CREATE INDEX notice_origin ON notice (origin, id) WHERE origin IS NOT NULL;

CREATE TABLE notice_request (
    caller text NOT NULL,
    key text NOT NULL,
    hash {{blob}} NOT NULL,
    notices text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX notice_request_age ON notice_request (at);
