-- Who was identified, how and when, of every identification: what the digests in the evidence speak of. Kept with the
-- delivery, whatever becomes of the pick-up session.
CREATE TABLE delivery_identification (
    delivery bigint NOT NULL,
    digest {{blob}} NOT NULL,
    record text NOT NULL,
    identified_at bigint NOT NULL,
    PRIMARY KEY (delivery, digest)
);
