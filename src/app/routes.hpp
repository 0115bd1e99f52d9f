// The route table of the whole program, and the few routes that belong to no module: health, the OpenAPI document, the
// front door, the own time-stamping authority.
#pragma once

#include <memory>

#include "app/house.hpp"
#include "net/server.hpp"

namespace rapport::app {

// `is_demo` adds the mail sink's pages and the own time-stamping authority over HTTP.
net::Routes routes(House& house, bool is_demo);

net::Routes settings_routes(House& house);
net::Routes provider_routes(House& house);  // agents sign in through identity providers

// The console under /console/, from the program itself.
void serve_web(net::Server& server);

// Job: removes blob files that nothing refers to, once an hour.
Task<> sweep_blobs(House& house, net::Stop stop);

}  // namespace rapport::app
