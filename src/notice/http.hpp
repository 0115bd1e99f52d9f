// The module's routes: the API, and the pages where customers answer (/n/{token}/…).
#pragma once

#include "net/route.hpp"
#include "notice/notice.hpp"

namespace rapport::notice {

net::Routes routes(Notices& notices);
net::Routes answer_routes(Notices& notices);

}  // namespace rapport::notice
