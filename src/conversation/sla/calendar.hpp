// Business hours: intervals of each weekday on the local clock of a zone, holidays, and arithmetic over them. Open are
// the instants whose local time lies in an interval of its local day: where clocks are put back, an hour that comes
// twice counts twice, and one that is left out does not count. Pure; any thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "templates/offsets.hpp"

namespace rapport::conversation::sla {

using rapport::from_text;
using rapport::to_text;

// A day of a calendar on the wall: "2026-12-25".
struct Day {
    std::chrono::sys_days value{};
    auto operator<=>(Day const&) const = default;
};
bool from_text(std::string_view text, Day& day);  // 1970 to 2199
std::string to_text(Day day);

// "09:00"; "24:00" is the end of the day.
struct TimeOfDay {
    int minute = 0;
    auto operator<=>(TimeOfDay const&) const = default;
};
bool from_text(std::string_view text, TimeOfDay& time);
std::string to_text(TimeOfDay time);

struct Interval {
    TimeOfDay from, to;  // `to` is not in it
    bool operator==(Interval const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Interval, (), (from, to))

struct Week {
    std::vector<Interval> monday, tuesday, wednesday, thursday, friday, saturday, sunday;
    bool operator==(Week const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Week, (), (monday, tuesday, wednesday, thursday, friday, saturday, sunday))

struct Holiday {
    Day date;
    std::string name;
    std::optional<bool> yearly;  // on this day of every year
    std::vector<Interval> open;  // none: closed all day
    bool operator==(Holiday const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Holiday, (), (date, name, yearly, open))

struct Hours {
    std::string zone;  // IANA: "Europe/Rome"
    Week week;
    std::vector<Holiday> holidays;
    bool operator==(Hours const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Hours, (), (zone, week, holidays))

inline constexpr std::size_t most_intervals = 12;  // of a day
inline constexpr std::size_t most_holidays = 2000;
// After so long without the hours that are wanted, there are none.
inline constexpr std::chrono::days horizon{366 * 5};

// What is wrong with them, at most 20 findings; pointers begin with `at`.
std::vector<FieldError> faults_of(Hours const& hours, std::string const& at);
// In order, touching ones made one; holidays by day.
Hours tidied(Hours hours);

class Calendar {
  public:
    // Hours without faults.
    explicit Calendar(Hours const& hours);
    // Always open.
    Calendar();

    struct Span {
        Time from{}, to{};  // `to` is not in it
        bool operator==(Span const&) const = default;
    };

    bool is_open(Time at) const;
    // `at`, if it is open then; nothing, if it does not open within the horizon.
    std::optional<Time> next_opening(Time at) const;
    // How much of [from, to) is open.
    Duration open_time(Time from, Time to) const;
    // The first instant until which `wanted` of open time has passed since `from`; nothing: not within the horizon.
    std::optional<Time> add_open_time(Time from, Duration wanted) const;
    // In order, touching ones made one; at most `most`.
    std::vector<Span> open_spans(Time from, Time to, std::size_t most) const;

  private:
    using Take = std::function<bool(Span const&)>;  // false: enough
    void each_open(Time from, Time to, Take const& take) const;
    std::vector<Interval> const& intervals_of(std::chrono::sys_days day) const;

    std::shared_ptr<templates::Offsets const> offsets_;  // none: always open
    std::vector<Interval> week_[7];                      // Monday first
    std::map<std::chrono::sys_days, std::vector<Interval>> days_;
    std::map<unsigned, std::vector<Interval>> yearly_;  // by month * 100 + day
};

}  // namespace rapport::conversation::sla

template <>
struct rapport::json::TextRule<rapport::conversation::sla::Day> {
    static std::string rule() { return "a date like 2026-12-25, from 1970 to 2199"; }
};
template <>
struct rapport::json::TextRule<rapport::conversation::sla::TimeOfDay> {
    static std::string rule() { return "a time of day like 09:00; 24:00 is the end of the day"; }
};
