// Teams and their members, as rows.
#include "people/teams.hpp"

#include <algorithm>

#include "people/fold.hpp"
#include "people/sql.hpp"

namespace rapport::people {

namespace {

struct TeamRow {
    TeamId id{};
    std::string name{};
    std::optional<Time> retired_at{};
    Time created_at{};
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(TeamRow, (), (id, name, retired_at, created_at, changed_at))

Team team_from(store::Reader& reader, TeamRow const& row) {
    return {
        row.id,         row.name,      reader.all<AgentId>(sql::members_of_team, row.id), row.retired_at.has_value(),
        row.created_at, row.changed_at};
}

Expected<> set_members(store::Tx& tx, TeamId team, std::vector<AgentId> members) {
    std::ranges::sort(members);
    auto const same = std::ranges::unique(members);
    members.erase(same.begin(), same.end());
    if (members.size() > most_members)
        return fail(ErrorKind::invalid, "too_many_members", "A team has too many members.",
                    {{"/members", "at most " + std::to_string(most_members), "make two teams of it"}});
    for (auto const agent : members)
        if (!find_agent(tx, agent))
            return fail(ErrorKind::invalid, "agent_not_found", "There is no agent " + to_text(agent) + ".",
                        {{"/members", "must be agents", "leave out " + to_text(agent)}});
    tx.exec(sql::clear_team, team);
    for (auto const agent : members) tx.exec(sql::add_team_member, team, agent);
    return {};
}

Expected<> check_name(store::Tx& tx, TeamId id, std::string_view name) {
    auto const other = tx.one<TeamId>(sql::team_of_name, store::Blob{folded(name)});
    if (!other || *other == id) return {};
    return fail(ErrorKind::conflict, "team_exists", "There is a team of this name already.",
                {{"/name", "must be unique", "take another name"}});
}

void tell(store::Tx& tx, Act const& act, std::string_view verb, TeamId id) {
    tx.publish({.at = act.now,
                .kind = std::string(verb),
                .subject = to_text(id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    audit(tx, act, verb, to_text(id));
}

}  // namespace

std::optional<Team> find_team(store::Reader& reader, TeamId id) {
    auto const row = reader.one<TeamRow>(sql::find_team, id);
    if (!row) return std::nullopt;
    return team_from(reader, *row);
}

std::vector<Team> list_teams(store::Reader& reader) {
    std::vector<Team> teams;
    for (auto const& row : reader.all<TeamRow>(sql::list_teams)) teams.push_back(team_from(reader, row));
    return teams;
}

std::vector<TeamId> teams_of(store::Reader& reader, AgentId agent) {
    return reader.all<TeamId>(sql::teams_of_agent, agent);
}

Expected<Team> create_team(store::Tx& tx, Act const& act, NewTeam const& wanted) {
    if (auto const free = check_name(tx, {}, wanted.name.value); !free) return fail(free.error());
    if (tx.one<std::int64_t>(sql::count_teams).value_or(0) >= static_cast<std::int64_t>(most_teams))
        return fail(ErrorKind::conflict, "too_many_teams", "There are too many teams already.");
    auto const id = tx.new_id<TeamId>();
    tx.exec(sql::insert_team, id, wanted.name, store::Blob{folded(wanted.name.value)}, act.now);
    if (auto const set = set_members(tx, id, wanted.members); !set) return fail(set.error());
    tell(tx, act, "team.created", id);
    return *find_team(tx, id);
}

Expected<Team> update_team(store::Tx& tx, Act const& act, TeamId id, TeamChange const& change) {
    auto const found = tx.one<TeamRow>(sql::find_team, id);
    if (!found) return fail(ErrorKind::not_found, "team_not_found", "There is no such team.");
    auto const name = change.name ? change.name->value : found->name;
    bool const is_retired = change.retired.value_or(found->retired_at.has_value());
    if (!is_retired)
        if (auto const free = check_name(tx, id, name); !free) return fail(free.error());
    auto const retired_at = is_retired ? std::optional(found->retired_at.value_or(act.now)) : std::nullopt;
    tx.exec(sql::update_team, id, name, store::Blob{folded(name)}, retired_at, act.now);
    if (change.members)
        if (auto const set = set_members(tx, id, *change.members); !set) return fail(set.error());
    tell(tx, act, "team.changed", id);
    return *find_team(tx, id);
}

}  // namespace rapport::people
