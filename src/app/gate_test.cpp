// Tests of the gate before large downloads.
#include "app/gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "app/routes.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::app {
namespace {

using namespace std::chrono_literals;

struct Visit {
    int inside = 0, most = 0, served = 0, sent_away = 0;

    Task<> come(Gate& gate, std::chrono::milliseconds stay) {
        auto place = co_await gate.enter();
        if (!place) {
            ++sent_away;
            co_return;
        }
        most = std::max(most, ++inside);
        co_await net::sleep(stay);
        --inside;
        ++served;
    }
};

Visit visits(Gate& gate, int people, std::chrono::milliseconds stay) {
    Visit visit;
    asio::io_context io;
    for (int i = 0; i < people; ++i) asio::co_spawn(io, visit.come(gate, stay), asio::detached);
    io.run();
    return visit;
}

TEST(AGate, lets_in_as_many_as_it_has_places_and_the_others_as_soon_as_one_leaves) {
    Gate gate(2, 10s);
    auto const visit = visits(gate, 10, 5ms);
    EXPECT_EQ(visit.most, 2);
    EXPECT_EQ(visit.served, 10);
    EXPECT_EQ(visit.sent_away, 0);
}

TEST(AGate, sends_away_who_waited_too_long_and_is_open_again_later) {
    Gate gate(2, 30ms);
    auto const visit = visits(gate, 3, 300ms);
    EXPECT_EQ(visit.served, 2);
    EXPECT_EQ(visit.sent_away, 1);
    EXPECT_EQ(visits(gate, 1, 1ms).served, 1);
}

}  // namespace
}  // namespace rapport::app
