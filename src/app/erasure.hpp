// Erasing what is held of a conversation, or of a person, in every module that holds something.
#pragma once

#include "app/house.hpp"
#include "net/net.hpp"

namespace rapport::app {

// `house` outlives them.
net::Routes erasure_routes(House& house);

}  // namespace rapport::app
