// Background checkpoints; see checkpointer.hpp. Figures: inline checkpoints make p99 of a commit 40-60 ms, these 10-24.
// SQLite begins its log anew only at a transaction that finds all of it moved. Under load that never happens by itself:
// while the thread moves pages, others are committed behind it, and the log would grow for ever. So the writer moves
// the last few between two of its commits, when it is asked to.
#include "store/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include "base/log.hpp"

namespace rapport::store {
namespace {
// Pages of 4 KiB. What many commits change, the ends of tables and indexes, is moved once for all of them.
constexpr int worth_a_checkpoint = 4'000;
constexpr int few = 500;                  // the writer moves so many while its callers wait
constexpr int most_rounds = 4;            // to get down to few
constexpr int backstop = 65'536;          // the writer does it itself, however many: its log would grow without end
constexpr int wait_for_readers_ms = 100;  // writers wait with it
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

// Called with the number of pages that the log holds, moved or not.
void Checkpointer::committed(sqlite3* writer, int pages) {
    written_ = true;
    if (pages < moved_) moved_ = 0;  // the log has begun anew
    if (finish_.exchange(false) || (pages >= backstop && pages % 1024 < 64)) {
        int moved = -1;
        sqlite3_wal_checkpoint_v2(writer, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &moved);
        if (moved >= 0) moved_ = moved;
    } else if (pages - moved_ >= worth_a_checkpoint) {
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
        move_most(db);
        if (std::chrono::steady_clock::now() < next_emptying) continue;
        // Little is left to move now, while writers wait.
        if (written_.exchange(false)) move(db, SQLITE_CHECKPOINT_TRUNCATE);
        next_emptying = std::chrono::steady_clock::now() + empty_every_;
    }
    sqlite3_close_v2(db);
}

// All but what is committed meanwhile; the writer is asked to move that.
void Checkpointer::move_most(sqlite3* db) {
    for (int round = 0; round < most_rounds; ++round) {
        int const before = moved_;
        if (!move(db, SQLITE_CHECKPOINT_PASSIVE)) return;
        if (moved_ - before <= few) break;
    }
    finish_ = true;
}

bool Checkpointer::move(sqlite3* db, int mode) {
    int moved = -1;
    int const result = sqlite3_wal_checkpoint_v2(db, nullptr, mode, nullptr, &moved);
    if (result == SQLITE_OK) {
        if (moved >= 0) moved_ = moved;
        return true;
    }
    if (result == SQLITE_BUSY) {
        if (mode == SQLITE_CHECKPOINT_TRUNCATE) written_ = true;  // a reader held it: at the next turn
        return false;
    }
    log::warning("checkpoint_failed", {{"reason", sqlite3_errstr(result)}});
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause_after_failure, [&] { return closing_; });
    return false;
}

}  // namespace rapport::store
