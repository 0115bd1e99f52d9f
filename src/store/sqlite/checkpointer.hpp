// Moves the write-ahead log into the database from its own thread, so that commits wait only for the last few
// pages. Internal.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

struct sqlite3;

namespace rapport::store {

class Checkpointer {
  public:
    // Now and then the log is emptied altogether, so that no old page stays in its file: what was erased is gone there,
    // too.
    explicit Checkpointer(std::string path, std::chrono::milliseconds empty_every = std::chrono::hours(1));
    ~Checkpointer();

    // Watches the commits of `writer` (sqlite3_wal_hook). The connection must be closed before this is destroyed.
    void watch(sqlite3* writer);

  private:
    void run();
    void committed(sqlite3* writer, int pages);
    void move_most(sqlite3* db);
    bool move(sqlite3* db, int mode);  // false: it could not be done now

    std::string path_;
    std::chrono::milliseconds empty_every_;
    std::atomic<bool> written_ = true;  // since it was emptied; a program before this one may have left something
    std::atomic<int> moved_ = 0;        // pages at the log's begin that stand in the database, too
    std::atomic<bool> finish_ = false;  // the writer is to move the rest
    std::mutex mutex_;
    std::condition_variable wake_;
    bool due_ = false;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace rapport::store
