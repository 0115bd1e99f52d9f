// Teams of agents. A team that is retired keeps its members and is given nothing any more.
#pragma once

#include "people/agents.hpp"

namespace rapport::people {

struct TeamTag {
    static constexpr std::string_view prefix = "team";
};
using TeamId = Id<TeamTag>;

using TeamName = Text<1, 100>;
inline constexpr std::size_t most_members = 500;  // of one team
inline constexpr std::size_t most_teams = 500;

struct Team {
    TeamId id{};
    std::string name{};
    std::vector<AgentId> members{};  // in the order of their identifiers
    bool retired = false;
    Time created_at{};
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(Team, (), (id, name, members, retired, created_at, changed_at))

struct NewTeam {
    TeamName name{};
    std::vector<AgentId> members{};
};
BOOST_DESCRIBE_STRUCT(NewTeam, (), (name, members))

struct TeamChange {
    std::optional<TeamName> name{};
    std::optional<std::vector<AgentId>> members{};  // all of them
    std::optional<bool> retired{};
};
BOOST_DESCRIBE_STRUCT(TeamChange, (), (name, members, retired))

// Publishes team.created. Codes: team_exists, agent_not_found, too_many_members, too_many_teams.
Expected<Team> create_team(store::Tx& tx, Act const& act, NewTeam const& wanted);
// Publishes team.changed. Codes: team_not_found and those above.
Expected<Team> update_team(store::Tx& tx, Act const& act, TeamId id, TeamChange const& change);
std::optional<Team> find_team(store::Reader& reader, TeamId id);
std::vector<Team> list_teams(store::Reader& reader);  // by name; retired ones, too
std::vector<TeamId> teams_of(store::Reader& reader, AgentId agent);

}  // namespace rapport::people
