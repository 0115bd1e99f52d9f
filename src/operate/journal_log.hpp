// Each change that was committed becomes a line of the log, with its journey and, where it is known, the request that
// caused it; and is counted. From the moment the program starts: what is older stands in the journal.
#pragma once

#include "net/task_group.hpp"
#include "operate/metrics.hpp"
#include "store/store.hpp"

namespace rapport::operate {

// What binds lines that belong together: the event's own journey, or the owner that its data names, or its subject.
std::string_view journey_of(store::Event const& event);

// Job. Without `lines` it only counts.
class JournalLog {
  public:
    JournalLog(store::Store& store, EventCounts& counts, bool lines);
    Task<> run(net::Stop stop);

  private:
    void take(store::Event const& event) const;
    store::Store& store_;
    EventCounts& counts_;
    bool const lines_;
    net::Signal committed_;
    std::shared_ptr<void> subscription_;
};

}  // namespace rapport::operate
