// The routes of deliveries: the API (/v1/files, /v1/deliveries), the recipient's pick-up pages (/p/{token}), and the
// public verification entries (/v/{token}).
#pragma once

#include "delivery/delivery.hpp"
#include "net/route.hpp"

namespace rapport::delivery {

// For evidence of what the agent behind a request sends.
Task<Sender> sender_of(store::Store& store, net::Request& request);

net::Routes routes(Deliveries& deliveries);  // all of the following
net::Routes api_routes(Deliveries& deliveries);
net::Routes pickup_routes(Deliveries& deliveries);
net::Routes entry_routes(Deliveries& deliveries);

}  // namespace rapport::delivery
