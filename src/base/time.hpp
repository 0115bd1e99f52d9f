// Instants in UTC with microseconds. Verbs never ask the clock: `now` comes from the caller.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rapport {

using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

// Where the edges get `now` from; tests put their own in.
using Clock = std::function<Time()>;
Time system_now();

// RFC 3339 in UTC, "2026-11-21T09:30:00.000000Z"; the fraction is left out where it is zero.
std::string to_text(Time time);
// Any RFC 3339 instant (also with an offset); empty if it is not one.
std::optional<Time> time_from_text(std::string_view text);

inline std::int64_t micros(Time time) { return time.time_since_epoch().count(); }
inline Time time_from_micros(std::int64_t us) { return Time(Duration(us)); }

}  // namespace rapport
