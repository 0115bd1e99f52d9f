// Rules that fields break, as codes for programs: consoles have them in the reader's language. A rule is an English
// sentence where it is checked; which code it has stands in one table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::net {

struct RuleCode {
    std::string_view code;
    std::string_view rule;  // * stands for what differs
};
std::span<RuleCode const> rule_codes();

struct CodedRule {
    std::string_view code;            // "other" where the rule is none of the table
    std::vector<std::string> values;  // what stands for each *
};
CodedRule coded(std::string_view rule);

// The table for docs/integrators/rules.md.
std::string rule_codes_as_markdown();

}  // namespace rapport::net
