// Connections per destination: taken when idle, opened when not, tried host by host (RFC 5321 §5.1), swept when late.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <set>

#include "base/error.hpp"
#include "channels/email/connection.hpp"
#include "channels/email/resolver.hpp"

namespace rapport::channels::email {
namespace {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Opened {
    std::shared_ptr<Connection> connection;
    std::string server;      // the last one tried
    RecipientReply trouble;  // where there is no connection
};

asio::ssl::context make_tls(TransportOptions const& options) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    if (options.ca_file.empty())
        context.set_default_verify_paths();
    else
        context.load_verify_file(options.ca_file);
    return context;
}

class SmtpTransport final : public Transport {
  public:
    SmtpTransport(Executor executor, TransportOptions options)
        : executor_(executor),
          options_(std::move(options)),
          tls_(make_tls(options_)),
          resolver_(executor, options_),
          sweeper_(executor) {}
    ~SmtpTransport() override {
        *alive_ = false;
        cancel();
    }

    std::string destination(EmailAddress const& to) const override {
        return options_.smart_host ? options_.smart_host->host : std::string(to.domain());
    }

    Task<SendResult> send(Envelope envelope, ByteView mail, std::function<void()> before_end) override {
        require(!envelope.to.empty(), "an envelope has a recipient");
        std::string const key = destination(envelope.to.front());
        while (auto connection = take_idle(key)) {
            ++counters_.reused;
            SendResult result = co_await use(connection, envelope, mail, before_end);
            give_back(key, connection);
            if (!connection->stale()) co_return result;  // else the server had closed it meanwhile: nothing was tried
        }
        Opened const opened = co_await open(key);
        if (!opened.connection) {
            SendResult result;
            result.server = opened.server;
            result.recipients.assign(envelope.to.size(), opened.trouble);
            co_return result;
        }
        SendResult result = co_await use(opened.connection, envelope, mail, before_end);
        give_back(key, opened.connection);
        co_return result;
    }

    Task<> close_idle() override {
        auto idle = std::exchange(idle_, {});
        for (auto& [key, connections] : idle)
            for (auto& connection : connections) {
                co_await connection->quit();
                forget(connection);
            }
    }

    void cancel() override {
        cancelled_ = true;
        idle_.clear();
        for (auto const& connection : all_) connection->close();
        sweeper_.cancel();
    }

    TransportCounters counters() const override { return counters_; }

  private:
    std::shared_ptr<Connection> take_idle(std::string const& key) {
        auto const found = idle_.find(key);
        while (found != idle_.end() && !found->second.empty()) {
            auto connection = std::move(found->second.back());
            found->second.pop_back();
            if (connection->usable()) return connection;
            forget(connection);
        }
        return nullptr;
    }

    Task<SendResult> use(std::shared_ptr<Connection> connection, Envelope const& envelope, ByteView mail,
                         std::function<void()> const& before_end) {
        ++counters_.mails;
        if (connection->encrypted()) ++counters_.encrypted;
        SendResult result = co_await connection->deliver(envelope, mail, before_end);
        co_return result;
    }

    void give_back(std::string const& key, std::shared_ptr<Connection> const& connection) {
        auto& idle = idle_[key];
        if (!cancelled_ && connection->usable() && idle.size() < options_.idle_connections) {
            connection->idle_until(std::chrono::steady_clock::now() + options_.deadlines.idle);
            idle.push_back(connection);
        } else {
            connection->close();  // RFC 5321 §4.1.1.10 wishes for QUIT; after a mail was answered closing loses nothing
            forget(connection);
        }
    }

    void forget(std::shared_ptr<Connection> const& connection) { all_.erase(connection); }

    Task<Opened> open(std::string key) {
        Opened opened;
        Route route;
        std::uint16_t port = options_.mx_port;
        if (options_.smart_host) {
            route.hosts.push_back({options_.smart_host->host, 0});
            port = options_.smart_host->port;
        } else {
            route = co_await resolver_.mail_hosts(key);
        }
        opened.trouble = {route.permanent ? Handed::permanent : Handed::temporary, 0, route.enhanced_status,
                          route.trouble};
        for (auto const& host : route.hosts) {
            auto const addresses = co_await resolver_.addresses(host.name);
            if (addresses.empty())
                opened.trouble = {Handed::temporary, 0, "4.4.4", "no address was found for the mail host " + host.name};
            for (auto const& address : addresses) {
                co_await open_at(host.name, Tcp::endpoint(address, port), opened);
                if (opened.connection || cancelled_) co_return opened;
            }
        }
        co_return opened;
    }

    Task<> open_at(std::string const& host, Tcp::endpoint endpoint, Opened& opened) {
        bool with_tls = options_.tls != TlsPolicy::off;
        while (!cancelled_) {
            auto const connection = std::make_shared<Connection>(executor_, options_, tls_, host);
            all_.insert(connection);
            sweep();
            auto const failed = co_await connection->open(endpoint, with_tls);
            opened.server = connection->server();
            if (!failed) {
                ++counters_.connections;
                opened.connection = connection;
                co_return;
            }
            forget(connection);
            opened.trouble = failed->reply;
            // Opportunistic security falls back to clear text (RFC 7435 §3).
            if (!failed->tls_failed || !with_tls || options_.tls == TlsPolicy::required) co_return;
            with_tls = false;
        }
    }

    // One timer for all deadlines; it rests while there is no connection.
    void sweep() {
        if (sweeping_ || cancelled_ || all_.empty()) return;
        sweeping_ = true;
        sweeper_.expires_after(std::chrono::milliseconds(200));
        sweeper_.async_wait([this, alive = alive_](boost::system::error_code error) {
            if (!*alive) return;
            sweeping_ = false;
            if (error) return;
            auto const now = std::chrono::steady_clock::now();
            for (auto const& connection : all_) connection->expire(now);
            for (auto& [key, idle] : idle_)
                std::erase_if(idle, [this](auto const& connection) {
                    if (connection->usable()) return false;
                    forget(connection);
                    return true;
                });
            std::erase_if(idle_, [](auto const& item) { return item.second.empty(); });
            sweep();
        });
    }

    Executor executor_;
    TransportOptions options_;
    asio::ssl::context tls_;
    Resolver resolver_;
    SteadyTimer sweeper_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::map<std::string, std::vector<std::shared_ptr<Connection>>, std::less<>> idle_;
    std::set<std::shared_ptr<Connection>> all_;
    TransportCounters counters_;
    bool sweeping_ = false, cancelled_ = false;
};

}  // namespace

std::unique_ptr<Transport> Transport::make(Executor executor, TransportOptions options) {
    return std::make_unique<SmtpTransport>(executor, std::move(options));
}

}  // namespace rapport::channels::email
