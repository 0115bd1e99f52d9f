-- Fields of the organisation's own on conversations. Values stand sealed under the conversation's key.

CREATE TABLE conversation_field (
    id {{key}},
    key text NOT NULL UNIQUE,
    name text NOT NULL,
    kind text NOT NULL,                 -- text, number, date, choice, yes_no
    rules {{json}} NOT NULL,            -- choices, teams
    required bigint NOT NULL,           -- 1: to resolve a conversation
    place bigint NOT NULL,
    retired_at bigint,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL
);
CREATE TABLE conversation_field_values (
    conversation {{key}},
    sealed {{blob}} NOT NULL,
    changed_at bigint NOT NULL
);
