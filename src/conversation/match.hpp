// Which conversation a mail belongs to. It must bring what only participants were sent, and come from one who may bring
// it; what it says itself about its sender is no proof, and gets no further than that. Every answer has its reason.
#pragma once

#include "conversation/reading.hpp"
#include "conversation/rows.hpp"

namespace rapport::conversation {

struct Match {
    std::optional<ConversationId> conversation;
    MatchedBy by = MatchedBy::none;
    std::string why;                        // for people
    std::optional<ConversationId> perhaps;  // to be suggested: what it brought was right, who brought it was not
    std::string perhaps_why;
    std::optional<post::OutboxId> letter;  // of a notice that was answered
};

// `recipient`: of the envelope. `trusted`: the sender does not say to be one of us.
Match match(store::Reader& reader, Office const& office, Reading const& mail, std::string_view recipient, bool trusted);

}  // namespace rapport::conversation
