// Routing: conversations of routed teams are given to members who are there, can, and have room. It happens in the
// transaction of what makes it possible: a message, somebody freed, somebody who comes, hours that open.
#pragma once

#include "conversation/routing/choose.hpp"
#include "conversation/sla/calendar.hpp"
#include "conversation/wire.hpp"

namespace rapport::conversation {
struct ConversationRow;
}

namespace rapport::conversation::routing {

enum class Presence : std::uint8_t { online, away, offline };
BOOST_DESCRIBE_ENUM(Presence, online, away, offline)

// Without a sign of their stream for so long, somebody is no longer there.
inline constexpr auto stream_silence = std::chrono::seconds(150);

struct Weights {
    std::int64_t email = 1, form = 1, chat = 3;
};
BOOST_DESCRIBE_STRUCT(Weights, (), (email, form, chat))

struct RoutingSettings {
    std::vector<TeamId> teams;    // that are routed
    Weights weights;              // of a conversation by its channel, against an agent's capacity
    std::vector<LabelId> skills;  // labels that need an agent who has them
};
BOOST_DESCRIBE_STRUCT(RoutingSettings, (), (teams, weights, skills))

struct AgentSettings {
    std::int64_t capacity = 10;
    std::vector<LabelId> skills;
    std::vector<Locale> languages;            // none: all
    std::optional<sla::CalendarId> calendar;  // absent: whenever they are there
};
BOOST_DESCRIBE_STRUCT(AgentSettings, (), (capacity, skills, languages, calendar))

struct AgentChange {
    std::optional<std::int64_t> capacity;
    std::optional<std::vector<LabelId>> skills;
    std::optional<std::vector<Locale>> languages;
    std::optional<OrNone<sla::CalendarId>> calendar;
};
BOOST_DESCRIBE_STRUCT(AgentChange, (), (capacity, skills, languages, calendar))

struct RoutedAgent : AgentSettings {
    AgentId agent;
    std::string name;
    Presence presence{};
    Time since{};
    bool at_work = true;
    std::int64_t load = 0;
    std::vector<TeamId> teams;
};
BOOST_DESCRIBE_STRUCT(RoutedAgent, (AgentSettings), (agent, name, presence, since, at_work, load, teams))

struct PresenceChange {
    Presence presence{};
};
BOOST_DESCRIBE_STRUCT(PresenceChange, (), (presence))
struct PresenceView {
    Presence presence{};
    Time since{};
    bool at_work = true;
};
BOOST_DESCRIBE_STRUCT(PresenceView, (), (presence, since, at_work))

enum class Cause : std::uint8_t {
    message,   // a conversation came, came back, or was given to the team
    freed,     // somebody has room again
    present,   // somebody came online
    opening,   // somebody's hours began
    settings,  // a team, a capacity, a skill changed
};
BOOST_DESCRIBE_ENUM(Cause, message, freed, present, opening, settings)

struct Assignment {
    Time at{};
    std::optional<AgentId> agent;  // absent: nobody could
    Cause cause{};
    TeamId team;
    Channel channel{};
    Locale locale{};
    std::vector<LabelId> skills;  // that were needed
    std::int64_t weight = 1;
    std::vector<Judged> candidates;
};
BOOST_DESCRIBE_STRUCT(Assignment, (), (at, agent, cause, team, channel, locale, skills, weight, candidates))

struct Simulation {
    TeamId team;
    std::optional<Channel> channel;
    std::optional<Locale> locale;
    std::vector<LabelId> labels;
};
BOOST_DESCRIBE_STRUCT(Simulation, (), (team, channel, locale, labels))

// Codes: invalid_fields, team_not_found, label_not_found. Publish routing.changed.
Expected<RoutingSettings> change_settings(store::Tx& tx, Act const& act, RoutingSettings const& wanted);
RoutingSettings settings_of(store::Reader& reader);
// Codes: agent_not_found, label_not_found, calendar_not_found, invalid_fields.
Expected<RoutedAgent> change_agent(store::Tx& tx, Act const& act, AgentId id, AgentChange const& change);
std::vector<RoutedAgent> list_agents(store::Reader& reader, Time now);
// Their own. Code: agents_only. Publishes presence.changed.
Expected<PresenceView> set_presence(store::Tx& tx, Act const& act, Presence wanted);
Expected<PresenceView> presence_of(store::Reader& reader, Actor const& viewer, Time now);
// Their stream is open.
void seen(store::Tx& tx, AgentId id, Time now);

// Why a conversation was given to whom it was given, or to nobody. Codes: not_found, not_routed.
Expected<Assignment> assignment_of(store::Reader& reader, ConversationId id);
// Who would get one now. Codes: team_not_found.
Expected<Assignment> simulate(store::Reader& reader, Simulation const& wanted, Time now);

// ---- inside the module

// Called by commit() before it writes `after`: gives it to somebody where that has become possible.
void give(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now);
// Called by commit() afterwards: who has room again gets what waits.
void free_up(store::Tx& tx, ConversationRow const& before, ConversationRow const& after, Time now);
// When somebody's stream has been silent for too long, or somebody's hours begin.
std::optional<Time> next_change(store::Reader& reader);
void pass_time(store::Tx& tx, Time now);
void check_routing(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::conversation::routing

template <>
struct rapport::json::SchemaName<rapport::conversation::routing::AgentChange> {
    static std::string name() { return "RoutedAgentChange"; }
};
template <>
struct rapport::json::SchemaName<rapport::conversation::routing::Simulation> {
    static std::string name() { return "RoutingSimulation"; }
};
template <>
struct rapport::json::SchemaName<rapport::conversation::routing::Weights> {
    static std::string name() { return "RoutingWeights"; }
};
