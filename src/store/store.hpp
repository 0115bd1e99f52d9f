// The store: one database (SQLite or PostgreSQL), its writer with group commit, its readers, the journal and the blobs.
// Edges await write() and read(); command-line verbs and tests use write_now() and read_now(). Any thread.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "store/tx.hpp"

namespace rapport::store {

// A server owns an embedded database: one at a time. Guests (commands) come and go beside it; they run no consumers,
// and migrate only where no server runs.
enum class Role { server, guest };

struct Options {
    std::string database;  // a file path, or "postgresql://…" (libpq connection URI)
    Role role = Role::server;
    std::filesystem::path blobs = {};  // folder of the content-addressed files (blobs.hpp)
    std::size_t readers = 2;           // reading connections, a thread each
    std::size_t queue_limit =
        20'000;  // functions waiting for the writer (as many for the readers); beyond it: Unavailable
};

// A durable consumer of the journal: sees every event once or more, in order, from its cursor. `take` runs in the
// same transaction that moves the cursor; it may be rewound, so it is idempotent.
struct Consumer {
    std::string name;
    std::function<void(Tx&, std::span<Event const>)> take;
    std::size_t batch = 200;
};

// What waits for a store thread, its type erased. It lives until on_done has been called, which happens once; the
// store does not touch it afterwards.
template <class Transaction>
class Work {
  public:
    // False: what was done is rolled back, as after an exception.
    virtual bool run(Transaction& transaction) = 0;

    std::exception_ptr failure = nullptr;  // of the last run, or of the commit
    std::move_only_function<void()> on_done = {};

  protected:
    ~Work() = default;
};

template <class T>
inline constexpr bool is_expected = false;
template <class T>
inline constexpr bool is_expected<std::expected<T, Error>> = true;

// The function that somebody awaits, and its result.
template <class Transaction, class F>
class Job final : public Work<Transaction> {
  public:
    using Result = std::invoke_result_t<F, Transaction&>;
    explicit Job(F& fn) : fn_(fn) {}

    bool run(Transaction& transaction) override {
        if constexpr (std::is_void_v<Result>) {
            fn_(transaction);
            return true;
        } else {
            result_.reset();
            result_.emplace(fn_(transaction));
            if constexpr (is_expected<Result>)
                return result_->has_value();
            else
                return true;
        }
    }
    Result take() {
        if (this->failure) std::rethrow_exception(this->failure);
        if constexpr (!std::is_void_v<Result>) return std::move(*result_);
    }

  private:
    F& fn_;
    std::optional<std::conditional_t<std::is_void_v<Result>, bool, Result>> result_;
};

class Store {
  public:
    // Opens the database and applies the store's own and the given migrations (grouped by module, in floor order).
    // Throws with a text that says what to do when the database is newer than the program, served by another program,
    // damaged, or (to a guest) older than the program while a server runs on it. Close it (destroy it) before the
    // io_contexts whose coroutines await it.
    static std::unique_ptr<Store> open(Options options, std::span<std::span<Migration const> const> migrations,
                                       Clock clock = system_now);
    virtual ~Store() = default;

    // Runs fn(Tx&) in a savepoint of the group that is being committed; completes after the commit is durable.
    // What fn returns is the result; an Expected holding an error rolls fn back. Throws what fn throws, or Unavailable.
    template <class F>
    Task<std::invoke_result_t<F, Tx&>> write(F fn) {
        Job<Tx, F> job(fn);
        co_await perform(job);
        co_return job.take();
    }
    // fn(Reader&) on a consistent snapshot, on a reader thread.
    template <class F>
    Task<std::invoke_result_t<F, Reader&>> read(F fn) {
        Job<Reader, F> job(fn);
        co_await perform(job);
        co_return job.take();
    }

    // The same, blocking the calling thread: for the command line and tests. Never from a store thread.
    template <class F>
    std::invoke_result_t<F, Tx&> write_now(F fn) {
        Job<Tx, F> job(fn);
        perform_now(job);
        return job.take();
    }
    template <class F>
    std::invoke_result_t<F, Reader&> read_now(F fn) {
        Job<Reader, F> job(fn);
        perform_now(job);
        return job.take();
    }

    // ---- journal
    // Calls `hint(last_seq)` after commits that published, from a store thread: it must only post. Unsubscribes when
    // the returned handle dies.
    virtual std::shared_ptr<void> subscribe(std::function<void(std::int64_t last_seq)> hint) = 0;
    // Events with seq > after, in order.
    static std::vector<Event> events_after(Reader& reader, std::int64_t after, std::size_t limit);
    static std::int64_t last_event(Reader& reader);
    // Consumers run until the store is closed. One that throws is logged and tried again, later and later (30 s). A
    // guest runs none.
    virtual void add_consumer(Consumer consumer) = 0;
    virtual void rewind(std::string const& consumer, std::int64_t to_seq) = 0;

    // ---- state
    virtual bool writable() const = 0;  // false after a failed commit until one succeeds again (probed every second)
    virtual std::string engine() const = 0;  // "sqlite 3.40.1", "postgresql 15.18"
    // The program's one source of identifiers: no other program on this database makes the same.
    virtual IdSource& ids() = 0;
    // Prepares every statement; throws with the names and reasons of those that the engine refuses.
    virtual void check(std::span<Query const* const> queries) = 0;

  protected:
    // Never throws: a full queue or a closed store becomes the work's failure.
    virtual void submit(Work<Tx>& work) = 0;
    virtual void submit(Work<Reader>& work) = 0;
    virtual bool on_store_thread() const = 0;

  private:
    Task<> perform(Work<Tx>& work);
    Task<> perform(Work<Reader>& work);
    void perform_now(Work<Tx>& work);
    void perform_now(Work<Reader>& work);
};

// For start-up: check_queries(store, delivery::sql::all).
inline void check_queries(Store& store, std::span<Query const* const> queries) { store.check(queries); }

}  // namespace rapport::store
