// Routes of what came back: /v1/suppressions, /v1/bounces, /v1/inbound.
#pragma once

#include "net/net.hpp"
#include "post/bounce.hpp"

namespace rapport::post {

struct ReturnsDesk {
    Inbound& inbound;
    store::Store& store;
};
// `desk` outlives the server.
net::Routes routes(ReturnsDesk& desk);

// RFC 4180, with a header line. A cell that a spreadsheet would take for a formula begins with an apostrophe.
std::string to_csv(std::vector<Suppression> const& list);

}  // namespace rapport::post
