// A permission of rows that pages of other sites may call, without cookies and without signing in (Fetch §3.2). Who
// they are, and whether they are heard, the handler says: by the Origin and by what the request carries.
#pragma once

#include "net/viewer.hpp"

namespace rapport::net {

inline constexpr Permission any_site{"any_site"};

}  // namespace rapport::net
