// Quiet hours by ICU's calendars, which know when each zone's clocks are changed.
#include "preferences/quiet_hours.hpp"

#include <unicode/gregocal.h>
#include <unicode/strenum.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <map>
#include <memory>

namespace rapport::preferences {
namespace {

using icu::UnicodeString;

constexpr int day_minutes = 24 * 60, week_minutes = 7 * day_minutes;

// A window that ends where another begins is followed by it: so often at most.
constexpr int most_steps = 400;

icu::GregorianCalendar& calendar_of(std::string_view zone) {
    thread_local std::map<std::string, std::unique_ptr<icu::GregorianCalendar>, std::less<>> all;
    auto found = all.find(zone);
    if (found == all.end()) {
        if (all.size() > 512) all.clear();
        UErrorCode status = U_ZERO_ERROR;
        auto made = std::make_unique<icu::GregorianCalendar>(
            icu::TimeZone::createTimeZone(UnicodeString::fromUTF8(std::string(zone))), status);
        if (U_FAILURE(status)) throw std::runtime_error("ICU makes no calendar");
        made->setSkippedWallTimeOption(UCAL_WALLTIME_NEXT_VALID);
        found = all.emplace(std::string(zone), std::move(made)).first;
    }
    return *found->second;
}

// What a calendar on the wall and the clock beside it show.
struct Wall {
    int year = 0, month = 0, date = 0;
    int weekday = 0;  // Monday is 0
    int minutes = 0;
};

Wall wall_at(icu::GregorianCalendar& calendar, Time time) {
    UErrorCode status = U_ZERO_ERROR;
    calendar.setTime(
        static_cast<double>(std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count()), status);
    auto const field = [&](UCalendarDateFields name) { return static_cast<int>(calendar.get(name, status)); };
    Wall wall{field(UCAL_EXTENDED_YEAR), field(UCAL_MONTH), field(UCAL_DATE), (field(UCAL_DAY_OF_WEEK) + 5) % 7,
              field(UCAL_HOUR_OF_DAY) * 60 + field(UCAL_MINUTE)};
    if (U_FAILURE(status)) throw std::runtime_error("ICU reads no time");
    return wall;
}

Time instant_of(icu::GregorianCalendar& calendar, Wall const& day, int days_later, int minutes, Time after) {
    auto const as = [&](UCalendarWallTimeOption repeated) {
        UErrorCode status = U_ZERO_ERROR;
        calendar.clear();
        calendar.setRepeatedWallTimeOption(repeated);
        calendar.set(UCAL_EXTENDED_YEAR, day.year);
        calendar.set(UCAL_MONTH, day.month);
        calendar.set(UCAL_DATE, day.date + days_later);
        calendar.set(UCAL_HOUR_OF_DAY, minutes / 60);
        calendar.set(UCAL_MINUTE, minutes % 60);
        auto const at = calendar.getTime(status);
        if (U_FAILURE(status)) throw std::runtime_error("ICU finds no such time");
        return Time(std::chrono::milliseconds(static_cast<std::int64_t>(at)));
    };
    auto const first = as(UCAL_WALLTIME_FIRST);
    return first > after ? first : as(UCAL_WALLTIME_LAST);
}

bool begins_on(QuietWindow const& window, int weekday) {
    return window.days.empty() || std::ranges::find(window.days, static_cast<Day>(weekday)) != window.days.end();
}

// When the window that `wall` lies in ends; nothing if it lies outside.
std::optional<Time> end_of(QuietWindow const& window, icu::GregorianCalendar& calendar, Wall const& wall, Time at) {
    bool const overnight = window.until <= window.from;
    if (begins_on(window, wall.weekday) && wall.minutes >= window.from.minutes &&
        (overnight || wall.minutes < window.until.minutes))
        return instant_of(calendar, wall, overnight ? 1 : 0, window.until.minutes, at);
    if (overnight && begins_on(window, (wall.weekday + 6) % 7) && wall.minutes < window.until.minutes)
        return instant_of(calendar, wall, 0, window.until.minutes, at);
    return std::nullopt;
}

int free_minutes(QuietHours const& hours) {
    std::bitset<week_minutes> quiet;
    for (auto const& window : hours)
        for (int day = 0; day < 7; ++day) {
            if (!begins_on(window, day)) continue;
            int const length = (window.until.minutes - window.from.minutes + day_minutes) % day_minutes;
            for (int i = 0; i < length; ++i)
                quiet.set(static_cast<std::size_t>((day * day_minutes + window.from.minutes + i) % week_minutes));
        }
    return week_minutes - static_cast<int>(quiet.count());
}

}  // namespace

bool from_text(std::string_view text, TimeOfDay& time) {
    auto const digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return false;
    int const hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    if (hour > 23 || minute > 59) return false;
    time.minutes = hour * 60 + minute;
    return true;
}

std::string to_text(TimeOfDay time) {
    auto const two = [](int n) {
        return std::string{static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
    };
    return two(time.minutes / 60) + ':' + two(time.minutes % 60);
}

std::vector<FieldError> faults_of(QuietHours const& hours, std::string const& pointer) {
    std::vector<FieldError> faults;
    if (hours.size() > most_windows)
        return {{pointer, "must hold at most " + std::to_string(most_windows) + " windows", "join some of them"}};
    for (std::size_t i = 0; i < hours.size(); ++i) {
        auto const here = pointer + '/' + std::to_string(i);
        auto days = hours[i].days;
        std::ranges::sort(days);
        if (std::ranges::adjacent_find(days) != days.end())
            faults.push_back({here + "/days", "must not name a day twice", "remove the repetition"});
        if (hours[i].from == hours[i].until)
            faults.push_back({here + "/until", "must differ from the beginning", "choose another end"});
    }
    if (faults.empty() && free_minutes(hours) < least_free_hours * 60)
        faults.push_back({pointer, "must leave at least " + std::to_string(least_free_hours) + " hours of a week",
                          "shorten a window, or pause instead (paused_until)"});
    return faults;
}

std::optional<Time> quiet_until(QuietHours const& hours, std::string_view zone, Time due) {
    if (hours.empty()) return std::nullopt;
    auto& calendar = calendar_of(zone);
    auto at = due;
    for (int step = 0; step < most_steps; ++step) {
        auto const wall = wall_at(calendar, at);
        std::optional<Time> end;
        for (auto const& window : hours)
            if (auto const ends = end_of(window, calendar, wall, at); ends && (!end || *ends > *end)) end = ends;
        if (!end) break;
        at = *end;
    }
    return at == due ? std::nullopt : std::optional(at);
}

std::optional<Time> start_of_day(std::string_view zone, std::string_view day) {
    int year = 0;
    unsigned month = 0, date = 0;
    auto const number = [&](std::size_t at, std::size_t size, auto& out) {
        auto const [end, error] = std::from_chars(day.data() + at, day.data() + at + size, out);
        return error == std::errc() && end == day.data() + at + size;
    };
    if (day.size() != 10 || day[4] != '-' || day[7] != '-' || !number(0, 4, year) || !number(5, 2, month) ||
        !number(8, 2, date) || !(std::chrono::year(year) / month / date).ok())
        return std::nullopt;
    Wall const wall{year, static_cast<int>(month) - 1, static_cast<int>(date), 0, 0};
    return instant_of(calendar_of(zone), wall, 0, 0, Time::min());
}

std::string day_until(std::string_view zone, Time time) {
    auto& calendar = calendar_of(zone);
    auto const wall = wall_at(calendar, time);
    auto const day = std::chrono::sys_days(std::chrono::year(wall.year) / (wall.month + 1) / wall.date) +
                     std::chrono::days(wall.minutes > 0 ? 1 : 0);
    return to_text(Time(day)).substr(0, 10);
}

std::vector<std::string> const& time_zones() {
    static auto const all = [] {
        std::vector<std::string> names;
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::StringEnumeration> const zones(
            icu::TimeZone::createTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, nullptr, nullptr, status));
        if (U_FAILURE(status)) throw std::runtime_error("ICU lists no zones");
        while (auto const* zone = zones->snext(status)) {
            std::string name;
            zone->toUTF8String(name);
            names.push_back(std::move(name));
        }
        std::ranges::sort(names);
        return names;
    }();
    return all;
}

}  // namespace rapport::preferences
