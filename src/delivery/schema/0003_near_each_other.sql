-- What comes in together lies together. A random value's place in an index is a page of its own for each delivery, to be
-- read and written back once the index has outgrown the memory.

-- Nothing asks by it.
DROP INDEX delivery_email;

-- A link names its delivery, so that its hash need not be looked for. Links of before keep their hash's place.
CREATE TABLE delivery_early_link (
    token_hash {{blob}} PRIMARY KEY,
    delivery bigint NOT NULL
);
INSERT INTO delivery_early_link (token_hash, delivery) SELECT token_hash, id FROM delivery WHERE token_hash IS NOT NULL;
DROP INDEX delivery_token;

-- The message, encrypted under the delivery's key, where it is small; a large one, and those of before, are blobs.
CREATE TABLE delivery_message (
    delivery {{key}},
    body {{blob}} NOT NULL
);
