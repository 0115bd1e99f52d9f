// A connection to the embedded database, on the C interface of SQLite; statements are prepared once. Internal.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "store/connection.hpp"

namespace rapport::store {

class Checkpointer;

class SqliteConnection final : public Connection {
  public:
    SqliteConnection(std::string const& path, Access access, Checkpointer* checkpointer);

    void begin() override;
    void commit() override;
    void rollback() noexcept override;
    void begin_function(bool careful) override;
    void end_function() override;
    void undo_function() override;
    void select(Query const& query, std::span<Param const> params, TakeRow const& take) override;
    void execute(Query const& query, std::span<Param const> params) override;
    std::int64_t execute_counted(Query const& query, std::span<Param const> params) override;
    void lock(std::int64_t) override {}
    bool spoiled() const override { return spoiled_; }
    bool worth_repeating() const override { return false; }
    bool pipelines() const override { return false; }
    void run_script(std::string const& sql) override;
    void prepare(Query const& query) override;
    void recover() override {}

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    struct Statement {
        std::unique_ptr<sqlite3_stmt, Finalize> handle;
        std::vector<int> index;  // of $1, $2, …: SQLite numbers them by first appearance
        bool reads = false;
    };
    struct Close {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };

    Statement compile(Query const& query);
    Statement& kept(Query const& query);
    void bind(Query const& query, Statement& statement, std::span<Param const> params);
    void step_through(Query const& query, Statement& statement, std::span<Param const> params, TakeRow const* take);
    void run(Query const& query, std::span<Param const> params, TakeRow const* take);
    [[noreturn]] void fail(int code, std::string_view doing);

    Access const access_;
    std::unique_ptr<sqlite3, Close> db_;
    std::unordered_map<Query const*, Statement> statements_;
    bool in_function_ = false;
    bool careful_ = false;
    bool savepoint_ = false;           // opened by the first statement of a careful function that writes
    std::int64_t changes_before_ = 0;  // all rows that this connection changed before the function
    bool spoiled_ = false;
};

}  // namespace rapport::store
