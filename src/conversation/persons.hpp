// What conversations do when a person is split in two.
#pragma once

#include "conversation/conversation.hpp"

namespace rapport::conversation {

struct SplitPerson {
    CustomerId from, to;
    std::vector<EmailAddress> gone, left;  // addresses of the new record, and of the one that stays
    std::vector<ConversationId> proven;    // that whoever has one of `gone` was proven to have written in
};
struct SplitConversations {
    std::vector<ConversationId> moved;
    std::vector<ConversationId> left;  // where both took part, or an address of neither: nobody knows whose they are
};
inline constexpr std::size_t most_split_conversations = 2'000;

// Conversations where, of all addresses of the person, only such take part that go: they are the new record's, with
// their messages and ratings. In others, messages that came from an address that goes are theirs. Publishes
// conversation.customer_changed. Code too_many_conversations.
Expected<SplitConversations> split_person(store::Tx& tx, Act const& act, SplitPerson const& wanted);

}  // namespace rapport::conversation
