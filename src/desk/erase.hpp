// What the desk holds of conversations and customers that are erased.
#pragma once

#include "desk/wire.hpp"

namespace rapport::desk {

// How actions found them, and why rules could not: nothing can be undone there any more.
void erase_runs(store::Tx& tx, std::vector<conversation::ConversationId> const& conversations);
// The customer's attributes, with their key.
bool erase_attributes(store::Tx& tx, people::CustomerId customer);

}  // namespace rapport::desk
