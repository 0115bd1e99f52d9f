// Routes of webhooks.
#pragma once

#include "net/route.hpp"

namespace rapport::webhooks {
class Webhooks;
net::Routes routes(Webhooks& webhooks);
}  // namespace rapport::webhooks
