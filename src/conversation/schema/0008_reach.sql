-- Policies and calendars that were changed reach open conversations, one after the other: how far that has come.
CREATE TABLE sla_reach (
    id {{key}},
    asked bigint NOT NULL,  -- how often: who walks for an earlier change stops
    done_to bigint          -- the last conversation; none: all are reached
);
