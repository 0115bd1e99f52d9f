// The module's routes: the API, and the pages where customers answer (/n/{token}/…).
#pragma once

#include "net/route.hpp"
#include "notice/bulk.hpp"
#include "notice/notice.hpp"
#include "notice/schedule.hpp"

namespace rapport::notice {

net::Routes routes(Notices& notices);
net::Routes bulk_routes(Bulks& bulks);
net::Routes schedule_routes(Schedules& schedules);
net::Routes answer_routes(Notices& notices);

}  // namespace rapport::notice
