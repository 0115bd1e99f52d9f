// Drawing: from what a page shows to its HTML. Everything that people wrote is escaped; no script. Internal to the
// module.
#pragma once

#include "knowledge/reading/look.hpp"

namespace rapport::knowledge {

struct Frame {
    std::string organisation, public_url;
};
std::string draw(View const& view, Frame const& frame);
// The page after an answer: `step` is "why" (what was missing) or "thanks".
std::string draw_feedback(View const& view, Frame const& frame, std::string_view step);
// Words of the catalogue as plain text.
std::string say(Locale locale, std::string_view key, json::Object const& values = {});

}  // namespace rapport::knowledge
