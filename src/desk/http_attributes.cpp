// The API's adapters for attributes of customers, segments and saved views.
#include "desk/attributes.hpp"
#include "desk/http.hpp"
#include "desk/views.hpp"
#include "people/permissions.hpp"

namespace rapport::desk {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Query;
using net::Request;

// ---- attributes

Task<Expected<AttributeSchema>> get_schema(Desk& desk, Request&) {
    co_return co_await desk.store().read(
        [](store::Reader& reader) -> Expected<AttributeSchema> { return attribute_schema(reader); });
}

Task<Expected<AttributeSchema>> put_schema(Desk& desk, Request& http, Body<AttributeSchema> body) {
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return describe_attributes(tx, act, *body); });
}

Task<Expected<CustomerAttributes>> get_attributes(Desk& desk, Request& http, CustomerId id) {
    auto const who = who_of(http);
    co_return co_await desk.store().read(
        [&](store::Reader& reader) { return find_attributes(reader, desk.office(), who, id); });
}

Task<Expected<CustomerAttributes>> put_customer_attributes(Desk& desk, Request& http, CustomerId id,
                                                           Body<PutAttributes> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write(
        [&](store::Tx& tx) { return put_attributes(tx, desk.office(), act, who, id, *body); });
}

// ---- segments

Task<Expected<Page<SegmentView>>> get_segments(Desk& desk, Request& http) {
    auto const who = who_of(http);
    auto found = co_await desk.store().read([&](store::Reader& reader) { return list_segments(reader, who); });
    co_return Page<SegmentView>{std::move(found)};
}

Task<Expected<Created<SegmentView>>> post_segment(Desk& desk, Request& http, Body<NewSegment> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    auto made = co_await desk.store().write([&](store::Tx& tx) { return create_segment(tx, act, who, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<SegmentView>> put_segment(Desk& desk, Request& http, SegmentId id, Body<NewSegment> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return change_segment(tx, act, who, id, *body); });
}

Task<Expected<void>> remove_segment(Desk& desk, Request& http, SegmentId id) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return delete_segment(tx, act, who, id); });
}

// ---- views

Task<Expected<Page<ViewView>>> get_views(Desk& desk, Request& http) {
    auto const who = who_of(http);
    auto found = co_await desk.store().read([&](store::Reader& reader) { return list_views(reader, who); });
    co_return Page<ViewView>{std::move(found)};
}

Task<Expected<Created<ViewView>>> post_view(Desk& desk, Request& http, Body<NewView> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    auto made = co_await desk.store().write([&](store::Tx& tx) { return create_view(tx, act, who, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<ViewView>> put_view(Desk& desk, Request& http, ViewId id, Body<NewView> body) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return change_view(tx, act, who, id, *body); });
}

Task<Expected<void>> remove_view(Desk& desk, Request& http, ViewId id) {
    auto const who = who_of(http);
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return delete_view(tx, act, who, id); });
}

Task<Expected<conversation::ConversationPage>> get_view_conversations(Desk& desk, Request& http, ViewId id,
                                                                      Query<ViewQuery> query) {
    auto const who = who_of(http);
    auto const now = desk.clock()();
    co_return co_await desk.store().read(
        [&](store::Reader& reader) { return conversations_of(reader, desk.office(), who, id, *query, now); });
}

}  // namespace

net::Routes view_routes(Desk& desk) {
    using namespace people;
    using net::del, net::get, net::post, net::put, net::with;
    return {
        get<"/v1/customer-attributes">(may_read_customers, "What systems may tell of customers: the schema",
                                       with(desk, get_schema)),
        put<"/v1/customer-attributes">(may_manage_mailboxes, "Describe it anew", with(desk, put_schema)),
        get<"/v1/customers/{id}/attributes">(may_read_customers, "What is known of a customer, and their segments",
                                             with(desk, get_attributes)),
        put<"/v1/customers/{id}/attributes">(may_write_customers, "Say all that is known of a customer",
                                             with(desk, put_customer_attributes)),
        get<"/v1/segments">(may_read_conversations, "Segments: named filters over customers", with(desk, get_segments)),
        post<"/v1/segments">(may_reply, "Create a segment", with(desk, post_segment)),
        put<"/v1/segments/{id}">(may_reply, "Change a segment", with(desk, put_segment)),
        del<"/v1/segments/{id}">(may_reply, "Delete a segment", with(desk, remove_segment)),
        get<"/v1/views">(may_read_conversations, "Saved views: one's own, one's teams', everyone's",
                         with(desk, get_views)),
        post<"/v1/views">(may_reply, "Save a view", with(desk, post_view)),
        put<"/v1/views/{id}">(may_reply, "Change a view", with(desk, put_view)),
        del<"/v1/views/{id}">(may_reply, "Delete a view", with(desk, remove_view)),
        get<"/v1/views/{id}/conversations">(may_read_conversations, "Its conversations, last message first",
                                            with(desk, get_view_conversations)),
    };
}

}  // namespace rapport::desk
