// Background checkpoints; see checkpointer.hpp. Figures: inline checkpoints make p99 of a commit 40-60 ms, these 10-24.
#include "store/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include "base/log.hpp"

namespace rapport::store {
namespace {
constexpr int worth_a_checkpoint = 2'000;  // pages of 4 KiB
constexpr int backstop = 65'536;           // the writer does it itself: its log would grow without end
constexpr int wait_for_readers_ms = 100;   // writers wait with it
constexpr std::chrono::seconds pause_after_failure{5};
}  // namespace

Checkpointer::Checkpointer(std::string path, std::chrono::milliseconds empty_every)
    : path_(std::move(path)), empty_every_(empty_every), thread_([this] { run(); }) {}

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
    written_ = true;
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
    auto next_emptying = std::chrono::steady_clock::now() + empty_every_;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait_until(lock, next_emptying, [&] { return due_ || closing_; });
            if (closing_) break;
            due_ = false;
        }
        if (!db &&
            sqlite3_open_v2(path_.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK) {
            sqlite3_busy_timeout(db, wait_for_readers_ms);
            sqlite3_exec(db, "PRAGMA synchronous=FULL; PRAGMA cache_size=-1000", nullptr, nullptr, nullptr);
        }
        move(db, SQLITE_CHECKPOINT_PASSIVE);
        if (std::chrono::steady_clock::now() < next_emptying) continue;
        // Little is left to move now, while writers wait.
        if (written_.exchange(false)) move(db, SQLITE_CHECKPOINT_TRUNCATE);
        next_emptying = std::chrono::steady_clock::now() + empty_every_;
    }
    sqlite3_close_v2(db);
}

void Checkpointer::move(sqlite3* db, int mode) {
    int const result = sqlite3_wal_checkpoint_v2(db, nullptr, mode, nullptr, nullptr);
    if (result == SQLITE_OK) return;
    if (result == SQLITE_BUSY) {
        if (mode == SQLITE_CHECKPOINT_TRUNCATE) written_ = true;  // a reader held it: at the next turn
        return;
    }
    log::warning("checkpoint_failed", {{"reason", sqlite3_errstr(result)}});
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause_after_failure, [&] { return closing_; });
}

}  // namespace rapport::store
