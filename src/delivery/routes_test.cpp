// Every route of deliveries and of the post room: who is turned away.
#include "delivery/delivery_fixture.hpp"
#include "net/service.hpp"
#include "people/access.hpp"
#include "people/permissions.hpp"
#include "post/http.hpp"

namespace rapport::delivery {
namespace {

class Routes : public DeliveryTest {
  protected:
    std::string key_with(people::Permissions scopes) {
        people::Act const act{{ActorKind::operator_, 0, "operator"}, now(), "127.0.0.1", "req"};
        return store()
            .write_now([&](store::Tx& tx) {
                return people::create_api_key(tx, act, people::Permissions::all(), {{"shop"}, scopes.names(), {}},
                                              random_token());
            })
            .value()
            .key;
    }
    // What the server answers before the handler runs; nothing when it would run.
    std::optional<int> turned_away(net::Service const& service, net::Route const& route, std::string const& key) {
        std::string target;
        for (std::size_t at = 0; at < route.path.size();) {  // {id} → an identifier that cannot be
            auto const open = std::min(route.path.find('{', at), route.path.size());
            target += route.path.substr(at, open - at);
            if (open < route.path.size()) target += "dlv_0000000000001";
            at = open < route.path.size() ? route.path.find('}', open) + 1 : open;
        }
        net::RequestParts parts{.method = route.method, .target = target, .body = {}, .now = now()};
        if (!key.empty()) parts.headers.add("Authorization", "Bearer " + key);
        net::Request request(std::move(parts));
        auto match = service.router.find(route.method, target);
        if (!match.route || match.route->path != route.path) {
            ADD_FAILURE() << target << " leads elsewhere";
            return std::nullopt;
        }
        auto const response = run(service.refuse(request, match, 0));
        return response ? std::optional(response->status) : std::nullopt;
    }
};
RAPPORT_ON_BOTH_ENGINES(Routes);

TEST_P(Routes, turn_strangers_away_and_whoever_lacks_the_permission) {
    auto const room = post::Post::make(store(), {}, [this] { return now(); });
    post::PostOffice desk{*room, store()};
    people::Access access(store(), {random_key(), "Test", "http://localhost", 1});
    net::Routes all = routes(deliveries());
    all.add(post::routes(desk));
    net::Service const service({}, std::move(all), access.authenticator());
    int guarded = 0;
    for (auto const& route : service.router.routes().rows()) {
        if (route.permission == net::anyone) {
            // Pick-up pages, and what names nobody.
            EXPECT_TRUE(route.path.starts_with("/p/") || route.path == "/v/{token}" ||
                        route.path == "/v1/verification/{token}")
                << route.path << " is for anyone";
            continue;
        }
        ++guarded;
        people::Permissions others, own{route.permission};
        for (auto const& row : people::permission_table)
            if (row.permission != route.permission) others.add(row.permission.name);
        EXPECT_EQ(turned_away(service, route, ""), 401) << route.path;
        EXPECT_EQ(turned_away(service, route, key_with(others)), 403) << route.path;
        EXPECT_EQ(turned_away(service, route, key_with(own)), std::nullopt) << route.path;
    }
    EXPECT_GE(guarded, 14);
}

}  // namespace
}  // namespace rapport::delivery
