// The demo sink's page and API. Only a demo has these routes: they show every mail to anyone.
#pragma once

#include "net/net.hpp"
#include "store/store.hpp"

namespace rapport::channels::email {

net::Routes sink_routes(store::Store& store);

}  // namespace rapport::channels::email
