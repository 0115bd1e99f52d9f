-- Records of other modules that the log holds beside evidence (a consent): the bytes that the leaf commits to, and the
-- key of the commitment. Their number stands in log_leaf.evidence; identifiers are unique over all tables.
CREATE TABLE log_record (
    id {{key}},
    salt {{blob}} NOT NULL,
    record {{blob}} NOT NULL,
    appended_at bigint NOT NULL
);
