// What operating needs beside the house: the metrics' own listener, the journal in the log, retention. Built after the
// server, stopped before it.
#pragma once

#include <memory>

#include "app/house.hpp"
#include "net/server.hpp"
#include "operate/journal_log.hpp"
#include "operate/metrics.hpp"
#include "operate/retention.hpp"

namespace rapport::app {

operate::Retention retention_of(Config const& config);

class Operations {
  public:
    // Throws when the metrics' port is taken or their token cannot be read.
    Operations(House& house, net::Server const& server, asio::io_context& context);
    ~Operations();

    void start(net::TaskGroup& jobs);
    bool stop();  // false when something did not end

  private:
    House& house_;
    operate::EventCounts events_;
    operate::Metrics metrics_;
    operate::JournalLog journal_;
    std::unique_ptr<net::Server> listener_;  // none: not configured
};

}  // namespace rapport::app
