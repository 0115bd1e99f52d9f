// PostgreSQL behind the store's connection; see connection.hpp.
#include "store/postgresql/connection.hpp"

#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/crypto.hpp"
#include "base/log.hpp"

namespace rapport::store {
namespace {

#define POSTGRES_SQL(name, text) \
    constexpr Query name { "store." #name, text, text }
POSTGRES_SQL(begin_write, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
POSTGRES_SQL(begin_read, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
POSTGRES_SQL(commit_now, "COMMIT");
POSTGRES_SQL(rollback_now, "ROLLBACK");
POSTGRES_SQL(open_savepoint, "SAVEPOINT f");
POSTGRES_SQL(release_savepoint, "RELEASE SAVEPOINT f");
POSTGRES_SQL(return_to_savepoint, "ROLLBACK TO SAVEPOINT f");
POSTGRES_SQL(own_transaction, "SELECT pg_current_xact_id_if_assigned()::text");
POSTGRES_SQL(is_in_progress, "SELECT pg_xact_status($1::text::xid8) = 'in progress'");
POSTGRES_SQL(note_commit,
             "INSERT INTO store_commit (writer, number, at) VALUES ($1, $2, $3) "
             "ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at");
POSTGRES_SQL(has_commit, "SELECT count(*) FROM store_commit WHERE writer = $1 AND number = $2");
POSTGRES_SQL(forget_commits, "DELETE FROM store_commit WHERE at < $1");
// "RAPP" and a number: other programs on the database may use advisory locks, too.
POSTGRES_SQL(take_lock, "SELECT pg_advisory_xact_lock(1380012112, $1)");
#undef POSTGRES_SQL

constexpr Oid bytea_type = 17;
constexpr std::string_view not_known = "22023";  // a transaction's identifier that a crash took back
constexpr std::chrono::days forgotten_after{30};

class PostgresRow final : public Row {
  public:
    explicit PostgresRow(PGresult const* result)
        : result_(result), decoded_(static_cast<std::size_t>(PQnfields(result))) {}
    void move_to(int row) { row_ = row; }

    bool is_null(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
    std::int64_t integer(int column) const override {
        std::string_view const text = raw(column);
        if (text == "t") return 1;  // EXISTS and comparisons
        if (text == "f") return 0;
        std::int64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    double real(int column) const override {
        std::string_view const text = raw(column);
        double value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    std::string_view text(int column) const override {
        return PQftype(result_, column) == bytea_type ? blob(column) : raw(column);
    }
    ByteView blob(int column) const override {
        std::string_view const text = raw(column);  // \x and hex digits
        auto& bytes = decoded_[static_cast<std::size_t>(column)];
        bytes = text.starts_with("\\x") ? from_hex(text.substr(2)).value_or(Bytes()) : Bytes(text);
        return bytes;
    }
    int columns() const override { return PQnfields(result_); }

  private:
    std::string_view raw(int column) const {
        return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
    }
    PGresult const* result_;
    int row_ = 0;
    mutable std::vector<Bytes> decoded_;
};

bool begins_with_select(std::string_view sql) {
    auto const start = sql.find_first_not_of(" \t\n");
    return start != std::string_view::npos && ::strncasecmp(sql.data() + start, "select", 6) == 0;
}

// The disk, the server or the connection, not the statement (classes of Appendix A of PostgreSQL's manual).
bool is_broken_world(std::string const& state) {
    return state.empty() || state.starts_with("08") || state.starts_with("53") || state.starts_with("57P") ||
           state.starts_with("58") || state.starts_with("XX") || state == "25006";
}

// Waits a moment unless the store is being closed.
void pause(std::stop_token const& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, std::chrono::milliseconds(250), [] { return false; });
}

}  // namespace

// Turns the server's errors into the store's, and remembers whether trying again may help.
template <class F>
auto PostgresConnection::translated(F&& act) {
    try {
        return act();
    } catch (ServerError const& error) {
        if (error.state == "40001" || error.state == "40P01") repeat_ = true;
        if (error.state == "23505") throw UniqueViolation(error.what());
        if (is_broken_world(error.state)) throw Unavailable(error.what());
        throw std::runtime_error(error.what());
    }
}

PostgresConnection::PostgresConnection(std::string uri, Access access, std::stop_token stop,
                                       std::function<void()> before_writing)
    : uri_(std::move(uri)), access_(access), stop_(std::move(stop)), before_writing_(std::move(before_writing)) {
    translated([&] { pipeline_ = std::make_unique<Pipeline>(uri_); });
    std::memcpy(&writer_, random_bytes(sizeof writer_).data(), sizeof writer_);
}

void PostgresConnection::begin() {
    repeat_ = in_function_ = savepoint_ = careful_ = false;
    waiting_.clear();
    kept_bytes_.clear();
    recover();
    if (before_writing_) before_writing_();
    translated([&] { pipeline_->send(access_ == Access::read ? begin_read : begin_write, {}); });
    in_transaction_ = true;
}

void PostgresConnection::commit() {
    std::string transaction;
    translated([&] {
        // Asking for its number also waits for every statement: an error shows before the COMMIT is sent.
        Result const own = pipeline_->ask(own_transaction, {});
        if (PQgetisnull(own.get(), 0, 0) == 0) transaction = PQgetvalue(own.get(), 0, 0);
        if (!transaction.empty() && access_ == Access::write) note();
    });
    in_transaction_ = false;
    translated([&] {
        try {
            pipeline_->finish(commit_now, "COMMIT");
        } catch (ServerError const& error) {
            if (!pipeline_->lost() && !is_broken_world(error.state)) throw;  // a deferred constraint
            // Also a server that says farewell in reply may have committed just before.
            if (!transaction.empty()) resolve_commit(transaction);
        }
    });
}

void PostgresConnection::note() {
    Time const now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    if (commits_++ == 0) {
        Param const old[] = {micros(now - forgotten_after)};
        pipeline_->send(forget_commits, old);
    }
    Param const params[] = {writer_, commits_, micros(now)};
    pipeline_->send(note_commit, params);
}

// False: it was rolled back. Nothing while it may still be going on.
std::optional<bool> PostgresConnection::was_committed(Pipeline& fresh, std::string const& transaction) const {
    try {
        Param const params[] = {std::string_view(transaction)};
        Result const answer = fresh.ask(is_in_progress, params);
        if (std::string_view(PQgetvalue(answer.get(), 0, 0)) == "t") return std::nullopt;
    } catch (ServerError const& error) {
        if (error.state != not_known) throw;
        fresh.resynchronise();
    }
    Param const params[] = {writer_, commits_};
    Result const found = fresh.ask(has_commit, params);
    bool const committed = std::string_view(PQgetvalue(found.get(), 0, 0)) == "1";
    fresh.resynchronise();
    return committed;
}

// The connection broke after COMMIT was sent: only the server knows. Nobody is answered until it has been asked.
void PostgresConnection::resolve_commit(std::string const& transaction) {
    log::warning("commit_outcome_unknown", {{"transaction", transaction}});
    for (;; pause(stop_)) {
        if (stop_.stop_requested() || access_ == Access::migrate)
            throw Unavailable("PostgreSQL went away during a commit; its outcome is not known.");
        try {
            auto fresh = std::make_unique<Pipeline>(uri_);
            auto const committed = was_committed(*fresh, transaction);
            if (!committed) continue;
            pipeline_ = std::move(fresh);
            log::warning("commit_outcome_resolved", {{"transaction", transaction}, {"committed", *committed}});
            if (*committed) return;
            throw Unavailable("PostgreSQL went away during a commit, which was rolled back.");
        } catch (ServerError const&) {
            // Still away.
        }
    }
}

void PostgresConnection::rollback() noexcept {
    in_function_ = false;
    waiting_.clear();
    if (pipeline_->lost()) return;
    try {
        if (pipeline_->failed()) pipeline_->resynchronise();
        if (std::exchange(in_transaction_, false)) pipeline_->finish(rollback_now, "ROLLBACK");
    } catch (std::exception const&) {
        // Lost: recover() makes a new one; the server rolls back by itself.
    }
}

void PostgresConnection::begin_function(bool careful) {
    in_function_ = true;
    savepoint_ = false;
    careful_ = careful;
    if (careful) guard();
}

void PostgresConnection::end_function() {
    translated([&] {
        send_waiting();
        if (savepoint_) pipeline_->send(release_savepoint, {});
        if (careful_) pipeline_->settle();
    });
    in_function_ = false;
}

void PostgresConnection::undo_function() {
    in_function_ = false;
    waiting_.clear();
    if (!savepoint_) return;
    translated([&] {
        if (pipeline_->failed()) pipeline_->resynchronise();
        pipeline_->send(return_to_savepoint, {});
        pipeline_->send(release_savepoint, {});
        if (careful_) pipeline_->settle();
    });
}

// In a careful run an error belongs to the function that waited for it and is undone with its savepoint.
bool PostgresConnection::spoiled() const {
    if (pipeline_->lost() || repeat_) return true;
    return pipeline_->failed() && !(careful_ && savepoint_);
}

bool PostgresConnection::worth_repeating() const { return repeat_; }

void PostgresConnection::guard() {
    if (savepoint_ || !in_function_) return;
    savepoint_ = true;
    translated([&] { pipeline_->send(open_savepoint, {}); });
}

void PostgresConnection::send_waiting() {
    for (Waiting const& statement : waiting_) pipeline_->send(*statement.query, statement.params);
    waiting_.clear();
    kept_bytes_.clear();
}

Result PostgresConnection::ask(Query const& query, std::span<Param const> params) {
    // Reading before anything was written needs no savepoint: there is nothing to undo.
    if (!waiting_.empty() || !begins_with_select(query.postgresql)) guard();
    return translated([&] {
        send_waiting();
        return pipeline_->ask(query, params);
    });
}

void PostgresConnection::select(Query const& query, std::span<Param const> params, TakeRow const& take) {
    Result const result = ask(query, params);
    PostgresRow row(result.get());
    for (int i = 0; i < PQntuples(result.get()); ++i) {
        row.move_to(i);
        take(row);
    }
}

void PostgresConnection::execute(Query const& query, std::span<Param const> params) {
    if (!in_function_ || savepoint_) {
        translated([&] { pipeline_->send(query, params); });
        return;
    }
    // Kept back: should the function fail before it needs a result, the server never hears of it.
    Waiting& statement = waiting_.emplace_back(&query, std::vector<Param>(params.begin(), params.end()));
    for (Param& param : statement.params) {
        if (auto const* view = std::get_if<std::string_view>(&param))
            param = std::string(*view);
        else if (auto const* blob = std::get_if<BlobView>(&param))
            param = BlobView{kept_bytes_.emplace_back(blob->bytes)};
    }
}

std::int64_t PostgresConnection::execute_counted(Query const& query, std::span<Param const> params) {
    Result const result = ask(query, params);
    return std::atoll(PQcmdTuples(result.get()));
}

void PostgresConnection::lock(std::int64_t number) {
    Param const params[] = {number};
    execute(take_lock, params);
}

void PostgresConnection::run_script(std::string const& sql) {
    translated([&] { pipeline_->run_script(sql); });
}

void PostgresConnection::prepare(Query const& query) {
    translated([&] { pipeline_->describe(query); });
}

void PostgresConnection::recover() {
    if (!pipeline_->lost()) return;
    in_transaction_ = false;
    translated([&] { pipeline_ = std::make_unique<Pipeline>(uri_); });
}

}  // namespace rapport::store
