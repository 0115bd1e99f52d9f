// Rows of routing. Internal to the module.
#pragma once

#include "conversation/routing/routing.hpp"
#include "conversation/rows.hpp"

namespace rapport::conversation::routing {

struct AgentRow {
    AgentId agent;
    json::Object content;
    Presence presence = Presence::offline;
    Time since{};
    std::optional<Time> seen_until, wakes_at, assigned_at;
};
BOOST_DESCRIBE_STRUCT(AgentRow, (), (agent, content, presence, since, seen_until, wakes_at, assigned_at))
// As its row says, or as somebody is of whom nothing was said yet.
AgentRow agent_row(store::Reader& reader, AgentId id);
AgentSettings settings_of(AgentRow const& row);
void put(store::Tx& tx, AgentRow const& row);
bool is_present(AgentRow const& row, Time now);
bool is_at_work(store::Reader& reader, AgentSettings const& settings, Time now);
// Of their calendar, after the hours in which they are now.
std::optional<Time> next_opening(store::Reader& reader, AgentSettings const& settings, Time now);
std::int64_t load_of(store::Reader& reader, AgentId id, Weights const& weights);
std::int64_t weight_of(Weights const& weights, Channel channel);

// Whoever waits in the agent's teams, as long as somebody can be given something.
void drain(store::Tx& tx, AgentId id, Cause cause, Time now);
void drain(store::Tx& tx, TeamId id, Cause cause, Time now);
void tell_of(store::Tx& tx, Actor const& actor, std::string_view kind, std::string const& subject, Time now,
             json::Object data = {});
// Orders those who give: nobody is counted with room that another node is just filling.
void lock_routing(store::Tx& tx);

}  // namespace rapport::conversation::routing
