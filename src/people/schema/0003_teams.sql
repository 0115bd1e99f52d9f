-- Teams of agents: whom conversations are given to. A team that is retired keeps its members, for those who look back.

CREATE TABLE team (
    id         {{key}},
    name       text NOT NULL,
    folded     {{blob}} NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    retired_at bigint
);
CREATE UNIQUE INDEX team_name ON team (folded) WHERE retired_at IS NULL;

CREATE TABLE team_member (
    team  bigint NOT NULL,
    agent bigint NOT NULL,
    PRIMARY KEY (team, agent)
);
CREATE INDEX team_member_agent ON team_member (agent);
