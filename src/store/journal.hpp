// The journal's rows. Numbers are given at the commit under lock 1, which is held until the commit is visible: whoever
// sees a number sees every lower one. Internal to the store; modules use Tx::publish and Store::events_after.
#pragma once

#include <vector>

#include "store/tx.hpp"

namespace rapport::store {

// Numbers the events and writes them.
void write_events(Tx& tx, std::vector<Event>& events);

}  // namespace rapport::store
