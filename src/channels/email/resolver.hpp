// What the DNS says, by libunbound on its own thread: where a domain's mail goes (RFC 5321 §5.1), addresses, texts,
// TLSA records, names of addresses. With a trust anchor everything is validated (RFC 4035), and each answer says
// whether it is secure. "There is none" and "nobody could say" are told apart. One executor.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "channels/email/email.hpp"

namespace rapport::channels::email {

// Sorts by preference, shuffles equals, and drops ourselves with everything that is not better (loop avoidance).
// Null MX (RFC 7505) and a list that we are first on are permanent. Pure but for chance.
Route route_from(std::vector<MxHost> hosts, std::string_view own_name);

// What shares limits: the set of hosts, whatever their preference. At most 200 octets.
std::string site_of(std::vector<MxHost> const& hosts);

struct Answer {
    bool failed = false;     // nobody could say, or what was said is forged (bogus)
    bool no_domain = false;  // NXDOMAIN
    bool secure = false;     // validated from the trust anchor down, also where it says that there is none
    std::string why;         // where failed
    std::string canonical;   // the name that the records belong to, after aliases; lower case
    int ttl = 0;             // seconds
    std::vector<std::string> records = {};  // wire form
};

struct Addresses {
    bool failed = false, secure = false;
    std::string canonical;
    std::vector<asio::ip::address> all;
};

struct Tlsa {
    int usage = 0, selector = 0, matching = 0;
    std::string data;
};

class Resolver {
  public:
    Resolver(Executor executor, TransportOptions const& options);
    ~Resolver();
    bool validates() const;
    void cancel();  // whoever waits, and whoever asks later, gets a failure

    Task<Route> mail_hosts(std::string domain);
    Task<Addresses> addresses(std::string host);
    Task<Answer> texts(std::string name);              // `records` hold the joined strings of each TXT record
    Task<Answer> tlsa(std::string name);               // see tlsa_from()
    Task<Answer> hosts(std::string domain);            // MX: `records` hold host names, best first
    Task<Answer> names_of(asio::ip::address address);  // PTR: `records` hold names

  private:
    struct State;
    std::shared_ptr<State> state_;
};

// Of the wire form; those that are too short are left out.
std::vector<Tlsa> tlsa_from(std::vector<std::string> const& records);
// What RFC 7672 §3.1 lets an SMTP client use: usages DANE-TA(2) and DANE-EE(3), known selectors and matching types.
bool is_usable(Tlsa const& record);
// "1.2.0.192.in-addr.arpa"
std::string reverse_name(asio::ip::address const& address);

}  // namespace rapport::channels::email
