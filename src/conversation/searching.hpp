// What conversations offer to be found: their messages. Words are looked for in the index; what changes often (states,
// assignees, labels …) is looked up here, so that no filter is ever behind.
#pragma once

#include <span>

#include "conversation/wire.hpp"
#include "search/keeper.hpp"

namespace rapport::conversation {

search::Shelf message_shelf(Office const& office);

// Filters beside from:, to:, subject:, before: and after:.
std::span<std::string_view const> search_filters();

// Newest message first, each conversation once. Codes: invalid_fields (what to do instead), bad_cursor. Bounded: after
// a while it stops with a cursor to go on from. An index that is damaged is reported, and made anew.
Expected<ConversationPage> search_conversations(store::Reader& reader, Office const& office, Actor const& viewer,
                                                Searching const& searching, ConversationQuery const& query);

}  // namespace rapport::conversation
