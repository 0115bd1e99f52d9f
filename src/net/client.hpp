// Outgoing HTTP: one thread with libcurl's multi interface; any coroutine awaits send(). No redirects unless told, only
// http and https, no proxies from the environment, limits on time and size, and no way into the own network unless the
// host is named.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "net/headers.hpp"

namespace rapport::net {

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    Headers headers = {};
    std::string body = {};
    // "192.0.2.1:443": connected to instead of what the URL's host resolves to (certificate and Host stay the URL's).
    std::string connect_to = {};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{30'000};
    std::size_t response_limit = 4 << 20;
    int redirects = 0;  // how many are followed
};

struct HttpReply {
    int status = 0;
    Headers headers;
    std::string body;
    std::string address;  // of the peer
};

struct HttpClientOptions {
    // "host" or "host:port" as the URL writes it: these may be in private networks or on this machine.
    std::vector<std::string> allowed_private = {};
    std::string user_agent = "Rapport/0.1";
    std::string certificate_authorities = {};  // a PEM file; empty: the system's
    std::size_t most_at_once = 64;             // more wait in line
    std::size_t most_waiting = 1'000;          // beyond: unavailable
};

class HttpClient {
  public:
    explicit HttpClient(HttpClientOptions options = {});
    ~HttpClient();  // cuts what is under way; those who wait get code "http_stopped"

    // Cuts what is under way and what waits, and refuses what comes: code "http_stopped". Any thread, any number of
    // times; blocks for a moment.
    void stop();

    // Codes: http_unreachable, http_timeout, http_too_large, http_forbidden_address, http_bad_url, http_tls, http_busy.
    // A reply with any status is a reply. Cancelling the coroutine leaves the transfer to its time-out.
    Task<Expected<HttpReply>> send(HttpRequest request);
    // The same, for a thread that may block.
    Expected<HttpReply> send_now(HttpRequest request);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// True for addresses that the client refuses: loopback, private, link-local, multicast, unspecified, carrier-grade NAT,
// documentation and benchmarking networks; IPv6 likewise, with embedded IPv4 (RFC 6890).
bool is_private_address(std::string_view address);

}  // namespace rapport::net
