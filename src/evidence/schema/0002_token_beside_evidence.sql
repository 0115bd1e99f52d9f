-- The time stamp that a record was sealed with, where the authority is in the process: RFC 3161, over its canonical
-- SignatureValue. Records that are stamped later have theirs in time_stamp.
ALTER TABLE evidence ADD COLUMN token {{blob}};
