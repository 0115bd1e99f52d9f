// Alarms: when a promise is in danger, or missed. The row says when; the transaction that tells of it also writes that
// it was told, so that a crash between any two lines neither loses nor doubles it.
#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "conversation/sla/verbs.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation::sla {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_sleep = std::chrono::minutes(1);  // the clock on the wall may be set meanwhile
constexpr auto after_fault = 5s;
constexpr std::size_t rung_at_once = 100;

struct Rung {
    Clock clock;
    Alarm alarm{};
};

std::vector<Rung> tell_all(store::Tx& tx, ConversationRow const& row, std::span<Clock const> clocks, Time now) {
    auto const told = told_of(tx, row.id);
    std::vector<Rung> rung;
    for (auto const& clock : clocks) {
        if (!clock.is_live()) continue;
        for (auto const alarm : {Alarm::warning, Alarm::breach}) {
            auto const at = alarm == Alarm::warning ? clock.warned_at : clock.breached_at;
            if (!at || is_told(told, clock, alarm)) continue;
            tell_alarm(tx, row, clock, alarm, now);
            rung.push_back({clock, alarm});
        }
    }
    return rung;
}

// A letter to each agent: the number and the link, no word of the conversation.
void notify(store::Tx& tx, std::string_view site, ConversationRow const& row, std::set<AgentId> const& agents,
            Rung const& rung, Time now) {
    for (auto const id : agents) {
        auto const agent = people::find_agent(tx, id);
        EmailAddress to;
        if (!agent || agent->disabled_at || !from_text(agent->email, to)) continue;
        json::Object data{{"name", agent->name},
                          {"number", std::to_string(row.number)},
                          {"link", std::string(site) + "/console/inbox/" + to_text(row.id)},
                          {rung.alarm == Alarm::warning ? "warning" : "breach", true},
                          {json::enum_name(rung.clock.metric), true}};
        if (rung.alarm == Alarm::warning && rung.clock.due_at) data["due_at"] = to_text(*rung.clock.due_at);
        post::enqueue(tx, {to_text(row.id), "sla", to, agent->locale, "sla", std::move(data)}, now);
    }
}

void take_steps(store::Tx& tx, std::string_view site, Terms const& terms, ConversationRow& after, Rung const& rung,
                Time now, std::vector<std::pair<std::string, json::Object>>& events) {
    for (auto const& step : terms.steps) {
        if (step.on != rung.alarm || (step.metric && *step.metric != rung.clock.metric)) continue;
        if (step.priority && *step.priority != after.priority) {
            after.priority = *step.priority;
            events.emplace_back("conversation.prioritised",
                                json::Object{{"priority", json::enum_name(after.priority)}, {"by", "sla"}});
        }
        if (step.team && after.team != step.team) {
            auto const team = people::find_team(tx, *step.team);
            if (team && !team->retired) {
                after.team = step.team;
                events.emplace_back("conversation.given_to_team",
                                    json::Object{{"team", to_text(*step.team)}, {"by", "sla"}});
            }
        }
        std::set<AgentId> agents(step.notify.begin(), step.notify.end());
        if (step.notify_assignee.value_or(false) && after.assignee) agents.insert(*after.assignee);
        notify(tx, site, after, agents, rung, now);
    }
}

}  // namespace

std::optional<Time> next_alarm(store::Reader& reader) { return reader.one<Time>(sql::next_alarm); }

std::vector<ConversationId> due_alarms(store::Reader& reader, Time now, std::size_t most) {
    return reader.all<ConversationId>(sql::due_alarms, now, most);
}

void ring(store::Tx& tx, std::string_view site, ConversationId id, Time now) {
    auto const before = lock_row(tx, id);
    if (!before || !before->sla_terms || !before->sla_next_at || *before->sla_next_at > now) return;
    auto const promise = find_promise(tx, *before->sla_terms);
    require(promise != nullptr, "terms are never deleted");
    auto const clocks = clocks_of(tx, *promise, id, now);
    auto after = *before;
    std::vector<std::pair<std::string, json::Object>> events;
    for (auto const& rung : tell_all(tx, *before, clocks, now))
        take_steps(tx, site, promise->terms, after, rung, now, events);
    set_clocks(tx, after, clocks);
    if (events.empty()) return commit_clocks(tx, after);
    commit(tx, *before, after, now);
    for (auto& [kind, data] : events) tell(tx, after, kind, Actor{}, now, std::move(data));
}

}  // namespace rapport::conversation::sla

namespace rapport::conversation {

Task<> Conversations::run_alarms(net::Stop stop) {
    using namespace std::chrono_literals;
    auto const published = std::make_shared<net::Signal>();
    auto const subscription = store_.subscribe([published](std::int64_t) { published->notify(); });
    auto seen = published->count();
    for (;;) {
        std::chrono::milliseconds pause = sla::longest_sleep;
        try {
            auto const now = clock_();
            auto const look = [&](store::Reader& reader) { return sla::next_alarm(reader); };
            auto const next = co_await store_.read(look);
            if (next && *next > now) pause = std::min(pause, std::chrono::ceil<std::chrono::milliseconds>(*next - now));
            if (next && *next <= now) {
                pause = 0ms;
                auto const due = [&](store::Reader& reader) { return sla::due_alarms(reader, now, sla::rung_at_once); };
                auto const ids = co_await store_.read(due);
                for (auto const id : ids) {
                    auto const ring = [&](store::Tx& tx) { sla::ring(tx, office_.settings.instance, id, now); };
                    co_await store_.write(ring);
                }
            }
            bool const goes_on = co_await sla::reach_some(store_, now);
            if (goes_on) pause = 0ms;
        } catch (Unavailable const& fault) {
            log::warning("alarms_wait", {{"why", fault.what()}});
            pause = sla::after_fault;
        }
        if (stop.requested()) co_return;
        if (pause == 0ms) continue;
        if (!co_await stop.sleep(20ms)) co_return;  // under load: fifty looks a second
        if (!co_await stop.wait(*published, seen, pause)) co_return;
    }
}

}  // namespace rapport::conversation
