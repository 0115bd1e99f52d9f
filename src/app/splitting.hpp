// Splitting a person in two: in every module that knows by which address something came.
#pragma once

#include "app/house.hpp"
#include "net/net.hpp"

namespace rapport::app {

// `house` outlives them.
net::Routes splitting_routes(House& house);

}  // namespace rapport::app
