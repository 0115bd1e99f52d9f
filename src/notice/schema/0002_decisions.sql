-- What preferences decided about a notice, as a word for programs (`reason` says it for people); kinds that do not wait
-- for the end of quiet hours.
ALTER TABLE notice ADD COLUMN decision text;
ALTER TABLE notice_kind ADD COLUMN urgent bigint NOT NULL DEFAULT 0;
