// Look-ups in the table of events (EN 319 522-1 §6.2).
#include <algorithm>

#include "evidence/evidence.hpp"

namespace rapport::evidence {
namespace {

// The table is indexed by the enumeration.
consteval bool in_order() {
    for (std::size_t i = 0; i < events.size(); ++i)
        if (events[i].code != static_cast<EventCode>(i)) return false;
    return true;
}
static_assert(in_order());

std::optional<EventCode> find(std::string_view EventInfo::* member, std::string_view value) {
    auto const found = std::ranges::find(events, value, member);
    return found == events.end() ? std::nullopt : std::optional(found->code);
}

}  // namespace

std::optional<EventCode> event_from_label(std::string_view label) { return find(&EventInfo::label, label); }
std::optional<EventCode> event_from_uri(std::string_view uri) { return find(&EventInfo::uri, uri); }

}  // namespace rapport::evidence
