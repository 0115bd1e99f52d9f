// Routes of the knowledge base.
#pragma once

#include "knowledge/knowledge.hpp"
#include "net/net.hpp"

namespace rapport::knowledge {

net::Routes routes(Knowledge& knowledge);

}  // namespace rapport::knowledge
