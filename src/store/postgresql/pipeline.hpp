// The wire to one PostgreSQL server: statements are prepared once, sent without waiting, and their results read when
// somebody needs one. Internal to the store.
#pragma once

#include <libpq-fe.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/query.hpp"
#include "store/value.hpp"

namespace rapport::store {

// What a statement met: the server's text and its SQLSTATE (empty when the connection broke).
struct ServerError : std::runtime_error {
    ServerError(std::string const& text, std::string sqlstate) : std::runtime_error(text), state(std::move(sqlstate)) {}
    std::string state;
};

struct FreeResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, FreeResult>;

class Pipeline {
  public:
    explicit Pipeline(std::string const& uri);  // throws ServerError

    // Queues; nothing is known about the outcome yet.
    void send(Query const& query, std::span<Param const> params);
    // Queues, and waits for this result and all before it. Throws the first error among them.
    Result ask(Query const& query, std::span<Param const> params);
    // The same for the statement that ends a transaction; a new pipeline begins after it. Throws when the server's
    // command tag is another one (a COMMIT that answers ROLLBACK). Afterwards failed() is false unless lost().
    void finish(Query const& query, std::string_view tag);
    // Waits for everything that was queued. Throws the first error.
    void settle();
    // Ends the pipeline's transaction of messages: after an error, the server takes statements again. Never throws
    // a statement's error, only a broken connection's.
    void resynchronise();

    void run_script(std::string const& sql);  // outside the pipeline
    void describe(Query const& query);        // prepares under no name

    bool lost() const { return lost_; }
    bool failed() const { return error_.has_value(); }
    [[noreturn]] void throw_error() const { throw ServerError(*error_); }

  private:
    struct Close {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    struct Expected {
        Query const* prepares = nullptr;  // else it executes
        bool wanted = false;
        bool sync = false;
    };

    void execute(Query const& query, std::span<Param const> params, bool wanted);
    std::string const& prepared(Query const& query);
    void require_sent(int result);
    bool flush();
    void lose();
    Result read_expected();
    void note_error(PGresult const* result);
    void enter_pipeline();

    std::unique_ptr<PGconn, Close> connection_;
    std::unordered_map<Query const*, std::string> prepared_;
    std::deque<Expected> expected_;
    std::optional<ServerError> error_;
    bool lost_ = false;

    // Parameters of the statement that is being sent; kept to spare allocations.
    std::vector<char const*> values_;
    std::vector<int> lengths_, formats_;
    std::deque<std::string> texts_;
};

}  // namespace rapport::store
