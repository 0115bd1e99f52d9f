-- The record whose digest stands in the evidence (how the recipient, a delegate or the sender was identified), sealed
-- under the key of the delivery's content: what erases the content erases it. Without a box it was erased.
CREATE TABLE delivery_record (
    delivery bigint NOT NULL,
    digest {{blob}} NOT NULL,
    box {{blob}},
    kept_at bigint NOT NULL,
    PRIMARY KEY (delivery, digest)
);

-- Until now records stood in plain in four places. Those of deliveries that are erased already go at once; the others
-- are sealed by the program, which has the key: their deliveries are listed until that is done.
INSERT INTO delivery_record (delivery, digest, kept_at)
SELECT delivery, digest, identified_at FROM delivery_identification
WHERE delivery IN (SELECT id FROM delivery WHERE erased_at IS NOT NULL);
DELETE FROM delivery_identification WHERE delivery IN (SELECT id FROM delivery WHERE erased_at IS NOT NULL);
DELETE FROM delivery_sender_proof WHERE delivery IN (SELECT id FROM delivery WHERE erased_at IS NOT NULL);
UPDATE delivery SET assertion = NULL WHERE erased_at IS NOT NULL AND assertion IS NOT NULL;

CREATE TABLE delivery_early_record (
    delivery {{key}}
);
INSERT INTO delivery_early_record (delivery)
SELECT id FROM delivery WHERE assertion IS NOT NULL
UNION SELECT delivery FROM delivery_identification
UNION SELECT delivery FROM delivery_sender_proof
UNION SELECT delivery FROM delivery_pickup WHERE assertion IS NOT NULL;
