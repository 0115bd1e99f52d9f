-- The secret that a site vouched with until it was changed: it works for a day, so that nobody is locked out meanwhile.
CREATE TABLE chat_old_secret (
    id {{key}},                         -- the site
    wrapped_key {{blob}} NOT NULL,
    until bigint NOT NULL
);
