#include "net/crowd.hpp"

#include <gtest/gtest.h>

namespace rapport::net {
namespace {

auto address(char const* text) { return boost::asio::ip::make_address(text); }

TEST(Crowd, an_address_has_its_share_and_no_more) {
    Crowd crowd(2);
    EXPECT_TRUE(crowd.enter(address("192.0.2.1")));
    EXPECT_TRUE(crowd.enter(address("::ffff:192.0.2.1")));
    EXPECT_FALSE(crowd.enter(address("192.0.2.1")));
    EXPECT_TRUE(crowd.enter(address("192.0.2.2"))) << "another one";
    crowd.leave(address("192.0.2.1"));
    EXPECT_TRUE(crowd.enter(address("192.0.2.1")));
}

TEST(Crowd, counts_IPv6_by_the_network_of_one_customer) {
    Crowd crowd(2);
    EXPECT_TRUE(crowd.enter(address("2001:db8:0:1::1")));
    EXPECT_TRUE(crowd.enter(address("2001:db8:0:1:ffff::2")));
    EXPECT_FALSE(crowd.enter(address("2001:db8:0:1::3")));
    EXPECT_TRUE(crowd.enter(address("2001:db8:0:2::1")));
}

TEST(Crowd, does_not_count_this_machine_and_forgets_who_left) {
    Crowd crowd(1);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(crowd.enter(address(i % 2 ? "127.0.0.1" : "::1")));
    EXPECT_EQ(crowd.addresses(), 0u);
    EXPECT_TRUE(crowd.enter(address("192.0.2.1")));
    crowd.leave(address("192.0.2.1"));
    crowd.leave(address("192.0.2.1"));
    EXPECT_EQ(crowd.addresses(), 0u);
}

}  // namespace
}  // namespace rapport::net
