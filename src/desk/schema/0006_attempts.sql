-- How often an event was tried on whose rule something unforeseen happens: after some attempts it is set aside.
ALTER TABLE desk_rule_due ADD COLUMN attempts bigint NOT NULL DEFAULT 0;
