// What a translation goes through. The table is the whole truth: docs/users/knowledge.md prints it, a test walks it.
#pragma once

#include <optional>

#include "knowledge/wire.hpp"

namespace rapport::knowledge {

enum class TextVerb : std::uint8_t {
    save,     // the draft was changed
    hand_in,  // somebody is asked to look at it
    return_,  // it needs more work
    approve,
    schedule,
    unschedule,  // its approval stays
    recall,      // a schedule is taken off a text that nobody approved
    publish,
    withdraw,
    show,     // what was withdrawn is shown again, unchanged
    discard,  // the draft becomes what is published
    drop,     // the same, of what readers do not see
};
BOOST_DESCRIBE_ENUM(TextVerb, save, hand_in, return_, approve, schedule, unschedule, recall, publish, withdraw, show,
                    discard, drop)

struct TextStep {
    TranslationState from;
    TextVerb verb;
    TranslationState to;
};
inline constexpr TextStep text_steps[] = {
    {TranslationState::draft, TextVerb::save, TranslationState::draft},
    {TranslationState::draft, TextVerb::hand_in, TranslationState::in_review},
    {TranslationState::draft, TextVerb::schedule, TranslationState::scheduled},
    {TranslationState::draft, TextVerb::publish, TranslationState::published},
    {TranslationState::draft, TextVerb::discard, TranslationState::published},
    {TranslationState::draft, TextVerb::drop, TranslationState::withdrawn},
    {TranslationState::draft, TextVerb::withdraw, TranslationState::draft},
    {TranslationState::in_review, TextVerb::save, TranslationState::draft},
    {TranslationState::in_review, TextVerb::return_, TranslationState::draft},
    {TranslationState::in_review, TextVerb::approve, TranslationState::approved},
    {TranslationState::in_review, TextVerb::schedule, TranslationState::scheduled},
    {TranslationState::in_review, TextVerb::publish, TranslationState::published},
    {TranslationState::in_review, TextVerb::discard, TranslationState::published},
    {TranslationState::in_review, TextVerb::drop, TranslationState::withdrawn},
    {TranslationState::in_review, TextVerb::withdraw, TranslationState::in_review},
    {TranslationState::approved, TextVerb::save, TranslationState::draft},
    {TranslationState::approved, TextVerb::return_, TranslationState::draft},
    {TranslationState::approved, TextVerb::schedule, TranslationState::scheduled},
    {TranslationState::approved, TextVerb::publish, TranslationState::published},
    {TranslationState::approved, TextVerb::discard, TranslationState::published},
    {TranslationState::approved, TextVerb::drop, TranslationState::withdrawn},
    {TranslationState::approved, TextVerb::withdraw, TranslationState::approved},
    {TranslationState::scheduled, TextVerb::save, TranslationState::draft},
    {TranslationState::scheduled, TextVerb::schedule, TranslationState::scheduled},
    {TranslationState::scheduled, TextVerb::unschedule, TranslationState::approved},
    {TranslationState::scheduled, TextVerb::recall, TranslationState::draft},
    {TranslationState::scheduled, TextVerb::publish, TranslationState::published},
    {TranslationState::scheduled, TextVerb::discard, TranslationState::published},
    {TranslationState::scheduled, TextVerb::drop, TranslationState::withdrawn},
    {TranslationState::published, TextVerb::save, TranslationState::draft},
    {TranslationState::published, TextVerb::withdraw, TranslationState::withdrawn},
    {TranslationState::withdrawn, TextVerb::save, TranslationState::draft},
    {TranslationState::withdrawn, TextVerb::show, TranslationState::published},
};

constexpr std::optional<TranslationState> step(TranslationState from, TextVerb verb) {
    for (auto const& row : text_steps)
        if (row.from == from && row.verb == verb) return row.to;
    return std::nullopt;
}

}  // namespace rapport::knowledge
