// The store: one database (SQLite or PostgreSQL), its writer with group commit, its readers, the journal and the blobs.
// Edges await write() and read(); command-line verbs and tests use write_now() and read_now(). Any thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <filesystem>
#include <memory>
#include <type_traits>

#include "base/crypto.hpp"
#include "base/task.hpp"
#include "store/tx.hpp"

namespace rapport::store {

struct Options {
    std::string database;             // a file path, or "postgresql://…" (libpq connection URI)
    std::filesystem::path blobs;      // folder of the content-addressed files
    std::size_t readers = 2;          // reading connections
    std::size_t queue_limit = 20'000;  // functions waiting for the writer; beyond it: Unavailable with a retry time
};

// A durable consumer of the journal: sees every event once or more, in order, from its cursor. `take` runs in the
// same transaction that moves the cursor; it may be rewound, so it is idempotent.
struct Consumer {
    std::string name;
    std::function<void(Tx&, std::span<Event const>)> take;
    std::size_t batch = 200;
};

class Store {
  public:
    // Opens the database and applies `migrations` (grouped by module, in floor order). Throws with a text that says
    // what to do when the database is newer than the program, locked by another program, or damaged.
    static std::unique_ptr<Store> open(Options options, std::span<std::span<Migration const> const> migrations,
                                       Clock clock = system_now);
    virtual ~Store() = default;

    // Runs fn(Tx&) in a savepoint of the group that is being committed; completes after the commit is durable.
    // What fn returns is the result; an Expected holding an error rolls fn back. Throws what fn throws, or Unavailable.
    template <class F>
    Task<std::invoke_result_t<F, Tx&>> write(F fn);
    // fn(Reader&) on a consistent snapshot, on a reader thread.
    template <class F>
    Task<std::invoke_result_t<F, Reader&>> read(F fn);

    template <class F>
    std::invoke_result_t<F, Tx&> write_now(F fn);
    template <class F>
    std::invoke_result_t<F, Reader&> read_now(F fn);

    // ---- journal
    // Calls `hint(last_seq)` after commits that published, from a store thread: it must only post. Unsubscribes when
    // the returned handle dies.
    virtual std::shared_ptr<void> subscribe(std::function<void(std::int64_t last_seq)> hint) = 0;
    // Events with seq > after, in order.
    static std::vector<Event> events_after(Reader& reader, std::int64_t after, std::size_t limit);
    static std::int64_t last_event(Reader& reader);
    // Consumers run on a store thread until the store is closed; add them before the first write.
    virtual void add_consumer(Consumer consumer) = 0;
    virtual void rewind(std::string const& consumer, std::int64_t to_seq) = 0;

    // ---- state
    virtual bool writable() const = 0;  // false after a failed commit until one succeeds again (probed every second)
    virtual std::string engine() const = 0;  // "sqlite 3.40.1", "postgresql 15.18"
};

}  // namespace rapport::store
