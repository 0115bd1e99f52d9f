// Giving, in the transaction of what makes it possible; each decision is kept with everybody who was asked.
#include <algorithm>
#include <set>
#include <tuple>

#include "conversation/routing/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation::routing {
namespace {

constexpr std::int64_t looked_at = 500;  // of a queue, of each priority
constexpr int most_given = 50;           // in one transaction; the job goes on with the others

bool waits(ConversationRow const& row) { return row.state == State::open && !row.assignee && row.team; }

bool is_routed(store::Reader& reader, TeamId team) { return reader.one<TeamId>(sql::is_routed, team).has_value(); }

std::vector<Candidate> candidates_of(store::Reader& reader, TeamId team, Weights const& weights, Time now) {
    std::vector<Candidate> out;
    auto const found = people::find_team(reader, team);
    if (!found || found->retired) return out;
    for (auto const id : found->members) {
        auto const agent = people::find_agent(reader, id);
        if (!agent || agent->disabled_at || !people::permissions_of(agent->role).has(people::may_reply)) continue;
        auto const row = agent_row(reader, id);
        auto const settings = settings_of(row);
        bool const present = is_present(row, now);
        out.push_back({id, agent->name, present, is_at_work(reader, settings, now), settings.skills, settings.languages,
                       load_of(reader, id, weights), settings.capacity, row.assigned_at});
    }
    return out;
}

std::vector<LabelId> skills_in(RoutingSettings const& settings, std::vector<LabelId> const& labels) {
    std::vector<LabelId> out;
    for (auto const label : labels)
        if (std::ranges::find(settings.skills, label) != settings.skills.end()) out.push_back(label);
    return out;
}

Assignment decide(store::Reader& reader, RoutingSettings const& settings, TeamId team, Channel channel, Locale locale,
                  std::vector<LabelId> const& labels, std::optional<AgentId> not_again, Time now) {
    Assignment made;
    made.at = now;
    made.team = team;
    made.channel = channel;
    made.locale = locale;
    made.weight = weight_of(settings.weights, channel);
    made.skills = skills_in(settings, labels);
    auto choice =
        choose({locale, made.skills, made.weight, not_again}, candidates_of(reader, team, settings.weights, now));
    made.agent = choice.agent;
    made.candidates = std::move(choice.judged);
    return made;
}

void keep(store::Tx& tx, ConversationRow const& row, Assignment const& made) {
    tx.exec(sql::insert_decision, row.id, row.version, made.at, made.agent, made.cause, json::encode(made));
}

void take(store::Tx& tx, ConversationRow& after, Assignment const& made, Time now) {
    after.assignee = made.agent;
    auto agent = agent_row(tx, *made.agent);
    agent.assigned_at = now;
    if (agent.since == Time{}) agent.since = now;
    put(tx, agent);
}

void tell_given(store::Tx& tx, ConversationRow const& row, Cause cause, Time now) {
    tell(tx, row, "conversation.assigned", Actor{}, now,
         {{"assignee", to_text(*row.assignee)}, {"by", "routing"}, {"cause", json::enum_name(cause)}});
}

// Who got it.
std::optional<AgentId> give_one(store::Tx& tx, RoutingSettings const& settings, ConversationId id, Cause cause,
                                Time now) {
    auto const before = lock_row(tx, id);
    if (!before || !waits(*before)) return std::nullopt;
    auto made = decide(tx, settings, *before->team, before->channel, before->locale, labels_of(tx, id), {}, now);
    if (!made.agent) return std::nullopt;
    made.cause = cause;
    auto after = *before;
    take(tx, after, made, now);
    commit(tx, *before, after, now);
    keep(tx, after, made);
    tell_given(tx, after, cause, now);
    return made.agent;
}

// What a conversation asks for: what nobody could take before, nobody can now, where others only got more to do.
using Asks = std::tuple<Locale, std::int64_t, std::vector<LabelId>>;
std::optional<Asks> asks_of(store::Reader& reader, RoutingSettings const& settings, ConversationId id) {
    auto const row = find_row(reader, id);
    if (!row) return std::nullopt;
    auto skills = settings.skills.empty() ? std::vector<LabelId>() : skills_in(settings, labels_of(reader, id));
    std::ranges::sort(skills);
    return Asks{row->locale, weight_of(settings.weights, row->channel), std::move(skills)};
}

// One team's queue, in order.
class Draining {
  public:
    Draining(store::Tx& tx, TeamId team, Cause cause, Time now)
        : tx_(tx), settings_(settings_of(tx)), team_(team), cause_(cause), now_(now) {}

    void run() {
        for (auto const priority : {Priority::urgent, Priority::high, Priority::normal, Priority::low})
            for (auto const* queue : {&sql::queue_of, &sql::queue_of_quiet})
                for (auto const id : tx_.all<ConversationId>(*queue, team_, priority, looked_at))
                    if (!go_on(id)) return;
    }

  private:
    bool go_on(ConversationId id) {
        auto asks = asks_of(tx_, settings_, id);
        if (!asks || hopeless_.contains(*asks)) return true;
        auto const agent = give_one(tx_, settings_, id, cause_, now_);
        if (!agent) hopeless_.insert(std::move(*asks));
        if (!agent || ++given_ < most_given) return true;
        tx_.exec(sql::set_wakes, *agent, now_);  // the job looks again at once
        return false;
    }

    store::Tx& tx_;
    RoutingSettings settings_;
    TeamId team_;
    Cause cause_;
    Time now_;
    std::set<Asks> hopeless_;
    int given_ = 0;
};

}  // namespace

void give(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now) {
    if (!waits(after)) return;
    bool const is_new = !waits(before) || before.version == 1 || before.team != after.team || after.relabelled;
    if (!is_new || !is_routed(tx, *after.team)) return;
    lock_routing(tx);
    auto made = decide(tx, settings_of(tx), *after.team, after.channel, after.locale, labels_of(tx, after.id),
                       before.assignee, now);
    made.cause = Cause::message;
    if (made.agent) take(tx, after, made, now);
    keep(tx, after, made);
    if (made.agent) tell_given(tx, after, made.cause, now);
}

void free_up(store::Tx& tx, ConversationRow const& before, ConversationRow const& after, Time now) {
    bool const had = before.assignee && before.state == State::open;
    bool const has = after.assignee == before.assignee && after.state == State::open;
    if (!had || has || tx.all<TeamId>(sql::routed_teams).empty()) return;
    lock_routing(tx);
    drain(tx, *before.assignee, Cause::freed, now);
}

void drain(store::Tx& tx, TeamId team, Cause cause, Time now) {
    if (is_routed(tx, team)) Draining(tx, team, cause, now).run();
}

void drain(store::Tx& tx, AgentId agent, Cause cause, Time now) {
    auto const row = agent_row(tx, agent);
    auto const settings = settings_of(row);
    // What waits did so while everybody else was asked: only who has room now makes a difference.
    if (!is_present(row, now) || !is_at_work(tx, settings, now)) return;
    for (auto const team : people::teams_of(tx, agent)) drain(tx, team, cause, now);
}

Expected<Assignment> assignment_of(store::Reader& reader, ConversationId id) {
    if (!find_row(reader, id)) return fail(no_such_conversation());
    std::optional<json::Object> content;
    reader.each(
        sql::last_decision,
        [&](store::Row const& row) {
            auto const read = json::parse(row.text(3));
            if (read && read->is_object()) content = read->get_object();
        },
        id);
    if (!content) return fail(ErrorKind::not_found, "not_routed", "Routing has not decided about this conversation.");
    return json::decode_value<Assignment>(json::Value(*content));
}

Expected<Assignment> simulate(store::Reader& reader, Simulation const& wanted, Time now) {
    auto const team = people::find_team(reader, wanted.team);
    if (!team || team->retired)
        return fail(ErrorKind::invalid, "team_not_found", "There is no such team.",
                    {{"/team", "must be a team", "choose another one"}});
    return decide(reader, settings_of(reader), wanted.team, wanted.channel.value_or(Channel::email),
                  wanted.locale.value_or(Locale::en), wanted.labels, {}, now);
}

void check_routing(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    for (auto const id : reader.all<ConversationId>(sql::fsck_decisions))
        report({to_text(id), "routing decided about it, and there is no such conversation"});
}

}  // namespace rapport::conversation::routing
