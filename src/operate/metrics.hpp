// GET /metrics: what is counted in the process, and what the database says (asked at most every ten seconds, so that a
// scraper cannot load it). Served on its own listener, never among the public routes.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/bytes.hpp"
#include "evidence/keys.hpp"
#include "net/server.hpp"
#include "store/store.hpp"

namespace rapport::operate {

// Journal events by kind, counted by follow_journal(). Any thread.
class EventCounts {
  public:
    void add(std::string const& kind);
    std::map<std::string, std::uint64_t> all() const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> counts_;
};

struct MetricSources {
    store::Store& store;
    evidence::KeyStore const& keys;
    EventCounts const& events;
    std::string version;
    Clock clock = system_now;
    std::function<std::string()> more = {};  // lines of other modules
};

class Metrics {
  public:
    Metrics(MetricSources sources, net::Server const& server);
    ~Metrics();
    Task<std::string> page();

  private:
    struct FromDatabase;
    Task<std::shared_ptr<FromDatabase const>> ask();
    MetricSources sources_;
    net::Server const& server_;
    std::mutex mutex_;
    std::shared_ptr<FromDatabase const> known_;
};

// GET /metrics and nothing else. `token_digest`: SHA-256 of the token that must come as a bearer; empty: none.
net::Routes metrics_routes(Metrics& metrics, std::optional<Digest> token_digest);

}  // namespace rapport::operate
