// Visitors of what is erased: names, addresses and tokens go.
#pragma once

#include "live/live.hpp"

namespace rapport::live {

// Whoever wrote in these conversations alone is not known any more: their browser begins anew.
void erase_visitors(store::Tx& tx, store::Blobs const& blobs,
                    std::vector<conversation::ConversationId> const& conversations, Time now);
// All browsers of a customer.
void erase_visitors_of(store::Tx& tx, store::Blobs const& blobs, people::CustomerId customer, Time now);

}  // namespace rapport::live
