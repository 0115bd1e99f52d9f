-- Records of one person that were merged: the rows of what was merged stay where they are, so that undoing it is exact.
-- docs/decisions/2026-11-22-merging-people.md.

CREATE TABLE customer_merge (
    id        {{key}},
    absorbed  bigint NOT NULL,
    survivor  bigint NOT NULL,          -- into whom, as somebody asked
    root      bigint NOT NULL,          -- who answers for both now: the survivor, or whoever took that one in
    merged_at bigint NOT NULL,
    undone_at bigint
);
CREATE UNIQUE INDEX customer_merge_absorbed ON customer_merge (absorbed) WHERE undone_at IS NULL;
CREATE INDEX customer_merge_root ON customer_merge (root, absorbed) WHERE undone_at IS NULL;

ALTER TABLE customer ADD COLUMN erased_at bigint;
UPDATE customer SET erased_at = (SELECT max(j.at) FROM journal j WHERE j.customer = customer.id AND j.kind = 'customer.erased')
WHERE name = '' AND external_id IS NULL AND NOT EXISTS (SELECT 1 FROM customer_address a WHERE a.customer = customer.id);
