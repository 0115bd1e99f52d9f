// Without a database: states of jobs, zones and their gaps, recurrence rules, mapping of columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notice/bulk.hpp"
#include "notice/collect.hpp"
#include "notice/rrule.hpp"
#include "notice/schedule_row.hpp"

namespace rapport::notice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(BulkStates, EveryStateIsLeftByItsTableAlone) {
    std::set<BulkState> reached{BulkState::receiving};
    for (auto const& row : bulk_transitions()) {
        EXPECT_EQ(bulk_after(row.from, row.verb), row.to);
        reached.insert(row.to);
    }
    EXPECT_EQ(reached.size(), 8U);  // all of them
    EXPECT_FALSE(bulk_after(BulkState::cancelled, BulkVerb::resume));
    EXPECT_FALSE(bulk_after(BulkState::running, BulkVerb::map));
    EXPECT_FALSE(bulk_after(BulkState::running, BulkVerb::erase));
    EXPECT_FALSE(bulk_after(BulkState::done, BulkVerb::start));
}

std::string utc(Time at) { return to_text(at); }

TEST(Zones, KnowLocalTimesThatDoNotExistOrExistTwice) {
    auto const gap = resolve({2027, 3, 28, 2, 30, 0}, "Europe/Rome");
    EXPECT_EQ(gap.is, Resolved::Is::in_gap);
    EXPECT_EQ(local_text(gap.at, "Europe/Rome"), "2027-03-28T03:30:00+02:00");  // RFC 5545 §3.3.5
    auto const twice = resolve({2026, 10, 25, 2, 30, 0}, "Europe/Rome");
    EXPECT_EQ(twice.is, Resolved::Is::twice);
    EXPECT_EQ(local_text(twice.at, "Europe/Rome"), "2026-10-25T02:30:00+02:00");  // the first one
    auto const plain = resolve({2026, 12, 1, 9, 0, 0}, "Asia/Tehran");
    EXPECT_EQ(plain.is, Resolved::Is::plain);
    EXPECT_EQ(utc(plain.at), "2026-12-01T05:30:00Z");
    // Lord Howe puts its clocks forward by half an hour.
    EXPECT_EQ(local_text(resolve({2026, 10, 4, 2, 15, 0}, "Australia/Lord_Howe").at, "Australia/Lord_Howe"),
              "2026-10-04T02:45:00+11:00");
}

TEST(Zones, AreThoseOfIana) {
    for (auto const* zone : {"Europe/Rome", "UTC", "Asia/Tokyo", "America/Argentina/Buenos_Aires"})
        EXPECT_TRUE(is_zone(zone));
    for (auto const* zone : {"", "Mars/Base", "GMT+3", "../etc/passwd", "Europe/Rome\n"})
        EXPECT_FALSE(is_zone(zone)) << zone;
}

std::vector<std::string> texts(std::string_view rule, LocalTime begins, std::size_t most,
                               std::optional<LocalTime> from = {}) {
    std::vector<std::string> out;
    for (auto const& local : occurrences(rule, begins, from.value_or(begins), most))
        out.push_back(text_of(local).substr(0, 16));
    return out;
}

// Examples of RFC 5545 §3.8.5.3.
TEST(Rules, GiveTheTimesOfTheStandardsExamples) {
    LocalTime const start{1997, 9, 2, 9, 0, 0};
    EXPECT_THAT(texts("FREQ=DAILY;COUNT=2", start, 10), ElementsAre("1997-09-02T09:00", "1997-09-03T09:00"));
    EXPECT_THAT(texts("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH;COUNT=4", start, 10),
                ElementsAre("1997-09-02T09:00", "1997-09-04T09:00", "1997-09-16T09:00", "1997-09-18T09:00"));
    EXPECT_THAT(texts("FREQ=MONTHLY;COUNT=3;BYDAY=1FR", {1997, 9, 5, 9, 0, 0}, 10),
                ElementsAre("1997-09-05T09:00", "1997-10-03T09:00", "1997-11-07T09:00"));
    EXPECT_THAT(texts("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", {1997, 9, 29, 9, 0, 0}, 3),
                ElementsAre("1997-09-29T09:00", "1997-10-30T09:00", "1997-11-27T09:00"));
    EXPECT_THAT(texts("FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", {1997, 11, 2, 2, 0, 0}, 2),
                ElementsAre("1997-11-02T02:00", "1998-11-01T02:00"));
    EXPECT_THAT(texts("FREQ=MONTHLY;BYMONTHDAY=31", {2026, 1, 31, 8, 0, 0}, 3),  // months without a 31st have none
                ElementsAre("2026-01-31T08:00", "2026-03-31T08:00", "2026-05-31T08:00"));
}

TEST(Rules, LeapOverWhatHasPassed) {
    EXPECT_THAT(texts("FREQ=DAILY", {1990, 1, 1, 7, 0, 0}, 2, LocalTime{2026, 11, 22, 7, 30, 0}),
                ElementsAre("2026-11-23T07:00", "2026-11-24T07:00"));
    EXPECT_THAT(texts("FREQ=WEEKLY;BYDAY=MO", {2020, 1, 6, 7, 0, 0}, 1, LocalTime{2026, 11, 22, 0, 0, 0}),
                ElementsAre("2026-11-23T07:00"));
}

TEST(Rules, ThatNothingFitsEnd) {
    EXPECT_THAT(texts("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", {2026, 2, 1, 8, 0, 0}, 3), IsEmpty());
    EXPECT_THAT(texts("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", {2026, 2, 1, 8, 0, 0}, 3), IsEmpty());
}

TEST(Rules, AreRefusedWithTheReason) {
    for (auto const* rule :
         {"FREQ=SECONDLY", "FREQ=MINUTELY", "INTERVAL=2", "FREQ=DAILY;COUNT=2;UNTIL=20270101", "FREQ=DAILY;FREQ=WEEKLY",
          "FREQ=DAILY;X-OWN=1", "freq=daily", "FREQ=DAILY;BYDAY=XX", "FREQ=", ""})
        EXPECT_TRUE(rule_fault(rule, "/rule")) << rule;
    EXPECT_FALSE(rule_fault("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231T235959", "/rule"));
}

TEST(Schedules, MoveOrSkipATimeThatDoesNotExist) {
    Rule rule{"FREQ=DAILY", "Europe/Rome", {2027, 3, 27, 2, 30, 0}, Gap::later};
    auto const after = *time_from_text("2027-03-27T12:00:00Z");
    auto const local = [&](std::vector<Instance> const& all) {
        std::vector<std::string> out;
        for (auto const& one : all) out.push_back(local_text(one.at, rule.zone).substr(0, 16));
        return out;
    };
    EXPECT_THAT(local(instances(rule, after, 2)), ElementsAre("2027-03-28T03:30", "2027-03-29T02:30"));
    rule.gap = Gap::skip;
    EXPECT_THAT(local(instances(rule, after, 2)), ElementsAre("2027-03-29T02:30", "2027-03-30T02:30"));
    rule.text = "FREQ=HOURLY";  // 02:30 falls onto 03:30, which runs once
    rule.gap = Gap::later;
    EXPECT_THAT(local(instances(rule, *time_from_text("2027-03-28T00:00:00Z"), 3)),
                ElementsAre("2027-03-28T01:30", "2027-03-28T03:30", "2027-03-28T04:30"));
}

TEST(Digests, AreDueAtTheirLocalTime) {
    DigestRow digest;
    auto const now = *time_from_text("2026-11-22T06:59:00Z");  // a Sunday; 07:59 in Rome
    auto const due = [&](std::string const& zone) { return utc(due_of(digest, zone, now)); };
    digest.every = DigestEvery::day;
    digest.minute = 8 * 60;
    EXPECT_EQ(due("Europe/Rome"), "2026-11-22T07:00:00Z");
    EXPECT_EQ(due("Asia/Tokyo"), "2026-11-22T23:00:00Z");
    digest.every = DigestEvery::week;
    digest.weekday = Weekday::wednesday;
    EXPECT_EQ(due("Europe/Rome"), "2026-11-25T07:00:00Z");
    digest.weekday = Weekday::sunday;
    EXPECT_EQ(due("Europe/Rome"), "2026-11-22T07:00:00Z");
    digest.every = DigestEvery::hour;
    EXPECT_EQ(due("Europe/Rome"), "2026-11-22T07:00:00Z");
    EXPECT_EQ(due("Asia/Kathmandu"), "2026-11-22T07:15:00Z");  // a quarter past: its clock is 5:45 ahead
}

}  // namespace
}  // namespace rapport::notice
