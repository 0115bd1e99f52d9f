// The API's adapters for rules.
#include "desk/http.hpp"
#include "desk/rules.hpp"
#include "people/permissions.hpp"

namespace rapport::desk {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Query;
using net::Request;

Task<Expected<Page<RuleView>>> get_rules(Desk& desk, Request&) {
    auto found = co_await desk.store().read([](store::Reader& reader) { return list_rules(reader); });
    co_return Page<RuleView>{std::move(found)};
}

Task<Expected<Created<RuleView>>> post_rule(Desk& desk, Request& http, Body<NewRule> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    auto made = co_await desk.store().write([&](store::Tx& tx) { return create_rule(tx, act, who, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<RuleView>> put_rule(Desk& desk, Request& http, RuleId id, Body<NewRule> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return change_rule(tx, act, who, id, *body); });
}

Task<Expected<void>> remove_rule(Desk& desk, Request& http, RuleId id) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return delete_rule(tx, act, who, id); });
}

Task<Expected<Page<RuleRunView>>> get_rule_runs(Desk& desk, Request&, RuleId id, Query<RuleRunQuery> query) {
    auto found =
        co_await desk.store().read([&](store::Reader& reader) { return rule_runs(reader, desk.office(), id, *query); });
    co_return Page<RuleRunView>{std::move(found)};
}

// Words are looked for in conversations, and subjects are shown: for who may read them.
Task<Expected<DryRun>> post_dry_run(Desk& desk, Request& http, Body<NewDryRun> body) {
    auto const who = who_of(http);
    if (!who.manages) co_return fail(ErrorKind::forbidden, "forbidden", "You may not make rules.");
    auto const now = desk.clock()();
    co_return co_await desk.store().read(
        [&](store::Reader& reader) { return dry_run(reader, desk.office(), who, *body, now); });
}

}  // namespace

net::Routes rule_routes(Desk& desk) {
    using namespace people;
    using net::del, net::get, net::post, net::put, net::with;
    return {
        get<"/v1/rules">(may_read_conversations, "Rules: when, if, then; in order", with(desk, get_rules)),
        post<"/v1/rules">(may_manage_mailboxes, "Create a rule", with(desk, post_rule)),
        put<"/v1/rules/{id}">(may_manage_mailboxes, "Change a rule", with(desk, put_rule)),
        del<"/v1/rules/{id}">(may_manage_mailboxes, "Delete a rule", with(desk, remove_rule)),
        get<"/v1/rules/{id}/runs">(may_read_conversations, "What it did, and why not", with(desk, get_rule_runs)),
        post<"/v1/rules/dry-run">(may_read_conversations, "Past events for which a rule would have run",
                                  with(desk, post_dry_run)),
    };
}

}  // namespace rapport::desk
