// The API's adapters for ratings.
#include "conversation/http.hpp"
#include "conversation/csat/csat.hpp"
#include "people/permissions.hpp"

namespace rapport::conversation {
namespace {

using namespace csat;
using net::Body;
using net::Page;
using net::Query;
using net::Request;

Task<Expected<Page<ScopedRatingSettings>>> get_settings(Conversations& module, Request&) {
    auto found = co_await module.store().read([](store::Reader& reader) { return csat::list_settings(reader); });
    co_return Page<ScopedRatingSettings>{std::move(found)};
}

Task<Expected<ScopedRatingSettings>> put_one_settings(Conversations& module, Request& http, std::string scope,
                                                      Body<RatingSettings> body) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return csat::put_settings(tx, act, scope, *body); });
}

Task<Expected<void>> delete_one_settings(Conversations& module, Request& http, std::string scope) {
    auto const act = people::act_of(http);
    co_return co_await module.store().write([&](store::Tx& tx) { return csat::delete_settings(tx, act, scope); });
}

Task<Expected<RatingPage>> get_ratings(Conversations& module, Request&, Query<RatingQuery> query) {
    co_return co_await module.store().read(
        [&](store::Reader& reader) { return csat::list_ratings(reader, module.office(), *query); });
}

Task<Expected<RatingReport>> get_report(Conversations& module, Request&, Query<RatingReportQuery> query) {
    auto const now = module.clock()();
    co_return co_await module.store().read([&](store::Reader& reader) { return csat::report(reader, *query, now); });
}

Task<Expected<Page<RatingView>>> get_ratings_of(Conversations& module, Request&, ConversationId id) {
    auto found = co_await module.store().read(
        [&](store::Reader& reader) { return csat::ratings_of(reader, module.office(), id); });
    co_return Page<RatingView>{std::move(found)};
}

}  // namespace

net::Routes rating_routes(Conversations& module) {
    using namespace people;
    using net::del, net::get, net::put, net::with;
    return {
        get<"/v1/rating-settings">(may_read_conversations,
                                   "What customers are asked after a resolution: organisation, mailboxes, chat sites",
                                   with(module, get_settings)),
        put<"/v1/rating-settings/{scope}">(may_manage_mailboxes,
                                           "Set it for organisation, a mailbox (mbx_…) or a site (sit_…)",
                                           with(module, put_one_settings)),
        del<"/v1/rating-settings/{scope}">(may_manage_mailboxes, "What is set for the whole counts there again",
                                           with(module, delete_one_settings)),
        get<"/v1/ratings">(may_read_conversations, "What customers said, the newest first", with(module, get_ratings)),
        get<"/v1/ratings/report">(may_read_conversations,
                                  "How many were asked, answered and were content, by team, agent, mailbox or week",
                                  with(module, get_report)),
        get<"/v1/conversations/{id}/ratings">(may_read_conversations, "What its customer said of each resolution",
                                              with(module, get_ratings_of)),
    };
}

}  // namespace rapport::conversation
