// Routes of web chat.
#pragma once

#include "live/live.hpp"
#include "net/net.hpp"

namespace rapport::live {

// For the pages of the organisation's sites: /chat/….
net::Routes visitor_routes(Live& live);
// The part of it with which visitors become known.
net::Routes known_routes(Live& live);
// For agents and administrators.
net::Routes routes(Live& live);

}  // namespace rapport::live
