// The HTTP/1.1 server (RFC 9110, 9112). It serves a route table on io_contexts that the app owns: one thread runs each,
// and each listens on its own socket (SO_REUSEPORT), so that a connection never leaves its thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "base/time.hpp"
#include "net/route.hpp"
#include "net/static_files.hpp"

namespace rapport::net {

// Asked for every route but those for anyone. The server then checks that the viewer may do what the route demands.
using Authenticate = std::function<Task<Expected<Viewer>>(Request&, Permission)>;

struct TlsOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::filesystem::path certificate;  // PEM chain
    std::filesystem::path key;          // PEM
    // Asks clients for a certificate (browsers then offer theirs) and hands on whatever is shown:
    // Request::certificates(). A listener of its own, because TLS 1.3 has no renegotiation and browsers answer no
    // post-handshake request.
    bool asks_for_certificate = false;
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: a free one, see Server::port()
    std::optional<TlsOptions> tls = {};
    std::optional<TlsOptions> tls_asking = {};      // a second one, which asks for certificates
    std::vector<std::string> trusted_proxies = {};  // addresses whose X-Forwarded-For and -Proto are believed
    bool access_log = true;

    std::size_t max_connections = 12'000;          // all threads together; beyond it a new one gets 503 and is closed
    std::size_t max_header_bytes = 16 << 10;       // of one request: 431
    std::size_t max_header_fields = 100;           // 431
    std::size_t max_target_bytes = 8 << 10;        // 414
    std::size_t body_memory = 256 << 20;           // of all bodies being received: 503 beyond
    std::chrono::milliseconds idle{60'000};        // between requests
    std::chrono::milliseconds header{10'000};      // from the first octet to the end of the head
    std::chrono::milliseconds body_grace{10'000};  // for a body to begin with
    std::size_t least_body_rate = 512;             // octets per second, after the grace
    std::chrono::milliseconds write{30'000};       // without progress
    std::chrono::milliseconds heartbeat{15'000};   // of event streams
    std::chrono::milliseconds drain{10'000};
    Clock clock = system_now;
};

class Traffic;  // traffic.hpp

class Server {
  public:
    // Stops the program when two rows have the same method and path. Throws when a certificate cannot be read.
    Server(ServerOptions options, Routes routes, Authenticate authenticate);
    ~Server();  // after stop()

    // Static bundles are looked up where no route fits: "/console/" → its files (see static_files.hpp).
    void serve(std::string prefix, std::shared_ptr<StaticFiles const> files);

    // Binds and starts listening. Throws with a text that says what to do when the port is taken.
    void start(std::span<asio::io_context* const> contexts);
    std::uint16_t port() const;
    std::uint16_t tls_port() const;  // 0: none
    std::uint16_t tls_asking_port() const;
    Routes const& routes() const;

    void reload_certificate();  // all of them, for connections from now on; throws, and keeps the old, when unreadable

    // Stops accepting, lets requests finish for `drain`, tells event streams to end, then cuts what is left. Blocks;
    // call it from a thread that runs none of the contexts. False when something did not end: then the contexts and
    // what the handlers use must outlive it.
    bool stop();

    struct Counts {
        std::uint64_t connections = 0;  // open now
        std::uint64_t streams = 0;      // open event streams
        std::uint64_t requests = 0;     // answered since the start
        std::uint64_t refused = 0;      // connections beyond the cap
    };
    Counts counts() const;
    // By row of routes(), and a last line for what no row fits.
    Traffic const& traffic() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace rapport::net
