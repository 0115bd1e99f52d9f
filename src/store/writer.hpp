// The writer: one thread that runs waiting functions in groups, one physical transaction each, and completes their
// callers after the commit. Internal to the store.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "store/connection.hpp"
#include "store/store.hpp"
#include "store/transaction.hpp"

namespace rapport::store {

class Writer {
  public:
    // `published` is called after each commit that wrote journal lines, with the last number.
    Writer(Engine& engine, IdSource& ids, Clock clock, std::size_t queue_limit,
           std::function<void(std::int64_t)> published);
    ~Writer();  // finishes what waits

    void submit(Work<Tx>& work);
    bool writable() const { return writable_.load(std::memory_order_relaxed); }
    bool is_own_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

  private:
    using Group = std::vector<Work<Tx>*>;
    void run();
    Group next_group();
    void commit_group(Group const& group);
    bool try_group(Group const& group, bool careful);  // false: to be run again
    void attempt(Group const& group, bool careful);
    void run_function(Work<Tx>& work, bool careful);
    void complete(Group const& group, std::exception_ptr failure);
    bool reconnected();
    void suspend(std::exception_ptr const& reason);
    void probe();

    Clock clock_;
    std::size_t const queue_limit_;
    std::function<void(std::int64_t)> published_;
    std::stop_source stop_;
    std::unique_ptr<Connection> connection_;
    GroupTx tx_;
    GroupTx::Mark mark_;

    std::mutex mutex_;
    std::condition_variable wake_, finished_;
    std::deque<Work<Tx>*> queue_;
    bool closing_ = false;
    bool closed_ = false;
    std::atomic<bool> writable_{true};
    std::thread thread_;
};

}  // namespace rapport::store
