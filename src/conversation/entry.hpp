// The inner step of every channel: one message goes into one conversation. Internal to the module.
#pragma once

#include <functional>

#include "conversation/rows.hpp"

namespace rapport::conversation {

// A message that came in, with everything decided but its place.
struct Entry {
    PreparedMessage const& message;
    Time at{};
    MailboxId mailbox;  // shows it
    std::optional<CustomerId> customer;
    std::string name;  // for lists; empty: the one they have stays
    std::string preview;
    MatchedBy by = MatchedBy::none;
    std::string why = {};
    std::optional<std::string> claims = {};
    // Who takes part from now on; the author among them.
    std::function<std::optional<ParticipantId>(ConversationId)> take_part = {};
};

// Metrics are of episodes: a thank-you weeks later is no part of what was resolved.
bool is_past(Office const& office, ConversationRow const& row, bool automatic, Time at);
// `before` under lock_row(). State by the table, cover, row, placement; publishes message.received.
void add_message(store::Tx& tx, Office const& office, ConversationRow const& before, Entry const& entry);

}  // namespace rapport::conversation
