// The API's adapters for routing, presence and the expected reply time; the job that lets time pass.
#include "conversation/http.hpp"
#include "base/log.hpp"
#include "conversation/routing/expected.hpp"
#include "conversation/routing/routing.hpp"
#include "people/permissions.hpp"
#include "templates/templates.hpp"

namespace rapport::conversation {
namespace {

using namespace routing;
using net::Body;
using net::Page;
using net::Query;
using net::Request;

Task<Expected<RoutingSettings>> get_routing(Conversations& module, Request&) {
    co_return co_await module.store().read(
        [](store::Reader& reader) -> Expected<RoutingSettings> { return settings_of(reader); });
}

Task<Expected<RoutingSettings>> put_routing(Conversations& module, Request& http, Body<RoutingSettings> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return change_settings(tx, act, *body); });
}

Task<Expected<Page<RoutedAgent>>> get_agents(Conversations& module, Request&) {
    auto const now = module.clock()();
    auto found = co_await module.store().read([&](store::Reader& reader) { return routing::list_agents(reader, now); });
    co_return Page<RoutedAgent>{std::move(found)};
}

Task<Expected<RoutedAgent>> patch_agent(Conversations& module, Request& http, AgentId id, Body<AgentChange> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return change_agent(tx, act, id, *body); });
}

Task<Expected<PresenceView>> get_presence(Conversations& module, Request& http) {
    auto const now = module.clock()();
    co_return co_await module.store().read(
        [&](store::Reader& reader) { return presence_of(reader, http.actor(), now); });
}

Task<Expected<PresenceView>> put_presence(Conversations& module, Request& http, Body<PresenceChange> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return set_presence(tx, act, body->presence); });
}

Task<Expected<Assignment>> get_assignment(Conversations& module, Request&, ConversationId id) {
    co_return co_await module.store().read([&](store::Reader& reader) { return assignment_of(reader, id); });
}

Task<Expected<Assignment>> post_simulation(Conversations& module, Request&, Body<Simulation> body) {
    auto const now = module.clock()();
    co_return co_await module.store().read([&](store::Reader& reader) { return simulate(reader, *body, now); });
}

Task<Expected<ExpectedReply>> get_expected_reply(Conversations& module, Request&, Query<ExpectedReplyQuery> query) {
    auto const zone = query->zone.value_or(module.office().settings.zone);
    if (!templates::is_time_zone(zone))
        co_return fail(ErrorKind::invalid, "invalid_fields", "There is no such time zone.",
                       {{"/zone", "must be a time zone of the IANA database", "write it like Europe/Rome, or UTC"}});
    auto const now = module.clock()();
    co_return co_await module.store().read([&](store::Reader& reader) -> Expected<ExpectedReply> {
        return expected_reply(reader, query->mailbox, zone, now);
    });
}

}  // namespace

Task<> Conversations::heard_of(AgentId agent) {
    auto const now = clock_();
    auto const note = [&](store::Tx& tx) { routing::seen(tx, agent, now); };
    co_await store_.write(note);
}

Task<> Conversations::run_routing(net::Stop stop) {
    using namespace std::chrono_literals;
    constexpr std::chrono::milliseconds longest_sleep = 1min;  // the clock on the wall may be set meanwhile
    auto const published = std::make_shared<net::Signal>();
    auto const subscription = store_.subscribe([published](std::int64_t) { published->notify(); });
    auto seen = published->count();
    for (;;) {
        std::chrono::milliseconds pause = longest_sleep;
        try {
            auto const now = clock_();
            auto const look = [](store::Reader& reader) { return routing::next_change(reader); };
            auto const next = co_await store_.read(look);
            if (next && *next <= now) {
                auto const pass = [&](store::Tx& tx) { routing::pass_time(tx, now); };
                co_await store_.write(pass);
                continue;
            }
            if (next) pause = std::min(pause, std::chrono::ceil<std::chrono::milliseconds>(*next - now));
        } catch (Unavailable const& fault) {
            log::warning("routing_waits", {{"why", fault.what()}});
            pause = 5s;
        }
        if (!co_await stop.sleep(50ms)) co_return;
        if (!co_await stop.wait(*published, seen, pause)) co_return;
    }
}

net::Routes routing_routes(Conversations& module) {
    using namespace people;
    using net::get, net::patch, net::post, net::put, net::with;
    return {
        get<"/v1/routing">(may_read_conversations,
                           "Which teams are routed, what conversations weigh, which labels are skills",
                           with(module, get_routing)),
        put<"/v1/routing">(may_manage_mailboxes, "Set routing", with(module, put_routing)),
        get<"/v1/routing/agents">(may_read_conversations, "Agents: capacity, skills, languages, hours, presence, load",
                                  with(module, get_agents)),
        patch<"/v1/routing/agents/{id}">(may_manage_mailboxes, "Change what an agent can be given",
                                         with(module, patch_agent)),
        post<"/v1/routing/simulation">(may_read_conversations, "Who would be given such a conversation now, and why",
                                       with(module, post_simulation)),
        get<"/v1/conversations/{id}/assignment">(may_read_conversations,
                                                 "Why a conversation was given to whom it was given, or to nobody",
                                                 with(module, get_assignment)),
        get<"/v1/presence">(may_reply, "Whether one is there oneself", with(module, get_presence)),
        put<"/v1/presence">(may_reply, "Be online, away or offline", with(module, put_presence)),
        get<"/v1/expected-reply">(may_read_conversations,
                                  "How long customers who write now will wait: the 80th percentile of the last weeks",
                                  with(module, get_expected_reply)),
    };
}

}  // namespace rapport::conversation
