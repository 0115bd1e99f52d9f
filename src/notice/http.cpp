// The API's adapters: decode, call the verb, reply.
#include "notice/http.hpp"

#include "base/crypto.hpp"
#include "delivery/http.hpp"
#include "net/net.hpp"
#include "notice/kinds.hpp"
#include "people/permissions.hpp"

namespace rapport::notice {
namespace {

using net::Body;
using net::Query;

// Files as base64, and room for the rest.
constexpr std::size_t submission_limit = 68U << 20;
constexpr std::size_t most_key_characters = 200;

Expected<Request> request_of(net::Request& http, json::Object body) {
    Request wanted;
    wanted.actor = http.actor();
    wanted.batch = body.contains("notices");
    wanted.hash = sha256(http.body());
    std::string const key(http.header("Idempotency-Key"));
    if (key.size() > most_key_characters)
        return fail(
            ErrorKind::invalid, "invalid_fields", "The Idempotency-Key is too long.",
            {{"/Idempotency-Key", "must have at most 200 characters", "use a shorter key, for example a UUID"}});
    if (!key.empty()) wanted.key = key;
    json::Value const value(std::move(body));
    if (wanted.batch) {
        auto batch = json::decode_value<NewNotices>(value);
        if (!batch) return fail(batch.error());
        wanted.notices = std::move(batch->notices);
    } else {
        auto one = json::decode_value<NewNotice>(value);
        if (!one) return fail(one.error());
        wanted.notices.push_back(std::move(*one));
    }
    return wanted;
}

Task<Expected<net::Accepted<SubmittedView>>> post_notices(Notices& notices, net::Request& http,
                                                          Body<json::Object> body) {
    auto wanted = request_of(http, std::move(*body));
    if (!wanted) co_return fail(wanted.error());
    wanted->sender = co_await delivery::sender_of(notices.store(), http);
    auto views = co_await notices.submit(std::move(*wanted));
    if (!views) co_return fail(views.error());
    co_return net::Accepted(std::move(*views));
}

struct NoticeQuery {
    std::size_t limit = 50;
    std::string after;
    std::optional<State> state;
    std::optional<std::string> kind, reference, origin;  // origin: a bulk job, a schedule, a digest
    std::optional<CustomerId> customer;
};
BOOST_DESCRIBE_STRUCT(NoticeQuery, (), (limit, after, state, kind, reference, origin, customer))

Task<Expected<NoticePage>> get_notices(Notices& notices, Query<NoticeQuery> query) {
    NoticeFilter const filter{query->state,    query->kind,  query->reference, query->origin,
                              query->customer, query->after, query->limit};
    co_return co_await notices.store().read(
        [&](store::Reader& reader) { return list_notices(reader, notices.desk(), filter); });
}

Task<Expected<NoticeView>> get_notice(Notices& notices, NoticeId id) {
    co_return co_await notices.store().read(
        [&](store::Reader& reader) { return find_notice(reader, notices.desk(), id); });
}

// ---- kinds

Task<Expected<KindList>> get_kinds(Notices& notices, net::Request&) {
    co_return co_await notices.store().read(
        [](store::Reader& reader) -> Expected<KindList> { return list_kinds(reader); });
}

Task<Expected<KindView>> get_kind(Notices& notices, std::string name) {
    co_return co_await notices.store().read([&](store::Reader& reader) -> Expected<KindView> {
        auto const row = find_kind(reader, name);
        if (!row) return fail(no_such_kind());
        return view_of(*row);
    });
}

Task<Expected<net::Created<KindView>>> post_kind(Notices& notices, net::Request& http, Body<NewKind> body) {
    auto const act = people::act_of(http);
    auto made = co_await notices.store().write([&](store::Tx& tx) { return create_kind(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return net::Created(std::move(*made));
}

Task<Expected<KindView>> patch_kind(Notices& notices, net::Request& http, std::string name, Body<KindChange> body) {
    auto const act = people::act_of(http);
    co_return co_await notices.store().write([&](store::Tx& tx) { return change_kind(tx, act, name, *body); });
}

// ---- templates

struct TemplateQuery {
    std::string kind;
    std::optional<Locale> locale;
};
BOOST_DESCRIBE_STRUCT(TemplateQuery, (), (kind, locale))

Task<Expected<TemplateList>> get_templates(Notices& notices, Query<TemplateQuery> query) {
    co_return co_await notices.store().read(
        [&](store::Reader& reader) { return list_templates(reader, query->kind, query->locale); });
}

Task<Expected<TemplateView>> get_template(Notices& notices, TemplateId id) {
    co_return co_await notices.store().read([&](store::Reader& reader) { return find_template(reader, id); });
}

Task<Expected<net::Created<TemplateView>>> post_template(Notices& notices, net::Request& http, Body<NewTemplate> body) {
    auto const act = people::act_of(http);
    auto made = co_await notices.store().write([&](store::Tx& tx) { return create_draft(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return net::Created(std::move(*made));
}

Task<Expected<TemplateView>> patch_template(Notices& notices, net::Request& http, TemplateId id,
                                            Body<TemplateChange> body) {
    auto const act = people::act_of(http);
    co_return co_await notices.store().write([&](store::Tx& tx) { return change_draft(tx, act, id, *body); });
}

Task<Expected<>> delete_template(Notices& notices, net::Request& http, TemplateId id) {
    auto const act = people::act_of(http);
    co_return co_await notices.store().write([&](store::Tx& tx) { return drop_draft(tx, act, id); });
}

Task<Expected<net::Created<TemplateView>>> post_publication(Notices& notices, net::Request& http, TemplateId id) {
    auto const act = people::act_of(http);
    auto made = co_await notices.store().write([&](store::Tx& tx) { return publish(tx, act, id); });
    if (!made) co_return fail(made.error());
    co_return net::Created(std::move(*made));
}

struct ComparisonQuery {
    TemplateId with;
};
BOOST_DESCRIBE_STRUCT(ComparisonQuery, (), (with))

Task<Expected<TemplateDiff>> get_comparison(Notices& notices, TemplateId id, Query<ComparisonQuery> query) {
    co_return co_await notices.store().read([&](store::Reader& reader) { return compare(reader, query->with, id); });
}

Task<Expected<PreviewView>> post_preview(Notices& notices, net::Request&, Body<PreviewRequest> body) {
    co_return co_await notices.store().read(
        [&](store::Reader& reader) { return preview(reader, notices.desk(), *body); });
}

Task<Expected<net::Accepted<TestLetterQueued>>> post_test(Notices& notices, net::Request& http, TemplateId id,
                                                          Body<TestLetter> body) {
    auto const act = people::act_of(http);
    auto queued = co_await notices.store().write(
        [&](store::Tx& tx) { return send_test(tx, notices.desk(), act, id, body->data); });
    if (!queued) co_return fail(queued.error());
    co_return net::Accepted(std::move(*queued));
}

Task<Expected<LayoutList>> get_layouts(Notices&, net::Request&) {
    LayoutList list;
    for (auto const name : templates::layout_names()) list.items.emplace_back(name);
    co_return list;
}

}  // namespace

net::Routes routes(Notices& notices) {
    using namespace people;
    net::RouteOptions const large{.body_limit = submission_limit};
    return {
        net::post<"/v1/notices">(may_send_deliveries, "Send a notice, or a batch of up to 1,000, all or nothing",
                                 net::with(notices, post_notices), large),
        net::get<"/v1/notices">(may_read_deliveries, "Notices, newest first", net::with(notices, get_notices)),
        net::get<"/v1/notices/{id}">(may_read_deliveries, "One notice", net::with(notices, get_notice)),
        net::get<"/v1/kinds">(may_read_deliveries, "Kinds of notices", net::with(notices, get_kinds)),
        net::post<"/v1/kinds">(may_write_templates, "Create a kind", net::with(notices, post_kind)),
        net::get<"/v1/kinds/{name}">(may_read_deliveries, "One kind, with its schema", net::with(notices, get_kind)),
        net::patch<"/v1/kinds/{name}">(may_write_templates, "Change or retire a kind", net::with(notices, patch_kind)),
        net::get<"/v1/templates">(may_read_deliveries, "Versions of a kind's templates",
                                  net::with(notices, get_templates)),
        net::post<"/v1/templates">(may_write_templates, "Draft a version", net::with(notices, post_template)),
        net::get<"/v1/templates/{id}">(may_read_deliveries, "One version, with its words",
                                       net::with(notices, get_template)),
        net::patch<"/v1/templates/{id}">(may_write_templates, "Change a draft", net::with(notices, patch_template)),
        net::del<"/v1/templates/{id}">(may_write_templates, "Drop a draft", net::with(notices, delete_template)),
        net::post<"/v1/templates/{id}/publication">(may_write_templates, "Publish a draft, or an older version anew",
                                                    net::with(notices, post_publication)),
        net::get<"/v1/templates/{id}/comparison">(may_read_deliveries, "What changed since another version",
                                                  net::with(notices, get_comparison)),
        net::post<"/v1/templates/{id}/test">(may_write_templates, "Send a test letter to one's own address",
                                             net::with(notices, post_test)),
        net::post<"/v1/template-previews">(may_read_deliveries, "Draw a letter without sending it",
                                           net::with(notices, post_preview)),
        net::get<"/v1/layouts">(may_read_deliveries, "The frames that HTML bodies can have",
                                net::with(notices, get_layouts)),
    };
}

}  // namespace rapport::notice
