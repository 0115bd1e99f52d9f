// Rules that rows break, as words for programs: consoles have them in the reader's language. Internal to the module.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "notice/bulk_wire.hpp"

namespace rapport::notice {

struct RuleCode {
    std::string_view code;
    std::string_view rule;  // * stands for what differs from row to row
};
std::span<RuleCode const> rule_codes();

// Fills in code and values of each fault; "other" where the rule is none of ours.
void add_codes(std::vector<RowFault>& faults);

}  // namespace rapport::notice
