// The sockets of the server and the session that serves one of them. Only server.cpp and session.cpp include this.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>

#include "net/service.hpp"

namespace rapport::net {

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using TlsSocket = asio::ssl::stream<Socket>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using SteadyTime = std::chrono::steady_clock::time_point;
inline constexpr asio::use_awaitable_t<Executor> awaitable{};

// What the sweeper of a shard sees of a session. All of it on the shard's thread.
class SessionBase {
  public:
    virtual ~SessionBase() = default;
    virtual void tick(SteadyTime now) = 0;  // looks at its deadline, sends a heartbeat
    virtual void drain() = 0;               // ends at the next chance
    virtual void cut() = 0;                 // ends now
};

// One io_context's part of the server.
struct Shard {
    Shard(asio::io_context& c, Service& s) : context(c), service(s), sweep(c.get_executor()) {}
    asio::io_context& context;
    Service& service;
    std::list<SessionBase*> sessions;
    std::list<Acceptor> acceptors;
    SteadyTimer sweep;
    bool draining = false;
    bool ended = false;

    std::string_view date();  // for the Date field, made once a second

  private:
    std::int64_t date_second_ = 0;
    std::string date_;
};

// What the client has shown, DER, its own first; null: nothing.
std::shared_ptr<std::vector<std::string> const> certificates_of(SSL* ssl);

// Starts the session's coroutine. `done` runs on the shard's thread when it has ended.
void serve_plain(Shard& shard, Socket socket, std::function<void()> done);
void serve_tls(Shard& shard, Socket socket, std::shared_ptr<asio::ssl::context> tls, std::function<void()> done);

}  // namespace rapport::net
