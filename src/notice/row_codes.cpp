// Codes are not stored: rows of earlier versions get them, too.
#include "notice/row_codes.hpp"

#include "net/rule_codes.hpp"

namespace rapport::notice {

void add_codes(std::vector<RowFault>& faults) {
    for (auto& fault : faults) {
        auto coded = net::coded(fault.rule);
        fault.code = coded.code;
        fault.values = std::move(coded.values);
    }
}

}  // namespace rapport::notice
