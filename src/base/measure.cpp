// The process's instruments; see measure.hpp.
#include "base/measure.hpp"

namespace rapport::measure {

Histogram<commit_bounds.size()> commit_seconds{commit_bounds};
Histogram<group_bounds.size()> group_functions{group_bounds, 1};
Gauge waiting_functions;
std::array<Counter, 4> attempts;
std::array<Counter, 4> log_lines;

namespace {
constexpr std::array<std::string_view, 4> kinds{"letters", "audit", "inbound", "other"};
std::array<Counter, 4> removed;
}  // namespace

Counter& removed_by_retention(std::string_view kind) {
    for (std::size_t i = 0; i + 1 < kinds.size(); ++i)
        if (kinds[i] == kind) return removed[i];
    return removed.back();
}

std::array<RemovedKind, 4> removed_by_retention() {
    std::array<RemovedKind, 4> out{};
    for (std::size_t i = 0; i < kinds.size(); ++i) out[i] = {kinds[i], removed[i].value()};
    return out;
}

}  // namespace rapport::measure
