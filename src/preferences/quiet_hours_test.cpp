// Quiet hours on the clocks of zones; links; what is kept of network addresses.
#include <gmock/gmock.h>

#include "preferences/preferences_fixture.hpp"

namespace rapport::preferences {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(QuietHours, EndInTheMorningOfTheCustomersOwnZone) {
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T23:30:00+01:00")), at("2026-11-23T07:00:00+01:00"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T05:00:00+01:00")), at("2026-11-22T07:00:00+01:00"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T07:00:00+01:00")), std::nullopt);
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T21:59:59+01:00")), std::nullopt);
    // The same moment is night in Tokyo only.
    EXPECT_EQ(quiet_until(nights(), "Asia/Tokyo", at("2026-11-22T14:00:00Z")), at("2026-11-22T22:00:00Z"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-11-22T14:00:00Z")), std::nullopt);
    EXPECT_EQ(quiet_until({}, "Europe/Rome", at("2026-11-22T23:30:00Z")), std::nullopt);
}

TEST(QuietHours, FollowOneAnotherAndKnowDaysOfTheWeek) {
    // Sunday 22 November 2026. Weekends all day, nights before working days.
    QuietHours const hours{{{Day::sat, Day::sun}, {0}, {23 * 60 + 59}},
                           {{Day::sun}, {23 * 60 + 59}, {8 * 60}},
                           {{Day::mon}, {8 * 60}, {9 * 60 + 15}}};
    EXPECT_EQ(quiet_until(hours, "Asia/Tehran", at("2026-11-22T10:00:00+03:30")), at("2026-11-23T09:15:00+03:30"));
    EXPECT_EQ(quiet_until(hours, "Asia/Tehran", at("2026-11-24T08:30:00+03:30")), std::nullopt);
}

TEST(QuietHours, EndAtTheSameTimeOnTheClockWhenClocksAreChanged) {
    // Rome: 29 March 2026, 02:00 becomes 03:00; 25 October 2026, 03:00 becomes 02:00.
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-03-28T23:00:00+01:00")), at("2026-03-29T07:00:00+02:00"));
    EXPECT_EQ(quiet_until(nights(), "Europe/Rome", at("2026-10-24T23:00:00+02:00")), at("2026-10-25T07:00:00+01:00"));
    QuietHours const early{{{}, {60}, {2 * 60 + 30}}};
    // 02:30 is skipped: the clocks go from 02:00 to 03:00, and quiet ends with it.
    EXPECT_EQ(quiet_until(early, "Europe/Rome", at("2026-03-29T01:30:00+01:00")), at("2026-03-29T03:00:00+02:00"));
    // 02:30 comes twice: before the first the first counts, after it the second.
    EXPECT_EQ(quiet_until(early, "Europe/Rome", at("2026-10-25T01:30:00+02:00")), at("2026-10-25T02:30:00+02:00"));
    EXPECT_EQ(quiet_until(early, "Europe/Rome", at("2026-10-25T02:10:00+01:00")), at("2026-10-25T02:30:00+01:00"));
    // In New York the hour from 1 to 2 comes twice on 1 November 2026.
    EXPECT_EQ(quiet_until(nights(), "America/New_York", at("2026-11-01T00:30:00-04:00")),
              at("2026-11-01T07:00:00-05:00"));
}

// Whatever the hours and the moment: what comes out lies outside of all windows, and not before the moment.
TEST(QuietHours, AlwaysEndOutsideOfThemselves) {
    QuietHours const hours{{{Day::mon, Day::wed}, {9 * 60}, {17 * 60}},
                           {{}, {21 * 60}, {6 * 60 + 45}},
                           {{Day::sun}, {6 * 60}, {20 * 60 + 30}}};
    for (auto const* zone : {"Europe/Rome", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe", "Africa/Cairo"})
        for (auto due = at("2026-03-01T00:00:00Z"); due < at("2026-12-01T00:00:00Z");
             due += std::chrono::minutes(173)) {
            auto const end = quiet_until(hours, zone, due);
            if (!end) continue;
            ASSERT_GT(*end, due) << zone << to_text(due);
            ASSERT_EQ(quiet_until(hours, zone, *end), std::nullopt) << zone << ' ' << to_text(due);
        }
}

TEST(QuietHours, ThatLeaveNoTimeAreRefused) {
    EXPECT_THAT(faults_of(nights(), "/q"), IsEmpty());
    EXPECT_THAT(faults_of({{{}, {0}, {0}}}, "/q"), SizeIs(1));
    EXPECT_THAT(faults_of({{{}, {0}, {12 * 60}}, {{}, {12 * 60}, {23 * 60 + 30}}}, "/q"), SizeIs(1));
    EXPECT_THAT(faults_of({{{}, {0}, {12 * 60}}, {{}, {12 * 60}, {23 * 60}}}, "/q"), IsEmpty());
    EXPECT_THAT(faults_of({{{Day::mon, Day::mon}, {0}, {60}}}, "/q"), SizeIs(1));
    EXPECT_THAT(faults_of(QuietHours(most_windows + 1, QuietWindow{{}, {0}, {60}}), "/q"), SizeIs(1));
    TimeOfDay time;
    for (auto const* bad : {"24:00", "7:00", "07:60", "", "07-00", "07:00:00"})
        EXPECT_FALSE(from_text(bad, time)) << bad;
}

// ---- links

TEST(Links, AreRefusedWhenForgedForeignOrOld) {
    Links const links(random_key(), "https://post.example.org", std::chrono::days(60));
    auto const now = at("2026-11-22T10:00:00Z");
    auto const token = links.token(LinkFor::notice, 4711, now);
    auto const opened = links.open(token, now);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->subject, 4711);
    EXPECT_EQ(opened->what, LinkFor::notice);
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto forged = token;
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(links.open(forged, now)) << i;
    }
    EXPECT_FALSE(links.open(token + "A", now));
    EXPECT_FALSE(links.open("", now));
    EXPECT_EQ(Links(random_key(), "https://post.example.org", std::chrono::days(60)).open(token, now).error().kind,
              ErrorKind::not_found);
    EXPECT_TRUE(links.open(token, now + std::chrono::days(60)));
    EXPECT_EQ(links.open(token, now + std::chrono::days(61)).error().code, "link_expired");
    EXPECT_NE(token, links.token(LinkFor::customer, 4711, now));
}

TEST(Remote, AddressesAreKeptAsThePolicySays) {
    using enum Settings::Remote;
    EXPECT_EQ(kept_remote(truncated, "192.0.2.77"), "192.0.2.0/24");
    EXPECT_EQ(kept_remote(truncated, "2001:db8:1:2:3::4"), "2001:db8:1::/48");
    EXPECT_EQ(kept_remote(full, "192.0.2.77"), "192.0.2.77");
    EXPECT_EQ(kept_remote(none, "192.0.2.77"), std::nullopt);
    EXPECT_EQ(kept_remote(full, "not an address"), std::nullopt);
}

}  // namespace
}  // namespace rapport::preferences
