// What event streams follow: the journal's newest events, read once after each commit and kept in memory, so that ten
// thousand open pages cost one read. Whoever is further behind reads the journal. Any thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "net/net.hpp"
#include "net/task_group.hpp"
#include "people/people.hpp"
#include "store/store.hpp"

namespace rapport::app {

class Feed {
  public:
    explicit Feed(store::Store& store);

    using EventPointer = std::shared_ptr<store::Event const>;
    // Events with seq > after, in order, at most 200.
    Task<std::vector<EventPointer>> after(std::int64_t seq);
    Task<std::int64_t> last();
    net::Signal& signal() { return signal_; }

    // Whoever follows the stream is there: told when it opens, and at least every two minutes. Before the server
    // starts.
    using Alive = std::function<Task<>(people::AgentId)>;
    void on_alive(Alive alive) { alive_ = std::move(alive); }
    Task<> say_alive(Actor const& actor);

    // Said to streams that are open now, and forgotten: it has no number and stands in no journal. `only`: to those of
    // one agent. A stream that is far behind misses it.
    struct Passing {
        store::Event event;
        std::optional<people::AgentId> only;
    };
    using PassingPointer = std::shared_ptr<Passing const>;
    void pass(store::Event event, std::optional<people::AgentId> only);
    // What was said since, and where that ends.
    std::vector<PassingPointer> passed(std::uint64_t& at);
    std::uint64_t passed_count();

    // The job that reads what was committed.
    Task<> run(net::Stop stop);

  private:
    static constexpr std::size_t kept = 1024;

    store::Store& store_;
    Alive alive_;
    net::Signal committed_, signal_;
    std::shared_ptr<void> subscription_;
    std::mutex mutex_;
    std::deque<EventPointer> recent_;
    std::int64_t newest_ = 0;
    static constexpr std::size_t passing_kept = 256;
    std::deque<PassingPointer> passing_;
    std::uint64_t passed_ = 0;
};

// GET /v1/events.
net::Routes routes(Feed& feed);

}  // namespace rapport::app
