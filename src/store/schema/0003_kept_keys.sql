-- Keys that an earlier master key gave for a purpose, wrapped by the one in force: what they signed is still recognised,
-- until that time, or always.
CREATE TABLE kept_key (
    id {{key}},
    purpose text NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    until bigint
);
