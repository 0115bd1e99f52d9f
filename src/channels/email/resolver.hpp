// Where a domain's mail goes: MX hosts with their addresses (RFC 5321 §5.1), by libunbound on its own thread.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "channels/email/email.hpp"

namespace rapport::channels::email {

struct MxHost {
    std::string name;
    int preference = 0;
};

struct Route {
    std::vector<MxHost> hosts;  // in the order to be tried
    bool permanent = false;     // with no hosts: whether trying again makes sense
    std::string enhanced_status;
    std::string trouble;  // why there are no hosts
};

// Sorts by preference, shuffles equals, and drops ourselves with everything that is not better (loop avoidance).
// Null MX (RFC 7505) and a list that we are first on are permanent. Pure but for chance.
Route route_from(std::vector<MxHost> hosts, std::string_view own_name);

class Resolver {
  public:
    Resolver(Executor executor, TransportOptions const& options);
    ~Resolver();
    Task<Route> mail_hosts(std::string domain);
    // A and AAAA; empty when there are none or the resolver is silent.
    Task<std::vector<asio::ip::address>> addresses(std::string host);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace rapport::channels::email
