// The API's adapters for calendars, policies, and what is promised in a conversation.
#include "conversation/http.hpp"
#include "conversation/sla/policies.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation {
namespace {

using namespace sla;
using net::Body;
using net::Created;
using net::Page;
using net::Request;

Task<Expected<Page<CalendarView>>> get_calendars(Conversations& module, Request&) {
    auto const now = module.clock()();
    auto found = co_await module.store().read([&](store::Reader& reader) { return list_calendars(reader, now); });
    co_return Page<CalendarView>{std::move(found)};
}

Task<Expected<CalendarView>> get_calendar(Conversations& module, Request&, CalendarId id) {
    auto const now = module.clock()();
    co_return co_await module.store().read([&](store::Reader& reader) { return find_calendar(reader, id, now); });
}

Task<Expected<Created<CalendarView>>> post_calendar(Conversations& module, Request& http, Body<NewCalendar> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) { return create_calendar(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<CalendarView>> patch_calendar(Conversations& module, Request& http, CalendarId id,
                                            Body<CalendarChange> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return change_calendar(tx, act, id, *body); });
}

Task<Expected<HolidayImport>> post_holidays(Conversations& module, Request& http, CalendarId id) {
    auto const act = people::act_of(http);
    auto const ical = http.take_body();
    Day const yesterday{std::chrono::floor<std::chrono::days>(act.now) - std::chrono::days(1)};
    // On a reader's thread: a foreign file may take a while, and nobody writes meanwhile.
    auto const read = co_await module.store().read([&](store::Reader&) { return holidays_from(ical, yesterday); });
    if (!read) co_return fail(read.error());
    co_return co_await module.store().write([&](store::Tx& tx) { return import_holidays(tx, act, id, *read); });
}

Task<Expected<Page<PolicyView>>> get_policies(Conversations& module, Request&) {
    auto found = co_await module.store().read([](store::Reader& reader) { return list_policies(reader); });
    co_return Page<PolicyView>{std::move(found)};
}

Task<Expected<PolicyView>> get_policy(Conversations& module, Request&, PolicyId id) {
    co_return co_await module.store().read([&](store::Reader& reader) { return find_policy(reader, id); });
}

Task<Expected<Created<PolicyView>>> post_policy(Conversations& module, Request& http, Body<NewPolicy> body) {
    auto const act = people::act_of(http);
    auto made = co_await module.store().write([&](store::Tx& tx) { return create_policy(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<PolicyView>> patch_policy(Conversations& module, Request& http, PolicyId id, Body<PolicyChange> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return change_policy(tx, act, id, *body); });
}

Task<Expected<PromiseView>> get_promise(Conversations& module, Request&, ConversationId id) {
    auto const now = module.clock()();
    co_return co_await module.store().read([&](store::Reader& reader) { return promise_of(reader, id, now); });
}

}  // namespace

net::Routes sla_routes(Conversations& module) {
    using namespace people;
    using net::get, net::patch, net::post, net::with;
    return {
        get<"/v1/calendars">(may_read_conversations, "Business calendars", with(module, get_calendars)),
        post<"/v1/calendars">(may_manage_sla, "Add a business calendar", with(module, post_calendar)),
        get<"/v1/calendars/{id}">(may_read_conversations, "One business calendar", with(module, get_calendar)),
        patch<"/v1/calendars/{id}">(may_manage_sla, "Change a business calendar, or retire it",
                                    with(module, patch_calendar)),
        post<"/v1/calendars/{id}/holidays">(may_manage_sla, "Add the holidays of an iCalendar file",
                                            with(module, post_holidays),
                                            {.kind = net::Kind::upload, .body_limit = 1 << 20}),
        get<"/v1/sla-policies">(may_read_conversations, "What is promised to customers, the first that fits counts",
                                with(module, get_policies)),
        post<"/v1/sla-policies">(may_manage_sla, "Add a policy", with(module, post_policy)),
        get<"/v1/sla-policies/{id}">(may_read_conversations, "One policy", with(module, get_policy)),
        patch<"/v1/sla-policies/{id}">(may_manage_sla, "Change a policy, or retire it", with(module, patch_policy)),
        get<"/v1/conversations/{id}/sla">(may_read_conversations,
                                          "What is promised in a conversation, how it stands, and what it follows from",
                                          with(module, get_promise)),
    };
}

}  // namespace rapport::conversation
