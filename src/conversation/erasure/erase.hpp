// Erasing: keys are destroyed, so that words cannot be read any more wherever copies of them lie; addresses, names and
// raw mails go with them. Numbers, states and times stay: counters, clocks and the journal are as they were.
#pragma once

#include "conversation/conversation.hpp"

namespace rapport::conversation {

using ErasureReason = Text<1, 200>;  // for the audit log: no names, no content

struct ErasedConversations {
    std::vector<ConversationId> conversations;  // and those that were merged into them
    std::int64_t messages = 0, files = 0;
};

// With whatever was merged into it; of one that was merged into another, its own messages there. One that waited for
// somebody is over. Publishes conversation.erased; audited. Codes: not_found, content_erased.
Expected<ErasedConversations> erase_conversation(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                                                 std::string_view reason);
// What is left of the customer's: conversations of theirs.
std::vector<ConversationId> conversations_of(store::Reader& reader, CustomerId customer);
// Their own messages in conversations of others, that they took part there, and what they said of how they were helped.
std::int64_t erase_messages_of(store::Tx& tx, Office const& office, Act const& act, CustomerId customer,
                               std::vector<EmailAddress> const& addresses);

void check_erased(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::conversation
