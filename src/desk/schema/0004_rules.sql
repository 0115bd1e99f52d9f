-- Rules: events that wait to be looked at, and what each rule did about which.
CREATE TABLE desk_rule_due (
    seq {{key}},                    -- of the journal
    kind text NOT NULL,
    conversation bigint NOT NULL,
    message bigint,
    at bigint NOT NULL,
    by_rule bigint                  -- whose actions made it
);
CREATE TABLE desk_rule_run (
    rule bigint NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    conversation bigint NOT NULL,
    at bigint NOT NULL,
    depth bigint NOT NULL,          -- of rules that set off rules
    done bigint NOT NULL,
    code text,
    reason text,
    PRIMARY KEY (rule, seq)
);
CREATE INDEX desk_rule_run_conversation ON desk_rule_run (conversation, at);
CREATE INDEX desk_rule_run_at ON desk_rule_run (at);
