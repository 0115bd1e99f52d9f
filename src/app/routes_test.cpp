// Tests of the whole program's route table, and its page for integrators.
#include "app/routes.hpp"

#include "net/any_site.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <fstream>
#include <set>

#include "testing/process.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::app {
namespace {

std::string page_of(net::Routes const& routes) {
    return "# All routes\n\n"
           "Printed from the program's route table. What holds for every route stands in [HTTP as Rapport speaks "
           "it](../formats/http.md), "
           "the fields of\neach in `/v1/openapi.json`; permissions in [accounts](../operators/accounts.md). `/sink`, "
           "`/tsa` "
           "and `/demo/shop` exist in demo mode "
           "alone. The console is under\n`/console/`.\n\n" +
           net::routes_as_markdown(routes);
}

class AllRoutes : public ::testing::Test {
  protected:
    Config config() {
        Config config;
        config.data = folder_.path().string();
        return config;
    }
    test::TemporaryFolder folder_;
    House house_{config(), store::Role::server};
    net::Routes routes_ = routes(house_, true);
};

TEST_F(AllRoutes, stand_on_the_page_for_integrators) {
    std::string const path = "docs/integrators/routes.md";
    if (std::getenv("RAPPORT_WRITE_DOCS")) std::ofstream(path) << page_of(routes_);
    EXPECT_EQ(testing::file_text(path), page_of(routes_))
        << "run RAPPORT_WRITE_DOCS=1 app_test --gtest_filter='AllRoutes.*' in the root folder";
}

TEST_F(AllRoutes, have_their_types_in_the_sdk) {
    auto const document = (folder_.path() / "openapi.json").string();
    std::ofstream(document) << boost::json::serialize(
        net::openapi(routes(house_, false), {.version = RAPPORT_VERSION}));
    auto const types = testing::run_program({"node", "web/sdk/generate.mjs", document});
    ASSERT_EQ(types.code, 0) << types.output;
    std::string const path = "web/sdk/generated.ts";
    if (std::getenv("RAPPORT_WRITE_DOCS")) std::ofstream(path) << types.output;
    EXPECT_TRUE(testing::file_text(path) == types.output)
        << path << " is not what the API is: run RAPPORT_WRITE_DOCS=1 app_test --gtest_filter='AllRoutes.*' in the root"
        << " folder";
}

TEST_F(AllRoutes, that_change_something_need_a_permission_but_for_signing_in_and_picking_up) {
    static std::set<std::string> const open{"/v1/session", "/v1/session/link", "/v1/sign-in/providers/{id}", "/tsa"};
    for (auto const& route : routes_.rows()) {
        if (route.permission == net::any_site) {
            EXPECT_TRUE(route.path.starts_with("/chat/") || route.path == "/widget.js" ||
                        route.path == "/f/{slug}/embed.js")
                << route.path;
        }
        if (route.permission.name != net::anyone.name || route.method == net::Method::get) continue;
        EXPECT_TRUE(open.contains(route.path) || route.path.starts_with("/p/") || route.path.starts_with("/n/") ||
                    route.path.starts_with("/u/") || route.path == "/f/{slug}" || route.path.starts_with("/rating/") ||
                    route.path == "/help/{language}/articles/{slug}/feedback")
            << route.path;
    }
}

}  // namespace
}  // namespace rapport::app
