// A connection to PostgreSQL as the store sees one: transactions, savepoints only where a function waits after it
// wrote, and an honest answer about a COMMIT whose reply was lost. Internal.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "store/connection.hpp"
#include "store/postgresql/pipeline.hpp"

namespace rapport::store {

class PostgresConnection final : public Connection {
  public:
    // `before_writing` runs at the begin of each writing transaction; it may throw Unavailable.
    PostgresConnection(std::string uri, Access access, std::stop_token stop, std::function<void()> before_writing = {});

    void begin() override;
    void commit() override;
    void rollback() noexcept override;
    void begin_function(bool careful) override;
    void end_function() override;
    void undo_function() override;
    void select(Query const& query, std::span<Param const> params, TakeRow const& take) override;
    void execute(Query const& query, std::span<Param const> params) override;
    std::int64_t execute_counted(Query const& query, std::span<Param const> params) override;
    void lock(std::int64_t number) override;
    bool spoiled() const override;
    bool worth_repeating() const override;
    bool pipelines() const override { return true; }
    void run_script(std::string const& sql) override;
    void prepare(Query const& query) override;
    void recover() override;

  private:
    struct Waiting {  // a statement of the function that is running, kept back until a result is needed
        Query const* query;
        std::vector<Param> params;
    };
    Result ask(Query const& query, std::span<Param const> params);
    void send_waiting();
    void guard();
    void note();  // which commit of ours this one is, in store_commit
    std::optional<bool> was_committed(Pipeline& fresh, std::string const& transaction) const;
    void resolve_commit(std::string const& transaction);
    template <class F>
    auto translated(F&& act);

    std::string uri_;
    Access const access_;
    std::stop_token stop_;
    std::function<void()> before_writing_;
    std::unique_ptr<Pipeline> pipeline_;
    std::vector<Waiting> waiting_;
    std::deque<Bytes> kept_bytes_;  // that parameters in waiting_ point at
    std::int64_t writer_ = 0;       // our row of store_commit
    std::int64_t commits_ = 0;      // the number of the last one that was begun
    bool in_transaction_ = false;
    bool in_function_ = false;
    bool careful_ = false;
    bool savepoint_ = false;
    bool repeat_ = false;
};

}  // namespace rapport::store
