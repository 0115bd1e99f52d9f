// Background checkpoints; see checkpointer.hpp. Figures: inline checkpoints make p99 of a commit 40-60 ms, these 10-24.
#include "store/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include "base/log.hpp"

namespace rapport::store {
namespace {
constexpr int worth_a_checkpoint = 2'000;  // pages of 4 KiB
constexpr int backstop = 65'536;           // the writer does it itself: its log would grow without end
constexpr std::chrono::seconds pause_after_failure{5};
}  // namespace

Checkpointer::Checkpointer(std::string path) : path_(std::move(path)), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Checkpointer::watch(sqlite3* writer) {
    sqlite3_wal_hook(
        writer,
        [](void* self, sqlite3* db, char const*, int pages) {
            static_cast<Checkpointer*>(self)->committed(db, pages);
            return SQLITE_OK;
        },
        this);
}

void Checkpointer::committed(sqlite3* writer, int pages) {
    if (pages >= backstop && pages % 1024 < 64) {
        sqlite3_wal_checkpoint_v2(writer, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    } else if (pages >= worth_a_checkpoint) {
        std::lock_guard const lock(mutex_);
        due_ = true;
        wake_.notify_one();
    }
}

void Checkpointer::run() {
    sqlite3* db = nullptr;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return due_ || closing_; });
            if (closing_) break;
            due_ = false;
        }
        if (!db &&
            sqlite3_open_v2(path_.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK) {
            sqlite3_busy_timeout(db, 1000);
            sqlite3_exec(db, "PRAGMA synchronous=FULL; PRAGMA cache_size=-1000", nullptr, nullptr, nullptr);
        }
        int const result = sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        if (result == SQLITE_OK || result == SQLITE_BUSY) continue;
        log::warning("checkpoint_failed", {{"reason", sqlite3_errstr(result)}});
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, pause_after_failure, [&] { return closing_; });
    }
    sqlite3_close_v2(db);
}

}  // namespace rapport::store
