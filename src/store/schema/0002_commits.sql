-- What each writer on PostgreSQL committed last. When a connection breaks during COMMIT, it says whether that is there:
-- the server's own transaction identifiers do not, since those that a crash took back are given again.
CREATE TABLE store_commit (
    writer {{key}},
    number {{id}} NOT NULL,
    at {{id}} NOT NULL
);
