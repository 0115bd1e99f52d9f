// Routes of the desk.
#pragma once

#include "net/net.hpp"

namespace rapport::desk {
class Desk;
struct Who;
net::Routes routes(Desk& desk);
net::Routes mention_routes(Desk& desk);
net::Routes rule_routes(Desk& desk);
net::Routes view_routes(Desk& desk);  // with attributes and segments

Who who_of(net::Request& http);
}  // namespace rapport::desk
