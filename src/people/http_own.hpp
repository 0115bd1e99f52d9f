// Inside people: the routes of signing in and of one's own account.
#pragma once

#include "people/access.hpp"

namespace rapport::people {
net::Routes own_routes(Access& access);
net::Routes identity_routes(Access& access);
net::Routes merge_routes(Access& access);
net::Routes team_routes(Access& access);
}  // namespace rapport::people
