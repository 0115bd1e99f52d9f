// The API's adapters for mentions.
#include "desk/http.hpp"
#include "desk/mentions.hpp"
#include "people/permissions.hpp"

namespace rapport::desk {
namespace {

using net::Body;
using net::Query;
using net::Request;

Task<Expected<MentionPage>> get_mentions(Desk& desk, Request& http, Query<MentionQuery> query) {
    auto const who = who_of(http);
    co_return co_await desk.store().read(
        [&](store::Reader& reader) { return list_mentions(reader, desk.office(), who, *query); });
}

Task<Expected<void>> post_read(Desk& desk, Request& http, Body<MentionsRead> body) {
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return read_mentions(tx, act, body->conversation); });
}

Task<Expected<MentionWishes>> get_wishes(Desk& desk, Request& http) {
    co_return co_await desk.store().read([&](store::Reader& reader) { return mention_wishes(reader, http.actor()); });
}

Task<Expected<MentionWishes>> put_wishes(Desk& desk, Request& http, Body<MentionWishes> body) {
    auto const act = people::act_of(http);
    co_return co_await desk.store().write([&](store::Tx& tx) { return wish_mentions(tx, act, *body); });
}

}  // namespace

net::Routes mention_routes(Desk& desk) {
    using namespace people;
    using net::get, net::post, net::put, net::with;
    return {
        get<"/v1/mentions">(may_read_conversations, "Notes that mention oneself, newest first",
                            with(desk, get_mentions)),
        post<"/v1/mentions/read">(may_read_conversations, "Those of a conversation have been read",
                                  with(desk, post_read)),
        get<"/v1/mentions/wishes">(may_read_conversations, "Whether one is told of mentions by mail, too",
                                   with(desk, get_wishes)),
        put<"/v1/mentions/wishes">(may_read_conversations, "Wish it, or not", with(desk, put_wishes)),
    };
}

}  // namespace rapport::desk
