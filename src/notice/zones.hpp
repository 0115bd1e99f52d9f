// Local times of IANA time zones, by ICU. Years 1970 to 2200; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rapport::notice {

struct LocalTime {
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
    auto operator<=>(LocalTime const&) const = default;
};

bool is_zone(std::string_view zone);  // "Europe/Rome", "UTC"

LocalTime local_of(Time at, std::string const& zone);
int weekday_of(LocalTime const& local);  // 0: Monday
LocalTime days_later(LocalTime const& local, int days);

// An instant of a local time. Where clocks are put back, it exists twice: the first one is meant (RFC 5545 §3.3.5).
// Where they are put forward over it, it does not exist: the offset before the gap is meant, so 02:30 is 03:30.
struct Resolved {
    enum class Is : std::uint8_t { plain, in_gap, twice } is = Is::plain;
    Time at{};
};
Resolved resolve(LocalTime const& local, std::string const& zone);

// "2027-03-28T03:30:00+02:00"
std::string local_text(Time at, std::string const& zone);
// "2026-12-01T09:00" or with seconds; empty if it is no such date and time.
std::optional<LocalTime> local_from_text(std::string_view text);
std::string text_of(LocalTime const& local);  // "2026-12-01T09:00:00"

}  // namespace rapport::notice
