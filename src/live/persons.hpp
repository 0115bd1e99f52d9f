// What chats do when a person is split in two.
#pragma once

#include "live/live.hpp"

namespace rapport::live {

// Conversations of the customer's whose visitor has proven one of these addresses.
std::vector<conversation::ConversationId> threads_proven_by(store::Reader& reader, people::CustomerId customer,
                                                            std::vector<EmailAddress> const& addresses);
// Visitors who have proven one of them are the new customer; the moved conversations show on that one's devices, and on
// those of the old one no more.
void split_visitors(store::Tx& tx, people::CustomerId from, people::CustomerId to,
                    std::vector<EmailAddress> const& addresses, std::vector<conversation::ConversationId> const& moved);

}  // namespace rapport::live
