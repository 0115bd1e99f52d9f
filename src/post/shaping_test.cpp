// Shaping by numbers: rules, reactions, slowing down and growing back.
#include "post/shaping.hpp"

#include <gtest/gtest.h>

namespace rapport::post {
namespace {

using namespace std::chrono_literals;
using channels::email::Route;

Time const start = *time_from_text("2026-11-22T00:00:00Z");
constexpr Duration pause = 5min;

Route route_of(std::vector<channels::email::MxHost> hosts) {
    Route route;
    for (auto const& host : hosts) route.site += (route.site.empty() ? "" : ",") + host.name;
    route.hosts = std::move(hosts);
    return route;
}

TEST(RuleBook, domains_at_one_provider_share_a_site_and_own_rules_come_first) {
    RuleBook book(8);
    auto const contoso = route_of({{"contoso-com.mail.protection.outlook.com", 0}});
    auto const fabrikam = route_of({{"fabrikam-it.mail.protection.outlook.com", 10}});
    EXPECT_EQ(book.find(contoso, "contoso.com").site, book.find(fabrikam, "fabrikam.it").site);
    EXPECT_EQ(book.find(contoso, "contoso.com").rule.connections, 10);
    auto const other = route_of({{"mx1.example.org", 1}, {"mx2.example.org", 2}});
    EXPECT_EQ(book.find(other, "example.org").site, "mx1.example.org,mx2.example.org");
    EXPECT_EQ(book.find(other, "example.org").rule.connections, 8) << "the default";

    book.set(
        {{"*", 3, 0, 60, false}, {"*.mail.protection.outlook.com", 1, 0, 0, true}, {"slow.example", 0, 0, 6, true}});
    EXPECT_EQ(book.find(other, "example.org").rule.rate_per_minute, 60);
    EXPECT_EQ(book.find(other, "example.org").site, "mx1.example.org,mx2.example.org") << "'*' does not make one site";
    EXPECT_EQ(book.find(contoso, "contoso.com").rule.connections, 1);
    EXPECT_EQ(book.find(other, "slow.example").site, "slow.example");
    auto const mixed = route_of({{"a.mail.protection.outlook.com", 1}, {"mx.example.org", 2}});
    EXPECT_EQ(book.find(mixed, "mixed.example").site, mixed.site) << "all hosts must match";
}

TEST(Reactions, throttling_is_told_from_greylisting_and_from_what_concerns_one_mail) {
    EXPECT_TRUE(reaction_to(421, "4.7.0", "421 4.7.0 Too many connections from your host"));
    EXPECT_TRUE(reaction_to(451, "4.7.28", "451 4.7.28 unusual rate of mail"));
    EXPECT_TRUE(reaction_to(450, "4.2.1", "450 4.2.1 The user is receiving mail at a rate limit"));
    EXPECT_TRUE(reaction_to(421, "4.0.0", "421 closing"));
    EXPECT_FALSE(reaction_to(451, "4.7.1", "451 4.7.1 Greylisted, see example"));
    EXPECT_FALSE(reaction_to(452, "4.2.2", "452 4.2.2 mailbox full"));
    EXPECT_FALSE(reaction_to(550, "5.7.1", "550 5.7.1 rate limit exceeded")) << "permanent: nothing to wait for";
    EXPECT_FALSE(reaction_to(0, "4.7.5", "TLS failed")) << "our own words";
}

TEST(Shape, a_complaint_stops_the_site_halves_it_and_it_grows_back) {
    Shape shape({"s", 8, 0, 600, false}, pause);
    EXPECT_EQ(shape.connections(start), 8u);
    shape.slow_down(reactions()[2], "421 too many connections", start);
    shape.slow_down(reactions()[2], "421 too many connections", start + 1s);  // the second connection hears the same
    EXPECT_EQ(shape.ready_at(start + 1s), start + pause);
    EXPECT_EQ(shape.connections(start + pause), 4u);
    EXPECT_EQ(shape.rate_per_minute(start + pause), 300);
    EXPECT_LE(shape.ready_at(start + pause), start + pause);
    EXPECT_GT(shape.connections(start + pause + 2min), 4u);
    EXPECT_EQ(shape.connections(start + pause + 10min), 8u);
    EXPECT_TRUE(shape.is_neutral(start + pause + 10min));
    // Again before it has grown back: twice as long, a quarter of the speed.
    Shape again({"s", 8, 0, 0, false}, pause);
    again.slow_down(reactions()[2], "421", start);
    again.slow_down(reactions()[2], "421", start + pause);
    EXPECT_EQ(again.ready_at(start + pause), start + pause + 10min);
    EXPECT_EQ(again.connections(start + pause), 2u);
}

TEST(Shape, a_rate_is_kept_and_a_site_without_one_gets_what_it_took_halved) {
    Shape shape({"s", 2, 0, 60, false}, pause);
    Time now = start;
    int sent = 0;
    for (; now < start + 60s; now += 100ms)
        while (shape.ready_at(now) <= now) {
            shape.began(now);
            ++sent;
        }
    EXPECT_GE(sent, 60);
    EXPECT_LE(sent, 64) << "a burst of two seconds at the start";

    Shape free({"s", 2, 0, 0, false}, pause);
    for (int i = 0; i < 1000; ++i) free.answered(start + i * 10ms);  // 100 a second
    free.slow_down(reactions()[5], "450 rate limit", start + 10s);
    auto const rate = free.rate_per_minute(start + 10s + pause);
    EXPECT_GT(rate, 2000);
    EXPECT_LT(rate, 4000);
}

TEST(Shape, a_backlog_is_spread_over_the_time_that_it_needs) {
    Shape shape({"s", 2, 0, 600, false}, pause);
    Time last = start;
    for (int i = 0; i < 6000; ++i) last = shape.turn(start);
    EXPECT_GE(last, start + 9min);
    EXPECT_LE(last, start + 11min);
    for (int i = 0; i < 100'000; ++i) EXPECT_LE(shape.turn(start), start + 62min);
}

}  // namespace
}  // namespace rapport::post
