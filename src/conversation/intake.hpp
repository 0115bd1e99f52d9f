// What mails that arrive and mails that were brought in have in common. Internal to the module.
#pragma once

#include "conversation/reading.hpp"
#include "conversation/rows.hpp"

namespace rapport::conversation {

// What is the same in all copies of one mail, whatever traces each has got on its way: a keyed digest, so that it says
// nothing about words that were erased. Empty: copies of it cannot be told.
std::string essence_of(Office const& office, post::Arrived const& mail);
// `trouble`: why it could not be read, or not whole.
Reading reading_of(post::Arrived const& mail, std::string& trouble);
Words words_from(Reading const& reading);
// Its files are sealed, and go with the message.
void take_pieces(Office const& office, Reading& reading, PreparedMessage& message);
// "mailbox", "agent". From is what anybody may write: whoever says to be one of us is believed nothing.
std::optional<std::string> claim_of(store::Reader& reader, Reading const& mail);
// A mailbox's address, whatever follows its plus sign, or an agent's.
bool is_ours(store::Reader& reader, EmailAddress const& address);

}  // namespace rapport::conversation
