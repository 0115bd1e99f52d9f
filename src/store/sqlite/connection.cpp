// SQLite behind the store's connection; see connection.hpp.
#include "store/sqlite/connection.hpp"

#include <chrono>
#include <cstring>
#include <thread>

#include "store/sqlite/checkpointer.hpp"

namespace rapport::store {
namespace {

#define SAME_SQL(name, text) \
    constexpr Query name { "store." #name, text, text }
SAME_SQL(begin_write, "BEGIN IMMEDIATE");
SAME_SQL(begin_read, "BEGIN");
SAME_SQL(commit_now, "COMMIT");
SAME_SQL(rollback_now, "ROLLBACK");
SAME_SQL(open_savepoint, "SAVEPOINT f");
SAME_SQL(release_savepoint, "RELEASE f");
SAME_SQL(return_to_savepoint, "ROLLBACK TO f");
#undef SAME_SQL

class SqliteRow final : public Row {
  public:
    explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
    bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
    double real(int column) const override { return sqlite3_column_double(statement_, column); }
    std::string_view text(int column) const override {
        auto const* data = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));
        return data ? std::string_view(data, size(column)) : std::string_view();
    }
    ByteView blob(int column) const override {
        auto const* data = static_cast<char const*>(sqlite3_column_blob(statement_, column));
        return data ? ByteView(data, size(column)) : ByteView();
    }
    int columns() const override { return sqlite3_column_count(statement_); }

  private:
    std::size_t size(int column) const { return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)); }
    sqlite3_stmt* statement_;
};

// Another program (a command beside the server) holds the write lock, for the time of one transaction. SQLite's own
// waiting sleeps up to 100 ms at a time and would seldom meet the gap between two commits of a busy server.
int wait_for_the_other(void*, int tries) {
    constexpr int most_tries = 10'000;
    std::this_thread::sleep_for(tries < 50 ? std::chrono::microseconds(100) : std::chrono::microseconds(1000));
    return tries < most_tries ? 1 : 0;
}

// The disk, the file or the memory, not the statement.
bool is_broken_world(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_NOMEM:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_PROTOCOL:
            return true;
        default:
            return false;
    }
}

int bind_one(sqlite3_stmt* statement, int index, Param const& param) {
    struct Binder {
        sqlite3_stmt* s;
        int i;
        int operator()(std::monostate) const { return sqlite3_bind_null(s, i); }
        int operator()(std::int64_t v) const { return sqlite3_bind_int64(s, i, v); }
        int operator()(double v) const { return sqlite3_bind_double(s, i, v); }
        int operator()(std::string const& v) const { return (*this)(std::string_view(v)); }
        int operator()(std::string_view v) const {
            return sqlite3_bind_text64(s, i, v.data() ? v.data() : "", v.size(), SQLITE_STATIC, SQLITE_UTF8);
        }
        int operator()(BlobView v) const {
            return sqlite3_bind_blob64(s, i, v.bytes.data() ? v.bytes.data() : "", v.bytes.size(), SQLITE_STATIC);
        }
    };
    return std::visit(Binder{statement, index}, param);
}

}  // namespace

SqliteConnection::SqliteConnection(std::string const& path, Access access, Checkpointer* checkpointer)
    : access_(access) {
    // SQLite's count of its memory takes a lock at each allocation of all threads.
    static bool const uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK;
    (void)uncounted;
    sqlite3* db = nullptr;
    int const opened =
        sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    db_.reset(db);
    if (opened != SQLITE_OK) fail(opened, "opening " + path);
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_handler(db, wait_for_the_other, nullptr);
    // Plans do not depend on values. Without this, whatever compares the column of a partial index with a parameter is
    // compiled anew each time that it is run.
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
    run_script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;");
    if (access == Access::read) {
        run_script("PRAGMA query_only=ON; PRAGMA cache_size=-16000");
    } else {
        run_script(
            "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-64000; PRAGMA journal_size_limit=67108864; PRAGMA "
            "secure_delete=ON");
        if (checkpointer) checkpointer->watch(db);
    }
}

void SqliteConnection::begin() {
    spoiled_ = in_function_ = savepoint_ = false;
    run(access_ == Access::read ? begin_read : begin_write, {}, nullptr);
}

void SqliteConnection::commit() {
    in_function_ = false;
    run(commit_now, {}, nullptr);
}

void SqliteConnection::rollback() noexcept {
    in_function_ = false;
    if (sqlite3_get_autocommit(db_.get())) return;  // full disk: SQLite has rolled back by itself
    try {
        run(rollback_now, {}, nullptr);
    } catch (std::exception const&) {
        // The next begin() fails and says why.
    }
}

void SqliteConnection::begin_function(bool careful) {
    in_function_ = true;
    careful_ = careful;
    savepoint_ = false;
    changes_before_ = sqlite3_total_changes64(db_.get());
}

void SqliteConnection::end_function() {
    in_function_ = false;
    if (savepoint_) run(release_savepoint, {}, nullptr);
}

void SqliteConnection::undo_function() {
    in_function_ = false;
    if (!savepoint_) {
        if (sqlite3_total_changes64(db_.get()) != changes_before_) spoiled_ = true;
        return;
    }
    run(return_to_savepoint, {}, nullptr);
    run(release_savepoint, {}, nullptr);
}

void SqliteConnection::select(Query const& query, std::span<Param const> params, TakeRow const& take) {
    run(query, params, &take);
}
void SqliteConnection::execute(Query const& query, std::span<Param const> params) { run(query, params, nullptr); }
std::int64_t SqliteConnection::execute_counted(Query const& query, std::span<Param const> params) {
    run(query, params, nullptr);
    return sqlite3_changes64(db_.get());
}

void SqliteConnection::run(Query const& query, std::span<Param const> params, TakeRow const* take) {
    Statement& statement = kept(query);
    if (in_function_ && careful_ && !savepoint_ && !statement.reads) {
        savepoint_ = true;
        run(open_savepoint, {}, nullptr);
    }
    if (!sqlite3_stmt_busy(statement.handle.get())) return step_through(query, statement, params, take);
    Statement another = compile(query);  // a query asked again from within its own rows
    step_through(query, another, params, take);
}

void SqliteConnection::step_through(Query const& query, Statement& statement, std::span<Param const> params,
                                    TakeRow const* take) {
    struct Reset {
        sqlite3_stmt* s;
        ~Reset() {
            sqlite3_reset(s);
            sqlite3_clear_bindings(s);
        }
    };
    bind(query, statement, params);
    sqlite3_stmt* const handle = statement.handle.get();
    Reset const reset{handle};
    SqliteRow const row(handle);
    int code = sqlite3_step(handle);
    for (; code == SQLITE_ROW; code = sqlite3_step(handle))
        if (take) (*take)(row);
    if (code != SQLITE_DONE) fail(code, query.name);
}

void SqliteConnection::bind(Query const& query, Statement& statement, std::span<Param const> params) {
    if (params.size() < statement.index.size())
        throw std::logic_error(std::string(query.name) + " wants " + std::to_string(statement.index.size()) +
                               " parameters, got " + std::to_string(params.size()));
    for (std::size_t i = 0; i < statement.index.size(); ++i) {
        if (statement.index[i] == 0) continue;
        int const code = bind_one(statement.handle.get(), statement.index[i], params[i]);
        if (code != SQLITE_OK) fail(code, query.name);
    }
}

SqliteConnection::Statement SqliteConnection::compile(Query const& query) {
    sqlite3_stmt* handle = nullptr;
    int const code = sqlite3_prepare_v3(db_.get(), query.sqlite.data(), static_cast<int>(query.sqlite.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    Statement statement{std::unique_ptr<sqlite3_stmt, Finalize>(handle), {}, false};
    if (code != SQLITE_OK) fail(code, query.name);
    for (int i = 1; i <= sqlite3_bind_parameter_count(handle); ++i) {
        char const* const name = sqlite3_bind_parameter_name(handle, i);
        int const number = name && name[0] == '$' ? std::atoi(name + 1) : 0;
        if (number <= 0) throw std::logic_error(std::string(query.name) + ": parameters are written $1, $2, …");
        if (statement.index.size() < static_cast<std::size_t>(number))
            statement.index.resize(static_cast<std::size_t>(number));
        statement.index[static_cast<std::size_t>(number) - 1] = i;
    }
    // BEGIN, SAVEPOINT and their like count as reading, too.
    statement.reads = sqlite3_stmt_readonly(handle) != 0;
    return statement;
}

SqliteConnection::Statement& SqliteConnection::kept(Query const& query) {
    auto const found = statements_.find(&query);
    if (found != statements_.end()) return found->second;
    return statements_.emplace(&query, compile(query)).first->second;
}

void SqliteConnection::run_script(std::string const& sql) {
    int const code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, "a script");
}

void SqliteConnection::prepare(Query const& query) { (void)compile(query); }

void SqliteConnection::fail(int code, std::string_view doing) {
    std::string text = std::string(doing) + ": " + (db_ ? sqlite3_errmsg(db_.get()) : sqlite3_errstr(code));
    int const extended = db_ ? sqlite3_extended_errcode(db_.get()) : code;
    if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
        extended == SQLITE_CONSTRAINT_ROWID)
        throw UniqueViolation(text);
    if (!is_broken_world(code)) throw std::runtime_error(text);
    spoiled_ = true;
    if (int const kind = code & 0xff; kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
        text += ". The database file is damaged: stop the program, keep a copy of the file, and restore a backup.";
    throw Unavailable(text + (code == SQLITE_FULL ? " (no space is left on the disk)" : ""));
}

}  // namespace rapport::store
