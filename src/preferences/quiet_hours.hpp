// Quiet hours: the times of a week when a customer wants no letters, as the clocks of their zone show them.
#pragma once

#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace rapport::preferences {

enum class Day : std::uint8_t { mon, tue, wed, thu, fri, sat, sun };
BOOST_DESCRIBE_ENUM(Day, mon, tue, wed, thu, fri, sat, sun)

// A time of the day on a clock: "22:30".
struct TimeOfDay {
    int minutes = 0;  // since midnight
    auto operator<=>(TimeOfDay const&) const = default;
};
using rapport::from_text;
using rapport::to_text;
bool from_text(std::string_view text, TimeOfDay& time);
std::string to_text(TimeOfDay time);

// Begins on each of `days` (none named: on every day) at `from`, and ends at the next `until`: where that is not later
// on the clock, on the day after.
struct QuietWindow {
    std::vector<Day> days;
    TimeOfDay from, until;
    bool operator==(QuietWindow const&) const = default;
};
BOOST_DESCRIBE_STRUCT(QuietWindow, (), (days, from, until))

using QuietHours = std::vector<QuietWindow>;
inline constexpr std::size_t most_windows = 28;
inline constexpr int least_free_hours = 7;  // of a week, so that every letter leaves some day

// Too many windows, a window of no length, a day named twice, a week that is all quiet.
std::vector<FieldError> faults_of(QuietHours const& hours, std::string const& pointer);

// When a letter that is due at `due` may leave: nothing if `due` is not within quiet hours. Where clocks are put
// forward, an end that they skip is the moment of the change; where they are put back, the first of the two moments
// that is still to come.
std::optional<Time> quiet_until(QuietHours const& hours, std::string_view zone, Time due);

// Days on a calendar, "2026-12-24", as the zone has them: the first moment of one (nothing if it is not a day), and the
// day of a moment; of one within a day, the day after, on which a pause until then ends.
std::optional<Time> start_of_day(std::string_view zone, std::string_view day);
std::string day_until(std::string_view zone, Time time);

// IANA names of zones that have a place, in alphabetical order: for a list to choose from.
std::vector<std::string> const& time_zones();

}  // namespace rapport::preferences

template <>
struct rapport::json::TextRule<rapport::preferences::TimeOfDay> {
    static std::string rule() { return "a time of the day like 22:30"; }
};
