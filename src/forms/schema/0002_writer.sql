-- Who wrote what is held, so that it goes when they are erased: a keyed digest of the address that was typed; of none,
-- if none was. NULL: nothing is held, or it was held before there was this column.
ALTER TABLE form_submission ADD COLUMN writer {{blob}};
CREATE INDEX form_submission_writer ON form_submission (writer) WHERE writer IS NOT NULL;
