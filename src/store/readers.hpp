// The readers: threads that run waiting functions, each on a snapshot of its own connection. Internal to the store.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "store/connection.hpp"
#include "store/store.hpp"

namespace rapport::store {

class Readers {
  public:
    Readers(Engine& engine, std::size_t threads, std::size_t queue_limit);
    ~Readers();  // finishes what waits

    void submit(Work<Reader>& work);
    bool is_own_thread() const;

  private:
    void run(Connection& connection);
    static bool try_to_read(Work<Reader>& work, Connection& connection, Reader& reader);

    std::size_t const queue_limit_;
    std::stop_source stop_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work<Reader>*> queue_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace rapport::store
