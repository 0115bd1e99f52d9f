// From the configuration to the ways in which people prove who they are.
#pragma once

#include <memory>

#include "app/config.hpp"
#include "delivery/ways.hpp"
#include "net/client.hpp"

namespace rapport::app {

// Throws with a text for the operator when a file cannot be used.
std::shared_ptr<delivery::Ways const> ways_of(Config const& config, net::HttpClient& http);

// The lists of revoked certificates, renewed on the disk: from now on. What cannot be read is logged; the old stay.
void read_revocations_again(Config const& config, delivery::Ways const& ways);

// Configured for that use: "recipients", "agents".
bool is_for(Config const& config, std::string_view provider, std::string_view use);

}  // namespace rapport::app
