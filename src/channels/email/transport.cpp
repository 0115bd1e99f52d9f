// Connections per destination: taken when idle, opened when not, tried host by host (RFC 5321 §5.1), swept when late.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "channels/email/connection.hpp"
#include "channels/email/mta_sts.hpp"
#include "channels/email/resolver.hpp"

namespace rapport::channels::email {
namespace {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Opened {
    std::shared_ptr<Connection> connection;
    std::string server;      // the last one tried
    RecipientReply trouble;  // where there is no connection
    std::string tls;         // what the connection had to be, where it could not
};

using RoutePtr = std::shared_ptr<Route const>;

// What a connection that is kept was opened for: others may use it when they ask for the same or less.
std::string key_of(Route const& route) {
    std::string key = route.site;
    if (route.secure) key += "|dnssec";
    if (route.sts && route.sts->mode == StsMode::enforce) key += "|sts " + route.sts->domain;
    return key;
}

asio::ssl::context make_tls(TransportOptions const& options) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_dane_enable(context.native_handle());  // RFC 7672; each connection says whether it is meant
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
          policies_(resolver_, options_),
          sweeper_(executor) {
        if (options_.smart_host) smart_.push_back(smart_route_to(*options_.smart_host));
        for (auto const& host : options_.fallbacks) smart_.push_back(smart_route_to(host));
    }
    ~SmtpTransport() override {
        *alive_ = false;
        cancel();
    }

    RoutePtr smart_route(std::size_t index) const override { return smart_.at(index); }
    std::size_t smart_routes() const override { return smart_.size(); }

    Task<RoutePtr> route(std::string domain) override {
        auto const now = std::chrono::steady_clock::now();
        auto const found = routes_.find(domain);
        if (found != routes_.end() && found->second->good_until > now) co_return found->second;
        auto made = std::make_shared<Route>(co_await resolver_.mail_hosts(domain));
        if (!made->hosts.empty() && options_.tls != TlsPolicy::off) made->sts = co_await policies_.policy_for(domain);
        if (routes_.size() >= most_routes)
            std::erase_if(routes_, [now](auto const& kept) { return kept.second->good_until <= now; });
        if (routes_.size() < most_routes) routes_[domain] = made;
        co_return made;
    }

    Task<SendResult> send(Envelope envelope, ByteView mail, std::function<void()> before_end) override {
        require(!envelope.to.empty(), "an envelope has a recipient");
        RoutePtr chosen = options_.smart_host ? smart_.front() : nullptr;
        std::string const domain(envelope.to.front().domain());
        if (!chosen) chosen = co_await route(domain);
        SendResult result = co_await send(chosen, std::move(envelope), mail, std::move(before_end), 0);
        co_return result;
    }

    Task<SendResult> send(RoutePtr route, Envelope envelope, ByteView mail, std::function<void()> before_end,
                          std::size_t mails_per_connection) override {
        require(!envelope.to.empty(), "an envelope has a recipient");
        std::string const key = key_of(*route);
        if (mails_per_connection == 0) mails_per_connection = options_.mails_per_connection;
        while (auto connection = take_idle(key)) {
            ++counters_.reused;
            SendResult result = co_await use(connection, envelope, mail, before_end);
            give_back(key, connection);
            if (!connection->stale()) co_return result;  // else the server had closed it meanwhile: nothing was tried
        }
        std::string const domain(envelope.to.front().domain());
        Opened const opened = co_await open(route, domain);
        if (!opened.connection) {
            SendResult result;
            result.server = opened.server;
            result.opened = false;
            result.tls = opened.tls;
            result.recipients.assign(envelope.to.size(), opened.trouble);
            co_return result;
        }
        opened.connection->at_most(mails_per_connection);
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

    void cancel_lookups() override { resolver_.cancel(); }

    void cancel() override {
        cancelled_ = true;
        resolver_.cancel();
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

    static RoutePtr smart_route_to(SmartHost const& host) {
        Route route;
        route.site = host.host + ':' + std::to_string(host.port);
        route.hosts.push_back({host.host, 0});
        route.smart_host = &host;
        return std::make_shared<Route const>(std::move(route));
    }

    Task<Opened> open(RoutePtr route, std::string domain) {
        Opened opened;
        std::uint16_t const port = route->smart_host ? route->smart_host->port : options_.mx_port;
        opened.trouble = {route->permanent ? Handed::permanent : Handed::temporary, 0, route->enhanced_status,
                          route->trouble};
        for (auto const& host : route->hosts) {
            auto const addresses = co_await resolver_.addresses(host.name);
            if (addresses.all.empty())
                opened.trouble = {Handed::temporary, 0, "4.4.4", "no address was found for the mail host " + host.name};
            if (addresses.all.empty()) continue;
            auto const security = co_await security_for(*route, host.name, addresses, domain, opened);
            if (!security) continue;
            for (auto const& address : addresses.all) {
                co_await open_at(*route, host.name, Tcp::endpoint(address, port), *security, opened);
                if (opened.connection || cancelled_) co_return opened;
            }
        }
        co_return opened;
    }

    // What this host must prove; nothing (and the reason in `opened`) when it must not be used.
    Task<std::optional<Security>> security_for(Route const& route, std::string host, Addresses addresses,
                                               std::string domain, Opened& opened) {
        Security security;
        if (options_.tls == TlsPolicy::off) security = {Demand::off, "off"};
        if (options_.tls == TlsPolicy::required) security = {Demand::verified, "required"};
        if (route.smart_host || options_.tls == TlsPolicy::off) co_return security;
        if (route.secure && addresses.secure) {  // RFC 7672 §2.2.2, §2.2.3
            std::string base = addresses.canonical;
            Answer answer = co_await ask_tlsa(base);
            if (!answer.failed && answer.records.empty() && base != host) {
                base = host;
                answer = co_await ask_tlsa(base);
            }
            if (answer.failed) {  // not the same as "there is none" (RFC 7672 §2.1.2): this host is not used
                opened.trouble = {Handed::temporary, 0, "4.7.5",
                                  "the TLSA records of " + host + " could not be looked up: " + answer.why};
                opened.tls = "dane not tried: TLSA look-up failed";
                co_return std::nullopt;
            }
            auto records = tlsa_from(answer.records);
            if (answer.secure && !records.empty()) {
                bool const usable = std::ranges::any_of(records, is_usable);
                co_return Security{usable ? Demand::dane : Demand::encrypted, usable ? "dane" : "dane-unusable",
                                   std::move(records), base, domain};
            }
        }
        if (!route.sts || route.sts->mode == StsMode::none) co_return security;
        bool const listed = allows(*route.sts, host);
        if (route.sts->mode == StsMode::testing) {
            if (security.demand == Demand::opportunistic)
                security.policy = listed ? "mta-sts-testing" : "mta-sts-testing-not-listed";
            co_return security;
        }
        if (!listed) {  // RFC 8461 §5.1
            opened.trouble = {Handed::temporary, 0, "4.7.5",
                              "the domain's MTA-STS policy does not name the mail host " + host};
            opened.tls = "mta-sts not tried: host not listed";
            co_return std::nullopt;
        }
        co_return Security{Demand::verified, "mta-sts"};
    }

    Task<Answer> ask_tlsa(std::string base) {
        std::string name = '_' + std::to_string(options_.mx_port) + "._tcp." + base;
        co_return co_await resolver_.tlsa(std::move(name));
    }

    Task<> open_at(Route const& route, std::string const& host, Tcp::endpoint endpoint, Security const& security,
                   Opened& opened) {
        bool with_tls = security.demand != Demand::off;
        while (!cancelled_) {
            auto const connection =
                std::make_shared<Connection>(executor_, options_, tls_, host, security, route.smart_host);
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
            opened.tls = failed->tls_failed ? security.policy + " failed" : std::string();
            // Opportunistic security falls back to clear text (RFC 7435 §3).
            if (!failed->tls_failed || !with_tls || security.demand != Demand::opportunistic) co_return;
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
    static constexpr std::size_t most_routes = 50'000;
    Resolver resolver_;
    StsPolicies policies_;
    std::vector<RoutePtr> smart_;
    std::map<std::string, RoutePtr, std::less<>> routes_;
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
