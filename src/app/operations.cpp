// Wiring of operations; see operations.hpp.
#include "app/operations.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "app/searching.hpp"
#include "base/crypto.hpp"

namespace rapport::app {
namespace {

using namespace std::chrono_literals;

std::optional<Digest> token_of(MetricsConfig const& config) {
    if (config.token_file.empty()) return std::nullopt;
    std::ifstream in(config.token_file, std::ios::binary);
    Bytes const token(std::istreambuf_iterator<char>(in), {});
    if (!in || trimmed(token).empty())
        throw std::runtime_error("The metrics' token " + config.token_file + " cannot be read, or is empty.");
    return sha256(trimmed(token));
}

Task<Expected<net::Viewer>> nobody(net::Request&, net::Permission) {
    co_return fail(ErrorKind::unauthenticated, "sign_in", "Nobody signs in here.");
}

std::unique_ptr<net::Server> listener_of(Config const& config, operate::Metrics& metrics) {
    if (config.metrics.listen.empty()) return nullptr;
    auto const at = parse_host_port(config.metrics.listen);
    net::ServerOptions options;
    options.address = at->host;
    options.port = at->port;
    options.max_connections = 50;
    options.access_log = false;
    options.drain = 1s;
    return std::make_unique<net::Server>(options, operate::metrics_routes(metrics, token_of(config.metrics)), nobody);
}

}  // namespace

operate::Retention retention_of(Config const& config) {
    auto const days = [](int n) { return Duration(std::chrono::hours(24) * n); };
    return {days(config.retention.content_days), days(config.retention.letters_days),
            days(config.retention.audit_days)};
}

Operations::Operations(House& house, net::Server const& server, asio::io_context& context)
    : house_(house),
      metrics_(
          {*house.store, house.keys, events_, RAPPORT_VERSION, system_now, [&house] { return search_metrics(house); }},
          server),
      journal_(*house.store, events_, house.config.log.journal),
      listener_(listener_of(house.config, metrics_)) {
    std::array const contexts{&context};
    if (listener_) listener_->start(contexts);
}

Operations::~Operations() { stop(); }

void Operations::start(net::TaskGroup& jobs) {
    jobs.keep_running("journal_log", [this](net::Stop stop) { return journal_.run(stop); }, 1s);
    jobs.keep_running(
        "retention",
        [this](net::Stop stop) {
            return operate::run_retention(*house_.store, retention_of(house_.config), system_now, stop);
        },
        1min);
}

bool Operations::stop() { return !listener_ || listener_->stop(); }

}  // namespace rapport::app
