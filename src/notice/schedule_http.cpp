// The API of schedules, digests and the throttle: decode, call the verb, reply.
#include "net/net.hpp"
#include "notice/http.hpp"
#include "notice/schedule_wire.hpp"
#include "people/permissions.hpp"

namespace rapport::notice {
namespace {

using net::Body;
using net::Query;

struct ListQuery {
    std::size_t limit = 50;
    std::string after;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (limit, after))
struct CountQuery {
    std::size_t limit = 10;
};
BOOST_DESCRIBE_STRUCT(CountQuery, (), (limit))

Task<Expected<net::Created<ScheduleView>>> post_schedule(Schedules& s, net::Request& http, Body<NewSchedule> body) {
    auto const act = people::act_of(http);
    auto made = co_await s.store().write([&](store::Tx& tx) { return create_schedule(tx, s.desk(), act, *body); });
    if (!made) co_return fail(made.error());
    co_return net::Created(std::move(*made));
}

Task<Expected<SchedulePage>> get_schedules(Schedules& s, Query<ListQuery> query) {
    co_return co_await s.store().read(
        [&](store::Reader& reader) { return list_schedules(reader, query->after, query->limit); });
}

Task<Expected<ScheduleView>> get_schedule(Schedules& s, ScheduleId id) {
    co_return co_await s.store().read([&](store::Reader& reader) { return find_schedule(reader, s.desk(), id); });
}

Task<Expected<>> remove_schedule(Schedules& s, net::Request& http, ScheduleId id) {
    auto const act = people::act_of(http);
    co_return co_await s.store().write([&](store::Tx& tx) { return delete_schedule(tx, act, id); });
}

Task<Expected<ScheduleView>> post_pause(Schedules& s, net::Request& http, ScheduleId id) {
    auto const act = people::act_of(http);
    co_return co_await s.store().write([&](store::Tx& tx) { return pause_schedule(tx, s.desk(), act, id); });
}

Task<Expected<ScheduleView>> post_resume(Schedules& s, net::Request& http, ScheduleId id) {
    auto const act = people::act_of(http);
    co_return co_await s.store().write([&](store::Tx& tx) { return resume_schedule(tx, s.desk(), act, id); });
}

Task<Expected<Occurrences>> get_next_runs(Schedules& s, net::Request& http, ScheduleId id, Query<CountQuery> query) {
    auto const now = http.now();
    co_return co_await s.store().read(
        [&](store::Reader& reader) { return next_runs(reader, s.desk(), id, now, query->limit); });
}

Task<Expected<ScheduleRunPage>> get_runs(Schedules& s, net::Request&, ScheduleId id, Query<ListQuery> query) {
    co_return co_await s.store().read(
        [&](store::Reader& reader) { return schedule_runs(reader, id, query->after, query->limit); });
}

Task<Expected<Occurrences>> post_preview(Schedules& s, net::Request& http, Body<Recurrence> body) {
    co_return preview_recurrence(s.desk(), *body, http.now(), 10);
}

Task<Expected<DigestList>> get_digests(Schedules& s, net::Request&) {
    co_return co_await s.store().read(
        [](store::Reader& reader) -> Expected<DigestList> { return list_digests(reader); });
}

Task<Expected<net::Created<DigestView>>> post_digest(Schedules& s, net::Request& http, Body<NewDigest> body) {
    auto const act = people::act_of(http);
    auto made = co_await s.store().write([&](store::Tx& tx) { return create_digest(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return net::Created(std::move(*made));
}

Task<Expected<DigestView>> patch_digest(Schedules& s, net::Request& http, DigestId id, Body<DigestChange> body) {
    auto const act = people::act_of(http);
    co_return co_await s.store().write([&](store::Tx& tx) { return change_digest(tx, act, id, *body); });
}

Task<Expected<>> remove_digest(Schedules& s, net::Request& http, DigestId id) {
    auto const act = people::act_of(http);
    co_return co_await s.store().write([&](store::Tx& tx) { return delete_digest(tx, act, id); });
}

Task<Expected<ThrottleSettings>> get_throttle(Schedules& s, net::Request&) {
    co_return co_await s.store().read(
        [](store::Reader& reader) -> Expected<ThrottleSettings> { return throttle_settings(reader); });
}

Task<Expected<ThrottleSettings>> put_throttle(Schedules& s, net::Request& http, Body<ThrottleSettings> body) {
    auto const act = people::act_of(http);
    co_return co_await s.store().write([&](store::Tx& tx) { return set_throttle(tx, act, *body); });
}

}  // namespace

net::Routes schedule_routes(Schedules& schedules) {
    using namespace people;
    auto const with = [&](auto handler) { return net::with(schedules, handler); };
    auto const& send = may_send_deliveries;
    auto const& read = may_read_deliveries;
    auto const& rule = may_write_templates;
    net::RouteOptions const large{.body_limit = 20U << 20};  // files as base64
    return {
        net::post<"/v1/schedules">(send, "Send a notice, or start a job, at a time or again and again",
                                   with(post_schedule), large),
        net::get<"/v1/schedules">(read, "Schedules, newest first", with(get_schedules)),
        net::get<"/v1/schedules/{id}">(read, "One schedule, with its notice", with(get_schedule)),
        net::del<"/v1/schedules/{id}">(send, "Delete a schedule and what it would send", with(remove_schedule)),
        net::post<"/v1/schedules/{id}/pause">(send, "Let times pass without a run", with(post_pause)),
        net::post<"/v1/schedules/{id}/resume">(send, "Go on with the next run from now", with(post_resume)),
        net::get<"/v1/schedules/{id}/next-runs">(read, "When it runs next", with(get_next_runs)),
        net::get<"/v1/schedules/{id}/runs">(read, "Its runs, newest first", with(get_runs)),
        net::post<"/v1/recurrence-previews">(read, "When a rule would run", with(post_preview)),
        net::get<"/v1/digests">(read, "Which notices are collected into one letter", with(get_digests)),
        net::post<"/v1/digests">(rule, "Collect notices of a kind or category", with(post_digest)),
        net::patch<"/v1/digests/{id}">(rule, "Change a digest", with(patch_digest)),
        net::del<"/v1/digests/{id}">(rule, "End a digest; what it holds goes out now", with(remove_digest)),
        net::get<"/v1/throttle">(read, "How many promotional notices a customer gets", with(get_throttle)),
        net::put<"/v1/throttle">(rule, "Limit promotional notices to a customer", with(put_throttle)),
    };
}

}  // namespace rapport::notice
