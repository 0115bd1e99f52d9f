// Holidays out of an iCalendar (RFC 5545), by libical: events of whole days, those that repeat, too. Bounded in size,
// nesting, events and repetitions. Any thread.
#pragma once

#include "conversation/sla/calendar.hpp"

namespace rapport::conversation::sla {

inline constexpr std::size_t most_ical_octets = 1 << 20;

struct Holidays {
    std::vector<Holiday> found;        // by day, each day once
    std::vector<std::string> skipped;  // for people, at most 20: which event, and why
};

// Events that repeat each year on their day are `yearly`; others that repeat are told day by day, from `from` on, for
// ten years. Codes: ical_syntax, too_large.
Expected<Holidays> holidays_from(std::string_view text, Day from);

}  // namespace rapport::conversation::sla
