// What deliveries offer to be found: subject, recipient, reference, names of files; not their text.
#pragma once

#include "delivery/delivery.hpp"
#include "search/keeper.hpp"

namespace rapport::delivery {

search::Shelf delivery_shelf(Office const& office);

}  // namespace rapport::delivery
