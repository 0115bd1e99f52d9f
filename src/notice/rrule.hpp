// Recurrence rules (RFC 5545 §3.3.10), by libical, on the local clock: FREQ of HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY
// and the parts that go with them. Any thread.
#pragma once

#include <memory>
#include <vector>

#include "base/error.hpp"
#include "notice/zones.hpp"

namespace rapport::notice {

// What is wrong with the rule; empty if nothing is.
std::optional<FieldError> rule_fault(std::string_view rule, std::string_view pointer);

// The local times of a rule in order, at most `most` that are not before `from`; the first instance is `begins` where
// the rule has it. Bounded: a rule that gives nothing for 20,000 steps has no more.
std::vector<LocalTime> occurrences(std::string_view rule, LocalTime const& begins, LocalTime const& from,
                                   std::size_t most);

}  // namespace rapport::notice
