// Codes of the rules that rows break (net/rule_codes.hpp). Internal to the module.
#pragma once

#include <vector>

#include "notice/bulk_wire.hpp"

namespace rapport::notice {

// Fills in code and values of each fault.
void add_codes(std::vector<RowFault>& faults);

}  // namespace rapport::notice
