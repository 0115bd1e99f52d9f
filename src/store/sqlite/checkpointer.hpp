// Moves the write-ahead log into the database from its own thread, so that no commit waits for it. Internal.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

struct sqlite3;

namespace rapport::store {

class Checkpointer {
  public:
    explicit Checkpointer(std::string path);
    ~Checkpointer();

    // Watches the commits of `writer` (sqlite3_wal_hook). The connection must be closed before this is destroyed.
    void watch(sqlite3* writer);

  private:
    void run();
    void committed(sqlite3* writer, int pages);

    std::string path_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool due_ = false;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace rapport::store
