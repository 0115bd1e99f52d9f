// What both engines offer to the layers above them: a connection that runs one transaction at a time, and the engine
// that makes connections. Internal to the store. A connection belongs to one thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "store/query.hpp"
#include "store/store.hpp"
#include "store/tx.hpp"
#include "store/value.hpp"

namespace rapport::store {

using TakeRow = std::function<void(Row const&)>;

class Connection {
  public:
    virtual ~Connection() = default;

    virtual void begin() = 0;
    // Returns when the transaction is durable. Throws Unavailable when it surely was not committed, and what a
    // statement that had not been waited for met (then nothing is committed either).
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;

    // One function of the group: begin_function, its statements, then end_function (which throws what its statements
    // met, where that is known) or undo_function. `careful` waits for every result at the end
    // and can undo anything; otherwise undo_function may leave the connection spoiled.
    virtual void begin_function(bool careful) = 0;
    virtual void end_function() = 0;
    virtual void undo_function() = 0;

    virtual void select(Query const& query, std::span<Param const> params, TakeRow const& take) = 0;
    virtual void execute(Query const& query, std::span<Param const> params) = 0;
    virtual std::int64_t execute_counted(Query const& query, std::span<Param const> params) = 0;
    virtual void lock(std::int64_t number) = 0;

    // The transaction cannot go on: a statement failed that belongs to nobody in particular, or the world broke.
    virtual bool spoiled() const = 0;
    // What spoiled it may not happen the next time (deadlock, serialisation).
    virtual bool worth_repeating() const = 0;
    // Errors may show after their function has ended: a failed group is run again carefully.
    virtual bool pipelines() const = 0;

    virtual void run_script(std::string const& sql) = 0;  // several statements, within or outside a transaction
    virtual void prepare(Query const& query) = 0;         // throws what is wrong with it
    virtual void recover() = 0;                           // makes a broken connection usable again, or throws
};

enum class Access {
    write,
    read,
    migrate,  // writes, perhaps before the store's own tables are there: a commit whose reply is lost has failed
};

class Engine {
  public:
    virtual ~Engine() = default;
    // `stop` ends waiting for a database that is away.
    virtual std::unique_ptr<Connection> connect(Access access, std::stop_token stop) = 0;
    virtual std::string name() const = 0;
    virtual unsigned node() const = 0;                                 // distinguishes the identifiers they make
    virtual std::string expand(std::string_view migration) const = 0;  // type tokens
    // Keeps others from migrating at the same time; on SQLite from using the database at all. False where the schema
    // must stay as it is now: for a guest while a server runs, on SQLite while anybody uses it.
    virtual bool lock_migrations(Connection& connection) = 0;
    // After the last lock_migrations, whatever it said.
    virtual void unlock_migrations(Connection& connection) = 0;
};

std::unique_ptr<Engine> open_sqlite(std::string const& path, Role role);
std::unique_ptr<Engine> open_postgresql(std::string const& uri, Role role);

// Replaces {{token}} by pairs (token, text); throws on one that is not listed.
std::string expand_tokens(std::string_view sql, std::span<std::pair<std::string_view, std::string_view> const> types);

}  // namespace rapport::store
