// Who can be given what: settings of routing and of agents, and whether they are there.
#include <algorithm>

#include "conversation/routing/rows.hpp"
#include "conversation/sla/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation::routing {
namespace {

constexpr std::int64_t most_capacity = 1000, most_weight = 100;
constexpr std::size_t most_named = 200;

std::unexpected<Error> wrong(std::string code, std::string pointer, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, std::move(code), "The routing is not right; see fields.",
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

Expected<> check_labels(store::Reader& reader, std::vector<LabelId> const& labels, std::string const& at) {
    if (labels.size() > most_named)
        return wrong("invalid_fields", at, "at most " + std::to_string(most_named), "leave some out");
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (!reader.one<LabelId>(sql::label_exists, labels[i]))
            return wrong("label_not_found", at + '/' + std::to_string(i), "must be a label", "leave it out");
    return {};
}

// What the row of settings holds: the teams stand in rows of their own.
struct Content {
    Weights weights;
    std::vector<LabelId> skills;
};
BOOST_DESCRIBE_STRUCT(Content, (), (weights, skills))

struct ChannelLoad {
    Channel channel{};
    std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(ChannelLoad, (), (channel, n))

std::shared_ptr<sla::Calendar const> calendar_of(store::Reader& reader, AgentSettings const& settings) {
    auto const row = settings.calendar ? sla::find_calendar_row(reader, *settings.calendar) : std::nullopt;
    return row ? std::make_shared<sla::Calendar const>(sla::hours_of(*row)) : nullptr;
}

RoutedAgent view_of(store::Reader& reader, people::Agent const& agent, Weights const& weights, Time now) {
    auto const row = agent_row(reader, agent.id);
    RoutedAgent view;
    static_cast<AgentSettings&>(view) = settings_of(row);
    view.agent = agent.id;
    view.name = agent.name;
    view.presence = is_present(row, now)             ? Presence::online
                    : row.presence == Presence::away ? Presence::away
                                                     : Presence::offline;
    view.since = row.since;
    view.at_work = is_at_work(reader, view, now);
    view.load = load_of(reader, agent.id, weights);
    view.teams = people::teams_of(reader, agent.id);
    return view;
}

bool can_answer(people::Agent const& agent) {
    return !agent.disabled_at && people::permissions_of(agent.role).has(people::may_reply);
}

}  // namespace

void tell_of(store::Tx& tx, Actor const& actor, std::string_view kind, std::string const& subject, Time now,
             json::Object data) {
    tx.publish({.at = now,
                .kind = std::string(kind),
                .subject = subject,
                .actor_kind = actor.kind,
                .actor_id = actor.id,
                .data = std::move(data)});
}

void lock_routing(store::Tx& tx) { lock_thing(tx, 1); }

AgentRow agent_row(store::Reader& reader, AgentId id) {
    if (auto row = reader.one<AgentRow>(sql::routing_agent, id)) return std::move(*row);
    AgentRow row;
    row.agent = id;
    return row;
}

AgentSettings settings_of(AgentRow const& row) {
    if (row.content.empty()) return {};
    auto content = json::decode_value<AgentSettings>(json::Value(row.content));
    require(content.has_value(), "the settings of an agent can be read");
    return std::move(*content);
}

void put(store::Tx& tx, AgentRow const& row) {
    tx.exec(sql::put_routing_agent, row.agent, json::encode(settings_of(row)), row.presence, row.since, row.seen_until,
            row.wakes_at, row.assigned_at);
}

bool is_present(AgentRow const& row, Time now) {
    return row.presence == Presence::online && row.seen_until && *row.seen_until > now;
}

bool is_at_work(store::Reader& reader, AgentSettings const& settings, Time now) {
    auto const calendar = calendar_of(reader, settings);
    return !calendar || calendar->is_open(now);
}

std::optional<Time> next_opening(store::Reader& reader, AgentSettings const& settings, Time now) {
    auto const calendar = calendar_of(reader, settings);
    if (!calendar) return std::nullopt;
    auto const spans = calendar->open_spans(now, now + sla::horizon, 2);
    for (auto const& span : spans)
        if (span.from > now) return span.from;
    return std::nullopt;
}

std::int64_t weight_of(Weights const& weights, Channel channel) {
    return channel == Channel::chat ? weights.chat : channel == Channel::form ? weights.form : weights.email;
}

std::int64_t load_of(store::Reader& reader, AgentId id, Weights const& weights) {
    std::int64_t sum = 0;
    for (auto const& one : reader.all<ChannelLoad>(sql::load_of, id)) sum += one.n * weight_of(weights, one.channel);
    return sum;
}

RoutingSettings settings_of(store::Reader& reader) {
    RoutingSettings out;
    if (auto const row = reader.one<json::Object>(sql::routing_setting)) {
        auto content = json::decode_value<Content>(json::Value(*row));
        require(content.has_value(), "the settings of routing can be read");
        out.weights = content->weights;
        out.skills = std::move(content->skills);
    }
    out.teams = reader.all<TeamId>(sql::routed_teams);
    return out;
}

Expected<RoutingSettings> change_settings(store::Tx& tx, Act const& act, RoutingSettings const& wanted) {
    lock_routing(tx);
    if (wanted.teams.size() > most_named)
        return wrong("invalid_fields", "/teams", "at most " + std::to_string(most_named), "leave some out");
    for (std::size_t i = 0; i < wanted.teams.size(); ++i) {
        auto const team = people::find_team(tx, wanted.teams[i]);
        if (!team || team->retired)
            return wrong("team_not_found", "/teams/" + std::to_string(i), "must be a team", "leave it out");
    }
    if (auto const good = check_labels(tx, wanted.skills, "/skills"); !good) return fail(good.error());
    std::pair<char const*, std::int64_t> const weights[] = {
        {"email", wanted.weights.email}, {"form", wanted.weights.form}, {"chat", wanted.weights.chat}};
    for (auto const& [name, weight] : weights)
        if (weight < 0 || weight > most_weight)
            return wrong("invalid_fields", std::string("/weights/") + name, "from 0 to " + std::to_string(most_weight),
                         "correct it");
    tx.exec(sql::set_routing, json::encode(Content{wanted.weights, wanted.skills}), act.now);
    tx.exec(sql::clear_routed);
    for (auto const team : wanted.teams) tx.exec(sql::add_routed, team);
    tell_of(tx, act.actor, "routing.changed", "routing", act.now);
    people::audit(tx, act, "routing.changed", "routing");
    for (auto const team : wanted.teams) drain(tx, team, Cause::settings, act.now);
    return settings_of(tx);
}

Expected<RoutedAgent> change_agent(store::Tx& tx, Act const& act, AgentId id, AgentChange const& change) {
    auto const agent = people::find_agent(tx, id);
    if (!agent || !can_answer(*agent))
        return fail(ErrorKind::not_found, "agent_not_found", "There is no such agent who may answer.");
    lock_routing(tx);
    auto row = agent_row(tx, id);
    auto settings = settings_of(row);
    if (change.capacity) settings.capacity = *change.capacity;
    if (change.skills) settings.skills = *change.skills;
    if (change.languages) settings.languages = *change.languages;
    if (change.calendar) settings.calendar = change.calendar->value;
    if (settings.capacity < 0 || settings.capacity > most_capacity)
        return wrong("invalid_fields", "/capacity", "from 0 to " + std::to_string(most_capacity), "correct it");
    if (change.skills)
        if (auto const good = check_labels(tx, settings.skills, "/skills"); !good) return fail(good.error());
    if (change.calendar && settings.calendar) {
        auto const calendar = sla::find_calendar_row(tx, *settings.calendar);
        if (!calendar || calendar->retired_at)
            return wrong("calendar_not_found", "/calendar", "must be a calendar", "choose another one");
    }
    row.content = json::parse(json::encode(settings))->as_object();
    if (row.since == Time{}) row.since = act.now;
    row.wakes_at = row.presence == Presence::online ? next_opening(tx, settings, act.now) : std::nullopt;
    put(tx, row);
    tell_of(tx, act.actor, "routing.changed", to_text(id), act.now);
    people::audit(tx, act, "routing.changed", to_text(id));
    drain(tx, id, Cause::settings, act.now);
    return view_of(tx, *agent, settings_of(tx).weights, act.now);
}

std::vector<RoutedAgent> list_agents(store::Reader& reader, Time now) {
    auto const weights = settings_of(reader).weights;
    std::vector<RoutedAgent> out;
    for (auto const& agent : people::list_agents(reader))
        if (can_answer(agent)) out.push_back(view_of(reader, agent, weights, now));
    return out;
}

Expected<PresenceView> set_presence(store::Tx& tx, Act const& act, Presence wanted) {
    if (act.actor.kind != ActorKind::agent)
        return fail(ErrorKind::forbidden, "agents_only", "Only a person is there or not.");
    lock_routing(tx);
    AgentId const id{act.actor.id};
    auto row = agent_row(tx, id);
    bool const changes = row.presence != wanted;
    if (changes) row.since = act.now;
    row.presence = wanted;
    row.seen_until = wanted == Presence::offline ? std::nullopt : std::optional(act.now + stream_silence);
    row.wakes_at = wanted == Presence::online ? next_opening(tx, settings_of(row), act.now) : std::nullopt;
    put(tx, row);
    if (changes)
        tell_of(tx, act.actor, "presence.changed", to_text(id), act.now, {{"presence", json::enum_name(wanted)}});
    if (wanted == Presence::online) drain(tx, id, Cause::present, act.now);
    return presence_of(tx, act.actor, act.now);
}

Expected<PresenceView> presence_of(store::Reader& reader, Actor const& viewer, Time now) {
    if (viewer.kind != ActorKind::agent)
        return fail(ErrorKind::forbidden, "agents_only", "Only a person is there or not.");
    auto const row = agent_row(reader, AgentId{viewer.id});
    auto const shown = row.presence == Presence::online && !is_present(row, now) ? Presence::offline : row.presence;
    return PresenceView{shown, row.since, is_at_work(reader, settings_of(row), now)};
}

void seen(store::Tx& tx, AgentId id, Time now) { tx.exec(sql::set_seen, id, now + stream_silence); }

std::optional<Time> next_change(store::Reader& reader) {
    return reader.one<std::optional<Time>>(sql::next_presence).value_or(std::nullopt);
}

void pass_time(store::Tx& tx, Time now) {
    lock_routing(tx);
    for (auto const id : tx.all<AgentId>(sql::presence_due, now)) {
        auto row = agent_row(tx, id);
        bool const silent = row.seen_until && *row.seen_until <= now;
        bool const opens = !silent && row.wakes_at && *row.wakes_at <= now;
        if (silent) {
            row.presence = Presence::offline;
            row.since = now;
            row.seen_until.reset();
        }
        row.wakes_at = row.presence == Presence::online ? next_opening(tx, settings_of(row), now) : std::nullopt;
        put(tx, row);
        if (silent)
            tell_of(tx, Actor{}, "presence.changed", to_text(id), now,
                    {{"presence", json::enum_name(Presence::offline)}, {"by", "stream"}});
        if (opens) drain(tx, id, Cause::opening, now);
    }
}

}  // namespace rapport::conversation::routing
