// The drafts of one agent in one conversation.
#pragma once

#include "conversation/wire.hpp"

namespace rapport::conversation {

// One of each kind at most; none is no error. Codes: agents_only, not_found: there is no such conversation.
Expected<std::vector<DraftView>> drafts_of(store::Reader& reader, Office const& office, Actor const& viewer,
                                           ConversationId id);

}  // namespace rapport::conversation
