// Test of where the demo may be shown.
#include "app/demo.hpp"

#include <gtest/gtest.h>

namespace rapport::app {
namespace {

Expected<void> checked(std::string listen, std::string tls = {}) {
    Config config;
    config.listen = std::move(listen);
    config.tls.listen = std::move(tls);
    return check_demo_is_private(config);
}

TEST(TheDemo, answers_this_machine_alone) {
    for (auto const* listen : {"127.0.0.1:8080", "127.0.0.2:0", "[::1]:8080", "localhost:8080"})
        EXPECT_TRUE(checked(listen)) << listen;
    for (auto const* listen : {"0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080", "[2001:db8::1]:8080"}) {
        auto const refused = checked(listen);
        ASSERT_FALSE(refused) << listen;
        EXPECT_EQ(refused.error().code, "demo_for_everyone");
        EXPECT_NE(refused.error().text.find("--demo-for-everyone"), std::string::npos);
    }
    EXPECT_FALSE(checked("127.0.0.1:8080", "0.0.0.0:8443"));
}

}  // namespace
}  // namespace rapport::app
