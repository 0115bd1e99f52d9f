// What happens between a request's head and its response, without sockets: routing, permission, origin, handler,
// errors.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/router.hpp"
#include "net/server.hpp"
#include "net/traffic.hpp"

namespace rapport::net {

class Service {
  public:
    Service(ServerOptions options, Routes routes, Authenticate authenticate);

    ServerOptions const options;
    Router const router;
    std::vector<std::pair<std::string, std::shared_ptr<StaticFiles const>>> statics;

    // Where no row fits: static files, OPTIONS, 404, 405.
    Response without_route(Request const& request, Match const& match) const;
    // Before the body is read: size, media type, origin, sign-in, permission. A response here is the answer.
    Task<std::optional<Response>> refuse(Request& request, Match& match,
                                         std::optional<std::uint64_t> content_length) const;
    Task<Response> run(Request& request, Route const& route) const;

    std::string next_request_id(Request const& request) const;
    void log(Request const& request, Route const* route, int status, std::uint64_t sent,
             std::chrono::microseconds took) const;

    std::atomic<std::uint64_t> open{0}, streams{0}, answered{0}, refused{0};
    std::atomic<std::size_t> body_memory{0};
    std::unique_ptr<Traffic> const traffic;

  private:
    Authenticate authenticate_;
    std::string id_prefix_;
    mutable std::atomic<std::uint64_t> next_id_{1};
};

// Sets remote address and `secure` from what a trusted proxy says.
void believe_proxy(RequestParts& parts, std::vector<std::string> const& trusted);

}  // namespace rapport::net
