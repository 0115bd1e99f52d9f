// Which network a request comes from, for limits: what one customer of a provider has. Any thread.
#pragma once

#include <string>

#include "net/crowd.hpp"
#include "net/request.hpp"

namespace rapport::net {

// IPv6 by /64.
inline std::string network_of(Request const& request) {
    boost::system::error_code none;
    auto const address = boost::asio::ip::make_address(request.remote_address(), none);
    return none ? request.remote_address() : std::to_string(Crowd::network_of(address));
}

}  // namespace rapport::net
