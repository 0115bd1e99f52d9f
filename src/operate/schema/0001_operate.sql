-- Backups that were made: what the age in the metrics is reckoned from.
CREATE TABLE backup_made (
    id {{key}},
    at bigint NOT NULL,
    name text NOT NULL,
    new_bytes bigint NOT NULL,
    took_ms bigint NOT NULL
);
