-- What agents keep ready for their day: canned replies, macros … each of one's own, of a team or of everyone; and what
-- their actions did, to undo it. docs/formats/desk.md.

CREATE TABLE desk_item (
    id {{key}},
    kind text NOT NULL,             -- canned_reply, macro …
    audience text NOT NULL,         -- own, team, everyone
    owner bigint NOT NULL,          -- the agent who made it; 0: an API key did
    team bigint,                    -- of the audience team
    name text NOT NULL,
    shortcut text,                  -- in lower case
    folder text NOT NULL,
    place bigint NOT NULL,
    body {{json}} NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL
);
CREATE INDEX desk_item_kind ON desk_item (kind, place, id);

-- Actions carried out on one conversation in one transaction.
CREATE TABLE desk_run (
    id {{key}},
    conversation bigint NOT NULL,
    item bigint,                    -- the macro; NULL: actions that were chosen for once
    actor_kind text NOT NULL,
    actor_id bigint NOT NULL,
    client_key text,                -- made by whoever asked: twice is once
    at bigint NOT NULL,
    version bigint NOT NULL,        -- of the conversation, afterwards
    stood {{json}} NOT NULL,        -- how it stood before
    messages text NOT NULL,         -- written by the actions: identifiers, divided by spaces
    undo_until bigint NOT NULL,
    undone_at bigint
);
CREATE INDEX desk_run_at ON desk_run (at);
CREATE UNIQUE INDEX desk_run_key ON desk_run (actor_kind, actor_id, client_key, conversation) WHERE client_key IS NOT NULL;
