// A Stamper that asks any RFC 3161 authority over HTTP. Apart from stamping.hpp, so that verbs do not see the network.
#pragma once

#include "evidence/stamping.hpp"
#include "net/client.hpp"

namespace rapport::evidence {

// `client` outlives it. A token is taken only if it is about our imprint and nonce and its chain ends in `trust`.
Stamper http_stamper(net::HttpClient& client, std::string url, std::shared_ptr<Trust const> trust);

}  // namespace rapport::evidence
