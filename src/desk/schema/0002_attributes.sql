-- What the organisation's systems know of customers, sealed under a key of the customer's own; the schema of it.

CREATE TABLE desk_attribute_schema (
    id {{key}},
    body {{json}} NOT NULL,
    changed_at bigint NOT NULL
);
CREATE TABLE desk_customer (
    customer {{key}},
    wrapped_key {{blob}} NOT NULL,
    sealed {{blob}} NOT NULL,
    changed_at bigint NOT NULL
);
