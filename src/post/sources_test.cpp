// Which source a letter leaves from: failover and warm-up.
#include "post/sources.hpp"

#include <gtest/gtest.h>

namespace rapport::post {
namespace {

using namespace std::chrono_literals;
Time const noon = *time_from_text("2026-11-22T12:00:00Z");

TEST(Sources, the_next_takes_over_while_one_is_away_and_the_first_comes_back) {
    Sources sources({"a:25", "b:25"});
    EXPECT_EQ(sources.choose(false, noon).source, 0u);
    sources.away(0, "cannot connect", noon);
    EXPECT_EQ(sources.choose(false, noon).source, 1u);
    EXPECT_TRUE(sources.another(0, noon));
    EXPECT_FALSE(sources.another(1, noon));
    sources.away(1, "cannot connect", noon + 1s);
    EXPECT_EQ(sources.choose(false, noon + 2s).source, 0u) << "all are away: the one that is back first";
    EXPECT_EQ(sources.choose(false, noon + 15s).source, 0u);
    sources.away(0, "still", noon + 15s);
    EXPECT_EQ(sources.choose(false, noon + 40s).source, 1u) << "twice as long the second time";
    sources.well(0);
    EXPECT_EQ(sources.choose(false, noon + 41s).source, 0u);
}

TEST(Sources, a_source_that_is_warmed_up_takes_so_many_a_day_and_then_the_next) {
    Sources sources({"mx", "b:25"});
    sources.set({{"mx", "example.org", noon - 24h, {50, 100}}});
    sources.sent("mx", day_of(noon), 98);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(sources.choose(false, noon).source, 0u);
        sources.taken(0, noon);
    }
    EXPECT_EQ(sources.choose(false, noon).source, 1u) << "the cap counts what is under way";
    sources.ended(0, false, noon);
    EXPECT_EQ(sources.choose(false, noon).source, 0u) << "a letter that was not taken does not count";
    sources.taken(0, noon);
    sources.ended(0, true, noon);
    sources.ended(0, true, noon);
    EXPECT_EQ(sources.choose(false, noon).source, 1u);
    EXPECT_EQ(sources.choose(true, noon).source, 0u) << "codes pass";
    EXPECT_EQ(sources.states(noon)[0].cap_today, 100);
    EXPECT_EQ(sources.states(noon)[0].sent_today, 100);
    EXPECT_EQ(sources.choose(false, noon + 12h).source, 0u) << "warm after the last day of the plan";
}

TEST(Sources, when_every_cap_is_reached_letters_wait_for_the_next_day) {
    Sources sources({"mx"});
    sources.set({{"mx", "example.org", noon, {0, 1}}});
    auto const choice = sources.choose(false, noon);
    EXPECT_EQ(choice.source, Sources::nowhere);
    EXPECT_EQ(choice.not_before, *time_from_text("2026-11-23T00:00:00Z"));
    EXPECT_EQ(sources.choose(true, noon).source, 0u);
}

}  // namespace
}  // namespace rapport::post
