-- What the antivirus found in files of messages. No row: not scanned yet.
CREATE TABLE attachment_scan (
    attachment {{key}},
    finding text NOT NULL,              -- clean, infected, not_scanned
    words text NOT NULL,                -- the signature's name, or why it was not scanned
    at bigint NOT NULL
);
