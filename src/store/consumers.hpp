// Durable consumers of the journal and hints to subscribers: one thread. Internal to the store.
#pragma once

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "store/store.hpp"

namespace rapport::store {

class Consumers {
  public:
    // Other programs write events, too (nodes on PostgreSQL, commands on both engines): looked for every second.
    explicit Consumers(Store& store);
    ~Consumers() { stop(); }
    void start();
    void stop();

    void add(Consumer consumer);
    void rewind(std::string const& name, std::int64_t to_seq);
    std::shared_ptr<void> subscribe(std::function<void(std::int64_t)> hint);
    // A commit wrote events up to `last_seq` (here, or on another node). Any thread.
    void published(std::int64_t last_seq);

  private:
    struct State {
        Consumer consumer;
        bool may_have_more = true;
        std::chrono::steady_clock::time_point not_before{};
        std::chrono::seconds pause{0};
    };
    struct Hints;
    void run();
    bool feed(State& state);  // false: it has seen everything
    void look_for_others();

    Store& store_;
    std::shared_ptr<Hints> hints_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::list<State> states_;  // only added to, so that references stay valid
    std::int64_t last_seq_ = 0;
    bool woken_ = true;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace rapport::store
