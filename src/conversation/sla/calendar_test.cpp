// Business hours against a count minute by minute, over zones with every kind of odd clock; holidays out of files.
#include "conversation/sla/calendar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unicode/gregocal.h>

#include "conversation/sla/ical.hpp"

namespace rapport::conversation::sla {
namespace {

using namespace std::chrono;
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::SizeIs;

Time utc(std::string const& text) { return time_from_text(text).value(); }
Interval interval(std::string_view from, std::string_view to) {
    Interval made;
    EXPECT_TRUE(from_text(from, made.from) && from_text(to, made.to));
    return made;
}
Day day(std::string_view text) {
    Day made;
    EXPECT_TRUE(from_text(text, made));
    return made;
}
Hours office(std::string zone = "Europe/Rome") {
    Hours hours;
    hours.zone = std::move(zone);
    auto& w = hours.week;
    w.monday = w.tuesday = w.wednesday = w.thursday = {interval("09:00", "13:00"), interval("14:00", "18:00")};
    w.friday = {interval("09:00", "13:00")};
    return hours;
}

// The other way: ICU's own calendar says what the clock on the wall shows at each minute.
bool is_open_at(Hours const& hours, icu::GregorianCalendar& wall, Time at) {
    UErrorCode status = U_ZERO_ERROR;
    wall.setTime(static_cast<UDate>(duration_cast<milliseconds>(at.time_since_epoch()).count()), status);
    auto const get = [&](UCalendarDateFields field) { return wall.get(field, status); };
    auto const minute = get(UCAL_HOUR_OF_DAY) * 60 + get(UCAL_MINUTE);
    Day const today{sys_days(year(get(UCAL_EXTENDED_YEAR)) / (get(UCAL_MONTH) + 1) / get(UCAL_DATE))};
    auto const* list = &hours.week.monday;
    std::vector<Interval> const* const by_day[] = {&hours.week.sunday,    &hours.week.monday,   &hours.week.tuesday,
                                                   &hours.week.wednesday, &hours.week.thursday, &hours.week.friday,
                                                   &hours.week.saturday};
    list = by_day[get(UCAL_DAY_OF_WEEK) - 1];
    for (auto const& one : hours.holidays)
        if (one.yearly && to_text(one.date).substr(4) == to_text(today).substr(4)) list = &one.open;
    for (auto const& one : hours.holidays)
        if (!one.yearly && one.date == today) list = &one.open;
    return std::ranges::any_of(*list,
                               [&](Interval const& i) { return i.from.minute <= minute && minute < i.to.minute; });
}

// Weekends of clock changes, and one quiet week.
struct Place {
    char const* zone;
    char const* around;
};
constexpr Place places[] = {
    {"Europe/Rome", "2026-03-28T00:00:00Z"},
    {"Europe/Rome", "2026-10-24T00:00:00Z"},
    {"America/New_York", "2026-03-07T00:00:00Z"},
    {"America/New_York", "2026-10-31T00:00:00Z"},
    {"Asia/Tehran", "2021-03-20T00:00:00Z"},
    {"Asia/Tehran", "2021-09-20T00:00:00Z"},
    {"Australia/Lord_Howe", "2026-04-03T00:00:00Z"},
    {"Australia/Lord_Howe", "2026-10-02T00:00:00Z"},
    {"Asia/Kathmandu", "2026-06-01T00:00:00Z"},
    {"Pacific/Apia", "2011-12-28T00:00:00Z"},
    {"UTC", "2026-02-26T00:00:00Z"},
};

std::vector<Interval> any_intervals() {
    std::vector<int> marks;
    for (int i = 0, n = *rc::gen::inRange(0, 4) * 2; i < n; ++i) marks.push_back(*rc::gen::inRange(0, 1441));
    std::ranges::sort(marks);
    marks.erase(std::ranges::unique(marks).begin(), marks.end());
    std::vector<Interval> out;
    for (std::size_t i = 0; i + 1 < marks.size(); i += 2) out.push_back({{marks[i]}, {marks[i + 1]}});
    return out;
}

struct Drawn {
    Hours hours;
    Time from{};
};
Drawn any_hours() {
    auto const& place = places[*rc::gen::inRange(0, static_cast<int>(std::size(places)))];
    Drawn drawn;
    drawn.hours.zone = place.zone;
    auto& w = drawn.hours.week;
    for (auto* one : {&w.monday, &w.tuesday, &w.wednesday, &w.thursday, &w.friday, &w.saturday, &w.sunday})
        *one = any_intervals();
    drawn.from = utc(place.around) + minutes(*rc::gen::inRange(0, 2000));
    if (*rc::gen::inRange(0, 2) == 0)
        drawn.hours.holidays.push_back(
            {{floor<days>(drawn.from) + days(*rc::gen::inRange(0, 4))}, "A day", {}, any_intervals()});
    if (*rc::gen::inRange(0, 3) == 0)
        drawn.hours.holidays.push_back(
            {{floor<days>(drawn.from) + days(4) - days(365 * 5)}, "Each year", true, any_intervals()});
    return drawn;
}

TEST(BusinessHours, equal_a_count_minute_by_minute_in_every_zone) {
    EXPECT_TRUE(rc::check("open_time == minutes of an open clock on the wall", [] {
        auto const [hours, from] = any_hours();
        RC_PRE(faults_of(hours, "").empty());
        auto const length = *rc::gen::inRange(0, 4 * 24 * 60);
        UErrorCode status = U_ZERO_ERROR;
        icu::GregorianCalendar wall(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(hours.zone)), status);
        int counted = 0;
        for (int i = 0; i < length; ++i) counted += is_open_at(hours, wall, from + minutes(i));
        Calendar const calendar(hours);
        RC_ASSERT(calendar.open_time(from, from + minutes(length)) == minutes(counted));
        RC_ASSERT(calendar.is_open(from) == is_open_at(hours, wall, from));
        // The same, cut anywhere.
        auto const cut = from + seconds(*rc::gen::inRange(0, length * 60 + 1));
        RC_ASSERT(calendar.open_time(from, cut) + calendar.open_time(cut, from + minutes(length)) == minutes(counted));
    }));
}

TEST(BusinessHours, that_are_added_have_passed_afterwards_and_not_before) {
    EXPECT_TRUE(rc::check("open_time(from, add_open_time(from, d)) == d", [] {
        auto const [hours, from] = any_hours();
        RC_PRE(faults_of(hours, "").empty());
        Calendar const calendar(hours);
        Duration const wanted = seconds(*rc::gen::inRange(1, 5 * 24 * 3600));
        auto const at = calendar.add_open_time(from, wanted);
        auto const opens = calendar.next_opening(from);
        if (!at) {
            RC_ASSERT(!opens || hours.week == Week{});  // a holiday alone does not come often enough
            return;
        }
        RC_ASSERT(opens && *opens >= from && *opens < *at);
        RC_ASSERT(calendar.open_time(from, *opens) == Duration::zero());
        RC_ASSERT(calendar.is_open(*opens));
        RC_ASSERT(calendar.open_time(from, *at) == wanted);
        RC_ASSERT(calendar.open_time(from, *at - Duration(1)) == wanted - Duration(1));
        auto const more = calendar.add_open_time(from, wanted + seconds(1));
        RC_ASSERT(!more || *more > *at);
    }));
}

TEST(BusinessHours, are_the_same_however_intervals_are_cut) {
    EXPECT_TRUE(rc::check("splitting an interval changes nothing", [] {
        auto [hours, from] = any_hours();
        RC_PRE(faults_of(hours, "").empty());
        if (hours.week.monday.empty()) hours.week.monday = {{{60}, {1440}}};
        auto cut = hours;
        auto& first = cut.week.monday.front();
        RC_PRE(first.to.minute - first.from.minute > 1);
        TimeOfDay const at{first.from.minute + 1};
        cut.week.monday.insert(cut.week.monday.begin(), {first.from, at});
        cut.week.monday[1].from = at;
        auto const to = from + days(9);
        RC_ASSERT(Calendar(cut).open_spans(from, to, 100) == Calendar(hours).open_spans(from, to, 100));
        RC_ASSERT(tidied(cut) == tidied(hours));
    }));
}

TEST(BusinessHours, have_lunch_breaks_weekends_and_holidays) {
    auto hours = office();
    hours.holidays = {{day("2026-12-25"), "Christmas", true, {}},
                      {day("2026-12-24"), "Christmas Eve", {}, {interval("09:00", "12:00")}}};
    Calendar const calendar(hours);
    // Thursday the 24th, 11:30 in Rome: half an hour, then Friday is closed, then the weekend.
    EXPECT_EQ(calendar.add_open_time(utc("2026-12-24T10:30:00Z"), 1h), utc("2026-12-28T08:30:00Z"));
    // Over lunch.
    EXPECT_EQ(calendar.add_open_time(utc("2026-11-23T11:30:00Z"), 1h), utc("2026-11-23T13:30:00Z"));
    EXPECT_EQ(calendar.next_opening(utc("2027-12-25T08:00:00Z")), utc("2027-12-27T08:00:00Z"));
    EXPECT_TRUE(calendar.is_open(utc("2026-12-24T10:59:59Z")));
    EXPECT_FALSE(calendar.is_open(utc("2026-12-24T11:00:00Z")));
}

TEST(BusinessHours, of_a_night_shift_are_two_intervals_and_one_span) {
    Hours hours{"Europe/Rome", {}, {}};
    hours.week.saturday = {interval("22:00", "24:00")};
    hours.week.sunday = {interval("00:00", "06:00")};
    Calendar const calendar(hours);
    // The night in which clocks go forward has seven hours of shift, the one in which they go back nine.
    EXPECT_EQ(calendar.open_time(utc("2026-03-28T12:00:00Z"), utc("2026-03-29T12:00:00Z")), 7h);
    EXPECT_EQ(calendar.open_time(utc("2026-10-24T12:00:00Z"), utc("2026-10-25T12:00:00Z")), 9h);
    EXPECT_THAT(calendar.open_spans(utc("2026-10-24T12:00:00Z"), utc("2026-10-25T12:00:00Z"), 10),
                ElementsAre(Calendar::Span{utc("2026-10-24T20:00:00Z"), utc("2026-10-25T05:00:00Z")}));
}

TEST(BusinessHours, that_never_come_are_never) {
    Calendar const closed(Hours{"UTC", {}, {}});
    EXPECT_FALSE(closed.next_opening(utc("2026-01-01T00:00:00Z")));
    EXPECT_FALSE(closed.add_open_time(utc("2026-01-01T00:00:00Z"), 1s));
    EXPECT_EQ(closed.open_time(utc("2026-01-01T00:00:00Z"), utc("2036-01-01T00:00:00Z")), 0s);
    Calendar const always;
    EXPECT_EQ(always.add_open_time(utc("2026-01-01T00:00:00Z"), 36h), utc("2026-01-02T12:00:00Z"));
}

TEST(BusinessHours, that_are_wrong_are_told_where) {
    auto hours = office("Europe/Atlantis");
    hours.week.monday.push_back(interval("12:00", "15:00"));
    hours.week.sunday = {interval("18:00", "06:00")};
    hours.holidays = {{day("2026-12-25"), "One", {}, {}}, {day("2026-12-25"), "Two", {}, {}}};
    std::vector<std::string> pointers;
    for (auto const& one : faults_of(hours, "")) pointers.push_back(one.pointer);
    EXPECT_THAT(pointers, ElementsAre("/zone", "/week/monday", "/week/monday", "/week/sunday/0", "/holidays/1/date"));
    Day none;
    EXPECT_FALSE(from_text("2026-02-30", none));
    TimeOfDay time;
    EXPECT_FALSE(from_text("24:01", time));
    EXPECT_TRUE(from_text("24:00", time));
}

std::string ics(std::string const& events) {
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test\r\n" + events + "END:VCALENDAR\r\n";
}
std::string event(std::string const& lines) { return "BEGIN:VEVENT\r\nUID:1\r\n" + lines + "END:VEVENT\r\n"; }

TEST(HolidayFiles, give_days_series_and_days_of_every_year) {
    auto const found = holidays_from(
        ics(event("SUMMARY:Ferragosto\r\nDTSTART;VALUE=DATE:20260815\r\nRRULE:FREQ=YEARLY\r\n") +
            event("SUMMARY:Bridge\r\nDTSTART;VALUE=DATE:20261207\r\nDTEND;VALUE=DATE:20261209\r\n") +
            event("SUMMARY:Past\r\nDTSTART;VALUE=DATE:20200101\r\n") +
            event("SUMMARY:Meeting\r\nDTSTART:20261207T090000Z\r\n") +
            event(
                "SUMMARY:Labour Day\r\nDTSTART;VALUE=DATE:20250901\r\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=1MO;COUNT=4\r\n"
                "EXDATE;VALUE=DATE:20270906\r\n")),
        day("2026-01-01"));
    ASSERT_TRUE(found);
    std::vector<std::string> told;
    for (auto const& one : found->found)
        told.push_back(to_text(one.date) + ' ' + one.name + (one.yearly.value_or(false) ? " yearly" : ""));
    EXPECT_THAT(told, ElementsAre("2026-08-15 Ferragosto yearly", "2026-09-07 Labour Day", "2026-12-07 Bridge",
                                  "2026-12-08 Bridge", "2028-09-04 Labour Day"));
    EXPECT_THAT(found->skipped, ElementsAre("Meeting is no whole day"));
}

TEST(HolidayFiles, that_are_bombs_or_nothing_cost_little) {
    EXPECT_EQ(holidays_from("hello", day("2026-01-01")).error().code, "ical_syntax");
    EXPECT_EQ(holidays_from(std::string(2 << 20, 'x'), day("2026-01-01")).error().code, "too_large");
    std::string deep;
    for (int i = 0; i < 60'000; ++i) deep += "BEGIN:VCALENDAR\r\n";
    EXPECT_EQ(holidays_from(deep, day("2026-01-01")).error().code, "ical_syntax");
    auto const endless =
        holidays_from(ics(event("SUMMARY:All\r\nDTSTART;VALUE=DATE:19700101\r\nRRULE:FREQ=DAILY\r\n") +
                          event("SUMMARY:Secondly\r\nDTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=SECONDLY\r\n")),
                      day("1970-01-01"));
    ASSERT_TRUE(endless);
    EXPECT_THAT(endless->found, SizeIs(most_holidays));
    EXPECT_THAT(endless->skipped, ElementsAre(HasSubstr("Secondly")));
    std::string const long_name(900'000, 'x');  // whoever shortens it letter by letter never ends
    auto const named =
        holidays_from(ics(event("SUMMARY:" + long_name + "\r\nDTSTART;VALUE=DATE:20260101\r\n")), day("2026-01-01"));
    ASSERT_TRUE(named);
    EXPECT_EQ(named->found.at(0).name, std::string(200, 'x'));
    EXPECT_THAT(holidays_from(ics(event("SUMMARY:\xff\xfe\r\n")), day("2026-01-01"))->found, IsEmpty());
}

}  // namespace
}  // namespace rapport::conversation::sla
