// Visitors of what is erased: names, addresses and tokens go.
#pragma once

#include "live/live.hpp"

namespace rapport::live {

// Whoever wrote in these conversations alone is not known any more: their browser begins anew.
void erase_visitors(store::Tx& tx, std::vector<conversation::ConversationId> const& conversations);
// All browsers of a customer.
void erase_visitors_of(store::Tx& tx, people::CustomerId customer);

}  // namespace rapport::live
