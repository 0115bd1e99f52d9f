-- Why a job does not go on. Lists of notices by state, alone or with kind or origin: each a range of an index.
ALTER TABLE bulk ADD COLUMN trouble {{json}};

DROP INDEX notice_kind_id;
DROP INDEX notice_origin;
CREATE INDEX notice_kind_state ON notice (kind, state, id);
CREATE INDEX notice_origin_state ON notice (origin, state, id) WHERE origin IS NOT NULL;
CREATE INDEX notice_state ON notice (state, id);
