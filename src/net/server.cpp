// Listening, the sweepers, draining.
#include "net/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include <sys/socket.h>

#include <condition_variable>
#include <mutex>

#include "base/log.hpp"
#include "net/crowd.hpp"
#include "net/wire.hpp"

namespace rapport::net {

namespace {

using ErrorCode = boost::system::error_code;
constexpr std::size_t most_of_one_address = 1'000;  // connections, but for trusted proxies
constexpr std::string_view full =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 5\r\nConnection: "
    "close\r\n"
    "Content-Length: 135\r\n\r\n"
    R"({"type":"urn:rapport:problem:busy","title":"Not possible now","status":503,"detail":"Too many connections; try again.","code":"busy"})"
    "\r\n";

std::shared_ptr<asio::ssl::context> read_certificate(TlsOptions const& options) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                         asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // 10,000 idle connections
    try {
        context->use_certificate_chain_file(options.certificate.string());
        context->use_private_key_file(options.key.string(), asio::ssl::context::pem);
    } catch (boost::system::system_error const& error) {
        throw std::runtime_error("cannot use the certificate " + options.certificate.string() + " with the key " +
                                 options.key.string() + ": " + error.what());
    }
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        throw std::runtime_error("the key " + options.key.string() + " does not fit the certificate " +
                                 options.certificate.string());
    if (options.asks_for_certificate) {
        auto* const native = context->native_handle();
        // Whom to believe is decided behind, so that a page can say what is wrong with a certificate.
        SSL_CTX_set_verify(native, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
        SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);  // a resumed session would not show it again
        SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(native, 0);
    }
    return context;
}

enum class Door : std::uint8_t { plain, tls, tls_asking };

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

Tcp::endpoint endpoint_of(std::string const& address, std::uint16_t port) {
    ErrorCode error;
    auto const parsed = asio::ip::make_address(address, error);
    if (error) throw std::runtime_error("the listening address " + address + " is not an IP address");
    return {parsed, port};
}

// Another program that shares its port would silently get a part of our connections: so first without sharing.
void check_free(asio::io_context& context, Tcp::endpoint const& where) {
    if (where.port() == 0) return;
    Acceptor probe(context.get_executor());
    probe.open(where.protocol());
    probe.set_option(asio::socket_base::reuse_address(true));
    ErrorCode error;
    // Without listening: nobody shall connect to the probe, and a listening socket outlives its close() while another
    // thread's epoll_wait() looks at it (Linux 6.10 and later), so that the port would not be free for us.
    probe.bind(where, error);
    if (error)
        throw std::runtime_error("cannot listen on " + where.address().to_string() + " port " +
                                 std::to_string(where.port()) + ": " + error.message() +
                                 ". Stop the program that uses it, or configure another port.");
}

}  // namespace

struct Server::Impl {
    Service service;
    std::vector<std::unique_ptr<Shard>> shards;
    std::mutex mutex;  // tls, and the wait in stop()
    std::condition_variable changed;
    std::shared_ptr<asio::ssl::context> tls, tls_asking;
    std::uint16_t port = 0, tls_port = 0, tls_asking_port = 0;
    Crowd crowd{most_of_one_address};
    std::atomic<std::size_t> loops = 0;  // coroutines of acceptors and sweepers
    bool stopped = false;

    Impl(ServerOptions options, Routes routes, Authenticate authenticate)
        : service(std::move(options), std::move(routes), std::move(authenticate)) {
        read_certificates();
    }

    void read_certificates() {
        auto const& o = service.options;
        auto fresh = o.tls ? read_certificate(*o.tls) : nullptr;
        auto fresh_asking = o.tls_asking ? read_certificate(*o.tls_asking) : nullptr;
        std::lock_guard const lock(mutex);
        tls = std::move(fresh);
        tls_asking = std::move(fresh_asking);
    }
    std::shared_ptr<asio::ssl::context> current_tls(Door door) {
        std::lock_guard const lock(mutex);
        return door == Door::tls_asking ? tls_asking : tls;
    }
    void tell() {
        std::lock_guard const lock(mutex);
        changed.notify_all();
    }

    void listen(Shard& shard, Tcp::endpoint where, std::uint16_t& bound, Door door) {
        if (bound != 0) where.port(bound);
        Acceptor& acceptor = shard.acceptors.emplace_back(shard.context.get_executor());
        acceptor.open(where.protocol());
        acceptor.set_option(asio::socket_base::reuse_address(true));
        acceptor.set_option(ReusePort(true));
        acceptor.bind(where);
        acceptor.listen(4'096);
        bound = acceptor.local_endpoint().port();
        launch(shard, accept(shard, acceptor, door));
    }

    void launch(Shard& shard, Task<> loop) {
        ++loops;
        asio::co_spawn(shard.context.get_executor(), std::move(loop), [this](std::exception_ptr failed) {
            if (failed) log::error("server_loop_failed");
            --loops;
            tell();
        });
    }

    Task<> accept(Shard& shard, Acceptor& acceptor, Door door) {
        while (!shard.draining) {
            Socket socket(shard.context.get_executor());
            ErrorCode error;
            Tcp::endpoint from;
            co_await acceptor.async_accept(socket, from, asio::redirect_error(awaitable, error));
            if (shard.draining) co_return;
            if (error) {  // no file descriptors left, or the client went: others may still end
                SteadyTimer pause(shard.context.get_executor(), std::chrono::milliseconds(50));
                co_await pause.async_wait(asio::redirect_error(awaitable, error));
                continue;
            }
            begin(shard, std::move(socket), from.address(), door);
        }
    }

    bool is_proxy(asio::ip::address const& from) const {
        auto const& proxies = service.options.trusted_proxies;
        return !proxies.empty() && std::ranges::find(proxies, from.to_string()) != proxies.end();
    }

    void begin(Shard& shard, Socket socket, asio::ip::address const& from, Door door) {
        ErrorCode ignored;
        bool const counted = !is_proxy(from);  // a proxy of ours speaks for many
        bool const is_full = service.open.fetch_add(1) >= service.options.max_connections;
        if (is_full || (counted && !crowd.enter(from))) {
            service.open.fetch_sub(1);
            service.refused.fetch_add(1);
            socket.non_blocking(true, ignored);
            if (door == Door::plain) socket.write_some(asio::buffer(full), ignored);
            return;
        }
        socket.set_option(Tcp::no_delay(true), ignored);
        auto done = [this, from, counted] {
            if (counted) crowd.leave(from);
            service.open.fetch_sub(1);
            tell();
        };
        if (door != Door::plain)
            serve_tls(shard, std::move(socket), current_tls(door), std::move(done));
        else
            serve_plain(shard, std::move(socket), std::move(done));
    }

    // One timer per thread watches the deadlines of all its connections.
    Task<> sweep(Shard& shard) {
        auto const& o = service.options;
        auto const shortest = std::min({o.idle, o.header, o.body_grace, o.write, o.heartbeat});
        auto const step = std::clamp(shortest / 8, std::chrono::milliseconds(10), std::chrono::milliseconds(500));
        while (!shard.ended) {
            shard.sweep.expires_after(step);
            ErrorCode ignored;
            co_await shard.sweep.async_wait(asio::redirect_error(awaitable, ignored));
            auto const now = std::chrono::steady_clock::now();
            for (auto at = shard.sessions.begin(); at != shard.sessions.end();) (*at++)->tick(now);
        }
    }

    // Runs `f` for each shard on its thread.
    template <class F>
    void on_all(F f) {
        for (auto const& shard : shards) asio::post(shard->context, [f, at = shard.get()] { f(*at); });
    }

    bool wait_until(std::chrono::milliseconds most, std::function<bool()> const& is_so) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, most, is_so);
    }
};

std::shared_ptr<std::vector<std::string> const> certificates_of(SSL* ssl) {
    constexpr int most = 10;
    auto out = std::make_shared<std::vector<std::string>>();
    auto const add = [&](X509* certificate) {
        unsigned char* der = nullptr;
        int const size = i2d_X509(certificate, &der);
        if (size > 0) out->emplace_back(reinterpret_cast<char const*>(der), static_cast<std::size_t>(size));
        OPENSSL_free(der);
    };
    auto* const own = SSL_get1_peer_certificate(ssl);
    if (!own) return nullptr;
    add(own);
    X509_free(own);
    auto* const chain = SSL_get_peer_cert_chain(ssl);
    for (int i = 0; chain && i < std::min(sk_X509_num(chain), most); ++i) add(sk_X509_value(chain, i));
    return out;
}

Server::Server(ServerOptions options, Routes routes, Authenticate authenticate)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(routes), std::move(authenticate))) {}

// Not yet stopped where what is built beside it fails: the error then travels on, and says why.
Server::~Server() {
    if (!impl_->shards.empty()) stop();
}

void Server::serve(std::string prefix, std::shared_ptr<StaticFiles const> files) {
    require(prefix.starts_with('/') && prefix.ends_with('/'), "a static prefix begins and ends with '/'");
    impl_->service.statics.emplace_back(std::move(prefix), std::move(files));
}

void Server::start(std::span<asio::io_context* const> contexts) {
    auto const& options = impl_->service.options;
    auto const plain = endpoint_of(options.address, options.port);
    check_free(*contexts[0], plain);
    for (auto const* tls : {&options.tls, &options.tls_asking})
        if (*tls) check_free(*contexts[0], endpoint_of((*tls)->address, (*tls)->port));
    for (auto* context : contexts) {
        auto& shard = *impl_->shards.emplace_back(std::make_unique<Shard>(*context, impl_->service));
        impl_->listen(shard, plain, impl_->port, Door::plain);
        if (options.tls)
            impl_->listen(shard, endpoint_of(options.tls->address, options.tls->port), impl_->tls_port, Door::tls);
        if (auto const& asking = options.tls_asking)
            impl_->listen(shard, endpoint_of(asking->address, asking->port), impl_->tls_asking_port, Door::tls_asking);
        impl_->launch(shard, impl_->sweep(shard));
    }
}

std::uint16_t Server::port() const { return impl_->port; }
std::uint16_t Server::tls_port() const { return impl_->tls_port; }
std::uint16_t Server::tls_asking_port() const { return impl_->tls_asking_port; }
Routes const& Server::routes() const { return impl_->service.router.routes(); }

void Server::reload_certificate() { impl_->read_certificates(); }

bool Server::stop() {
    if (impl_->stopped) return true;
    auto const none_open = [this] { return impl_->service.open == 0; };
    impl_->on_all([](Shard& shard) {
        shard.draining = true;
        ErrorCode ignored;
        for (auto& acceptor : shard.acceptors) acceptor.close(ignored);
        for (auto at = shard.sessions.begin(); at != shard.sessions.end();) (*at++)->drain();
    });
    if (!impl_->wait_until(impl_->service.options.drain, none_open)) {
        log::warning("drain_cut", {{"connections", impl_->service.open.load()}});
        impl_->on_all([](Shard& shard) {
            for (auto at = shard.sessions.begin(); at != shard.sessions.end();) (*at++)->cut();
        });
        if (!impl_->wait_until(std::chrono::seconds(5), none_open))
            log::error("connections_not_ended", {{"connections", impl_->service.open.load()}});
    }
    impl_->on_all([](Shard& shard) {
        shard.ended = true;
        shard.sweep.cancel();
    });
    bool const loops_ended = impl_->wait_until(std::chrono::seconds(5), [this] { return impl_->loops == 0; });
    impl_->stopped = true;
    return loops_ended && none_open();
}

Server::Counts Server::counts() const {
    auto const& service = impl_->service;
    return {service.open, service.streams, service.answered, service.refused};
}

Traffic const& Server::traffic() const { return *impl_->service.traffic; }

}  // namespace rapport::net
