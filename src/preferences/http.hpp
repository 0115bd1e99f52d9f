// The module's routes: the API, and the public page /u/{token}.
#pragma once

#include "net/route.hpp"
#include "preferences/preferences.hpp"

namespace rapport::preferences {

net::Routes routes(Preferences& preferences);
net::Routes page_routes(Preferences& preferences);

}  // namespace rapport::preferences
