// The listener's server and its sessions.
#include "channels/email/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <set>
#include <span>
#include <stdexcept>

#include "base/log.hpp"

namespace rapport::channels::email {
namespace {

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Instant = std::chrono::steady_clock::time_point;
constexpr auto values = asio::as_tuple(asio::use_awaitable_t<Executor>());
constexpr std::chrono::milliseconds sweep_every{250}, pause{100};

// A network as "192.0.2.0/24", "2001:db8::/32", or one address.
class Network {
  public:
    explicit Network(std::string const& text) {
        bool const whole = text.find('/') == std::string::npos;
        boost::system::error_code v4_error, v6_error;
        v4_ = asio::ip::make_network_v4(whole ? text + "/32" : text, v4_error);
        v6_ = asio::ip::make_network_v6(whole ? text + "/128" : text, v6_error);
        if (v4_error && v6_error) throw std::runtime_error(text + " is no network, like 192.0.2.0/24 or 2001:db8::/32");
        is_v4_ = !v4_error;
    }
    bool has(asio::ip::address address) const {
        if (address.is_v6() && address.to_v6().is_v4_mapped())
            address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
        if (address.is_v4() != is_v4_) return false;
        if (is_v4_) return asio::ip::network_v4(address.to_v4(), v4_.prefix_length()).network() == v4_.network();
        return asio::ip::network_v6(address.to_v6(), v6_.prefix_length()).network() == v6_.network();
    }

  private:
    asio::ip::network_v4 v4_;
    asio::ip::network_v6 v6_;
    bool is_v4_ = true;
};

struct Session {
    Session(Socket taken, std::string from, DialogueOptions const& options, Dialogue::Refusal const& refusal)
        : socket(std::move(taken)), peer(std::move(from)), dialogue(options, refusal) {}
    Socket socket;
    std::unique_ptr<asio::ssl::stream<Socket&>> tls;
    std::string peer;
    Dialogue dialogue;
    Instant begun = std::chrono::steady_clock::now(), deadline{}, mail_deadline = Instant::max();
    std::size_t held = 0;
    bool keeping = false;

    void close() {
        boost::system::error_code ignored;
        socket.close(ignored);
    }
    Task<bool> write(std::string_view text) {
        auto const buffer = asio::buffer(text);
        if (tls) {
            auto const [error, n] = co_await asio::async_write(*tls, buffer, values);
            co_return !error;
        }
        auto const [error, n] = co_await asio::async_write(socket, buffer, values);
        co_return !error;
    }
    Task<std::size_t> read(std::span<char> into) {  // 0: the connection is over
        auto const buffer = asio::buffer(into.data(), into.size());
        if (tls) {
            auto const [error, n] = co_await tls->async_read_some(buffer, values);
            co_return error ? 0 : n;
        }
        auto const [error, n] = co_await socket.async_read_some(buffer, values);
        co_return error ? 0 : n;
    }
};
using SessionPointer = std::shared_ptr<Session>;

class MailListener final : public Listener {
  public:
    MailListener(Executor executor, ListenerOptions options, Dialogue::Refusal refusal, Keep keep)
        : executor_(executor),
          options_(std::move(options)),
          refusal_(std::move(refusal)),
          keep_(std::move(keep)),
          tls_(asio::ssl::context::tls_server),
          acceptor_(executor, Tcp::endpoint(asio::ip::make_address(options_.address), options_.port)),
          ended_(executor),
          sweeper_(executor) {
        for (auto const& text : options_.peers) networks_.emplace_back(text);
        if (options_.certificate.empty() || options_.dialogue.protocol == Protocol::lmtp) return;
        SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
        tls_.use_certificate_chain_file(options_.certificate);
        tls_.use_private_key_file(options_.key, asio::ssl::context::pem);
        options_.dialogue.starttls = true;
    }

    std::uint16_t port() const override { return acceptor_.local_endpoint().port(); }

    Task<> run() override {
        sweeping_ = true;
        asio::co_spawn(executor_, sweep(), [this](std::exception_ptr) { sweeping_ = false; });
        while (!stopping_) {
            Tcp::endpoint from;
            auto [error, socket] = co_await accept(from);
            if (error) {
                if (stopping_) break;
                ended_.expires_after(pause);  // out of descriptors: let some close
                co_await ended_.async_wait(values);
                continue;
            }
            begin(std::move(socket), from.address());
        }
        while (!sessions_.empty() || sweeping_) {
            ended_.expires_after(pause);
            co_await ended_.async_wait(values);
        }
    }

    void stop() override {
        stopping_ = true;
        asio::post(executor_, [this] {
            boost::system::error_code ignored;
            acceptor_.close(ignored);
            sweeper_.cancel();
            for (auto const& session : sessions_) session->close();
        });
    }

  private:
    Task<std::pair<boost::system::error_code, Socket>> accept(Tcp::endpoint& from) {
        Socket socket(executor_);
        auto const [error] = co_await acceptor_.async_accept(socket, from, values);
        co_return std::pair(error, std::move(socket));
    }

    // Whoever may not come in is told so in one reply (RFC 5321 §3.1).
    void begin(Socket socket, asio::ip::address const& address) {
        auto const peer = address.to_string();
        auto const of_peer =
            std::ranges::count_if(sessions_, [&](auto const& session) { return session->peer == peer; });
        std::string_view refused;
        if (std::ranges::none_of(networks_, [&](auto const& network) { return network.has(address); }))
            refused = "554 5.7.1 You may not send mail here\r\n";
        else if (sessions_.size() >= options_.sessions ||
                 static_cast<std::size_t>(of_peer) >= options_.sessions_of_peer)
            refused = "421 4.7.0 Too many connections\r\n";
        auto const session = std::make_shared<Session>(std::move(socket), peer, options_.dialogue, refusal_);
        if (!refused.empty()) {
            boost::system::error_code ignored;
            session->socket.non_blocking(true, ignored);
            session->socket.write_some(asio::buffer(refused), ignored);
            return session->close();
        }
        boost::system::error_code ignored;
        session->socket.set_option(Tcp::no_delay(true), ignored);
        sessions_.insert(session);
        asio::co_spawn(executor_, serve(session), [this, session](std::exception_ptr failure) {
            if (failure) log::warning("mail_session_failed");
            octets_ -= std::exchange(session->held, 0);
            session->close();
            sessions_.erase(session);
        });
    }

    Task<> sweep() {
        while (!stopping_) {
            sweeper_.expires_after(sweep_every);
            co_await sweeper_.async_wait(values);
            auto const now = std::chrono::steady_clock::now();
            for (auto const& session : sessions_)
                if (!session->keeping && std::min(session->deadline, session->mail_deadline) < now) session->close();
        }
    }

    void set_deadlines(Session& session) {
        auto const now = std::chrono::steady_clock::now();
        session.deadline = std::min(now + options_.idle, session.begun + options_.session);
        if (!session.dialogue.in_mail())
            session.mail_deadline = Instant::max();
        else if (session.mail_deadline == Instant::max())
            session.mail_deadline = now + options_.mail;
        auto const held = session.dialogue.held();
        octets_ += held - session.held;  // wraps around as it should
        session.held = held;
    }

    Task<> serve(SessionPointer session) {
        auto& dialogue = session->dialogue;
        std::string out = dialogue.greeting();
        std::string octets(16 * 1024, '\0');
        while (!stopping_) {
            set_deadlines(*session);
            if (octets_ > options_.octets && dialogue.in_mail()) out += "421 4.3.1 Too much is coming in now\r\n";
            if (!out.empty()) {
                bool const written = co_await session->write(out);
                if (!written || dialogue.ended() || (octets_ > options_.octets && dialogue.in_mail())) co_return;
                out.clear();
            }
            if (dialogue.starts_tls()) {
                bool const secured = co_await secure(*session);
                if (!secured) co_return;
            }
            auto const n = co_await session->read(octets);
            if (n == 0) co_return;
            dialogue.feed(std::string_view(octets).substr(0, n));
            while (dialogue.advance(out)) {
                auto mail = dialogue.take_mail();
                if (!mail) continue;
                auto const reply = co_await keep(*session, std::move(*mail));
                dialogue.answer(out, reply);
            }
        }
    }

    Task<bool> secure(Session& session) {
        session.tls = std::make_unique<asio::ssl::stream<Socket&>>(session.socket, tls_);
        auto const [error] = co_await session.tls->async_handshake(asio::ssl::stream_base::server, values);
        if (!error) session.dialogue.tls_started();
        co_return !error;
    }

    Task<std::string_view> keep(Session& session, TakenMail mail) {
        session.keeping = true;
        auto const size = mail.raw.size();
        octets_ += size;
        ArrivedMail arrived{std::move(mail), session.peer, options_.dialogue.protocol, session.tls != nullptr};
        auto kept = Kept::try_again;
        try {
            kept = co_await keep_(std::move(arrived));
        } catch (std::exception const& failure) {
            log::warning("mail_not_kept", {{"why", failure.what()}});
        }
        session.keeping = false;
        octets_ -= size;
        set_deadlines(session);
        co_return kept == Kept::durable ? "250 2.0.0 Kept"
        : kept == Kept::try_again       ? "451 4.3.0 Not kept; try again"
                                        : "554 5.6.0 Not kept";
    }

    Executor executor_;
    ListenerOptions options_;
    Dialogue::Refusal refusal_;
    Keep keep_;
    asio::ssl::context tls_;
    Acceptor acceptor_;
    SteadyTimer ended_, sweeper_;
    std::vector<Network> networks_;
    std::set<SessionPointer> sessions_;
    std::size_t octets_ = 0;
    std::atomic<bool> stopping_ = false;
    bool sweeping_ = false;
};

}  // namespace

std::unique_ptr<Listener> Listener::make(Executor executor, ListenerOptions options, Dialogue::Refusal refusal,
                                         Keep keep) {
    return std::make_unique<MailListener>(executor, std::move(options), std::move(refusal), std::move(keep));
}

}  // namespace rapport::channels::email
