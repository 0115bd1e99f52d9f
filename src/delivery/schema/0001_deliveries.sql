-- Deliveries (one recipient each), their files, uploads, the memory of idempotency keys, pick-up sessions, counters.
-- Subject, text and file names stand only encrypted under the delivery's own key; destroying wrapped_key erases them.
CREATE TABLE delivery (
    id {{key}},
    submission bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    customer bigint NOT NULL,
    recipient_name text NOT NULL,
    recipient_email text NOT NULL,
    code_email text,
    locale text NOT NULL,
    assurance text NOT NULL,
    reference text,
    sender_kind bigint NOT NULL,
    sender_id bigint NOT NULL,
    submitted_at bigint NOT NULL,
    accept_until bigint,
    changed_at bigint NOT NULL,
    read_at bigint,
    erased_at bigint,
    evidence_count bigint NOT NULL,
    files bigint NOT NULL,
    token_hash {{blob}},
    message_blob {{blob}} NOT NULL,
    message_size bigint NOT NULL,
    message_digest {{blob}} NOT NULL,
    assertion {{json}},
    wrapped_key {{blob}},
    names {{blob}}
);
CREATE INDEX delivery_submission ON delivery (submission);
CREATE INDEX delivery_state ON delivery (state, id);
CREATE INDEX delivery_kind ON delivery (kind, id);
CREATE INDEX delivery_customer ON delivery (customer, id);
CREATE INDEX delivery_email ON delivery (recipient_email, id);
CREATE INDEX delivery_reference ON delivery (reference, id) WHERE reference IS NOT NULL;
CREATE INDEX delivery_due ON delivery (accept_until) WHERE state IN ('submitted', 'notified', 'notification_failed') AND accept_until IS NOT NULL;
CREATE UNIQUE INDEX delivery_token ON delivery (token_hash) WHERE token_hash IS NOT NULL;

CREATE TABLE delivery_file (
    delivery bigint NOT NULL,
    number bigint NOT NULL,
    blob {{blob}} NOT NULL,
    wrapped_key {{blob}},
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 {{blob}} NOT NULL,
    fetched_at bigint,
    PRIMARY KEY (delivery, number)
);
CREATE INDEX delivery_file_blob ON delivery_file (blob);

CREATE TABLE delivery_upload (
    id {{key}},
    owner_kind bigint NOT NULL,
    owner_id bigint NOT NULL,
    name {{blob}} NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 {{blob}} NOT NULL,
    blob {{blob}} NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX delivery_upload_expiry ON delivery_upload (expires_at);

CREATE TABLE delivery_request (
    caller text NOT NULL,
    key text NOT NULL,
    hash {{blob}} NOT NULL,
    submissions text NOT NULL,
    batch bigint NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX delivery_request_age ON delivery_request (at);

CREATE TABLE delivery_pickup (
    session {{blob}} NOT NULL,
    delivery bigint NOT NULL,
    opened_at bigint NOT NULL,
    code {{blob}},
    code_expires_at bigint,
    tries bigint NOT NULL,
    sent bigint NOT NULL,
    sent_at bigint,
    identified_at bigint,
    assertion {{json}},
    PRIMARY KEY (session, delivery)
);
CREATE INDEX delivery_pickup_delivery ON delivery_pickup (delivery, sent_at);

-- Deliveries by kind and state, as differences: each transaction adds rows and waits for nobody; the sum is the
-- number, and a timer folds the rows into one for each kind and state.
CREATE TABLE delivery_count (
    id {{key}},
    kind text NOT NULL,
    state text NOT NULL,
    n bigint NOT NULL
);
