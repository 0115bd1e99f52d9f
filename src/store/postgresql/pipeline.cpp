// libpq's pipeline mode; see pipeline.hpp. The socket does not block: while we wait to send we also read, otherwise a
// server that waits for us to read its results would never read our statements.
#include "store/postgresql/pipeline.hpp"

#include <poll.h>

#include <charconv>

namespace rapport::store {
namespace {

std::string trimmed_message(char const* message) {
    std::string text = message ? message : "";
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text.empty() ? "the connection to PostgreSQL is lost" : text;
}

// What the URI says wins over the time-outs, which find out about a server that has vanished.
PGconn* connect(std::string const& uri) {
    char const* const keys[] = {"connect_timeout",
                                "tcp_user_timeout",
                                "keepalives_idle",
                                "dbname",
                                "client_encoding",
                                "application_name",
                                nullptr};
    char const* const values[] = {"5", "15000", "10", uri.c_str(), "UTF8", "rapport", nullptr};
    return PQconnectdbParams(keys, values, 1);
}

bool is_error(ExecStatusType status) {
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_PIPELINE_ABORTED;
}

}  // namespace

Pipeline::Pipeline(std::string const& uri) : connection_(connect(uri)) {
    if (!connection_) throw std::bad_alloc();
    if (PQstatus(connection_.get()) != CONNECTION_OK)
        throw ServerError(trimmed_message(PQerrorMessage(connection_.get())), "");
    PQsetNoticeProcessor(connection_.get(), [](void*, char const*) {}, nullptr);
    // Plans are kept: one that was made while a table was small must not read it whole when it has grown.
    run_script(
        "SET client_min_messages = warning; SET synchronous_commit = on; SET jit = off; SET enable_seqscan = off");
    enter_pipeline();
}

void Pipeline::enter_pipeline() {
    if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1)
        throw ServerError("PostgreSQL's pipeline mode cannot be entered", "");
}

void Pipeline::send(Query const& query, std::span<Param const> params) { execute(query, params, false); }

Result Pipeline::ask(Query const& query, std::span<Param const> params) {
    execute(query, params, true);
    require_sent(PQsendFlushRequest(connection_.get()));
    Result wanted;
    while (!expected_.empty()) {
        bool const mine = expected_.front().wanted;
        Result result = read_expected();
        if (mine) wanted = std::move(result);
    }
    if (error_) throw_error();
    return wanted;
}

void Pipeline::finish(Query const& query, std::string_view tag) {
    execute(query, {}, true);
    require_sent(PQpipelineSync(connection_.get()));
    expected_.push_back({.sync = true});
    std::string answer;
    while (!expected_.empty()) {
        bool const mine = expected_.front().wanted;
        Result const result = read_expected();
        if (mine && result) answer = PQcmdStatus(result.get());
    }
    if (error_) {
        ServerError const error = *error_;
        if (!lost_) error_.reset();
        throw error;
    }
    if (answer != tag) throw ServerError("PostgreSQL answered " + answer + " to " + std::string(tag), "25000");
}

void Pipeline::settle() {
    if (error_) throw_error();
    if (expected_.empty()) return;
    require_sent(PQsendFlushRequest(connection_.get()));
    while (!expected_.empty()) read_expected();
    if (error_) throw_error();
}

void Pipeline::resynchronise() {
    if (lost_) throw_error();
    require_sent(PQpipelineSync(connection_.get()));
    expected_.push_back({.sync = true});
    while (!expected_.empty()) read_expected();
    if (lost_) throw_error();
    error_.reset();
}

void Pipeline::execute(Query const& query, std::span<Param const> params, bool wanted) {
    if (error_) throw_error();
    std::string const& name = prepared(query);
    values_.clear();
    lengths_.clear();
    formats_.clear();
    texts_.clear();
    auto const add = [&](char const* data, std::size_t size, int format) {
        values_.push_back(data);
        lengths_.push_back(static_cast<int>(size));
        formats_.push_back(format);
    };
    for (Param const& param : params) {
        if (std::holds_alternative<std::monostate>(param)) {
            add(nullptr, 0, 0);
        } else if (auto const* blob = std::get_if<BlobView>(&param)) {
            add(blob->bytes.data() ? blob->bytes.data() : "", blob->bytes.size(), 1);
        } else {
            std::string& text = texts_.emplace_back();
            if (auto const* number = std::get_if<std::int64_t>(&param))
                text = std::to_string(*number);
            else if (auto const* view = std::get_if<std::string_view>(&param))
                text = *view;
            else if (auto const* own = std::get_if<std::string>(&param))
                text = *own;
            else {
                char digits[32];
                auto const end = std::to_chars(digits, digits + sizeof digits, std::get<double>(param)).ptr;
                text.assign(digits, end);
            }
            if (text.find('\0') != std::string::npos)
                throw std::runtime_error(std::string(query.name) + ": a text holds NUL");
            add(text.c_str(), text.size(), 0);
        }
    }
    require_sent(PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values_.size()), values_.data(),
                                     lengths_.data(), formats_.data(), 0));
    expected_.push_back({.wanted = wanted});
}

std::string const& Pipeline::prepared(Query const& query) {
    auto const found = prepared_.find(&query);
    if (found != prepared_.end()) return found->second;
    std::string const name = "s" + std::to_string(reinterpret_cast<std::uintptr_t>(&query));
    require_sent(PQsendPrepare(connection_.get(), name.c_str(), std::string(query.postgresql).c_str(), 0, nullptr));
    expected_.push_back({.prepares = &query});
    return prepared_.emplace(&query, name).first->second;
}

void Pipeline::require_sent(int result) {
    if (result == 1) return;
    if (PQstatus(connection_.get()) == CONNECTION_OK)
        throw std::logic_error("libpq refused a statement: " + trimmed_message(PQerrorMessage(connection_.get())));
    lose();
    throw_error();
}

void Pipeline::lose() {
    lost_ = true;
    expected_.clear();
    if (!error_) error_.emplace(trimmed_message(PQerrorMessage(connection_.get())), "");
}

// False: the connection is lost.
bool Pipeline::flush() {
    for (;;) {
        int const left = PQflush(connection_.get());
        if (left <= 0) return left == 0;
        pollfd wait{PQsocket(connection_.get()), POLLIN | POLLOUT, 0};
        ::poll(&wait, 1, -1);
        if ((wait.revents & POLLIN) && PQconsumeInput(connection_.get()) != 1) return false;
    }
}

// The result of the statement at the front; empty when the connection is lost.
Result Pipeline::read_expected() {
    Expected const front = expected_.front();
    if (!flush()) {
        lose();
        return nullptr;
    }
    Result result(PQgetResult(connection_.get()));
    if (result && is_error(PQresultStatus(result.get()))) {
        if (front.prepares) prepared_.erase(front.prepares);
        note_error(result.get());
    }
    // No empty result follows a synchronisation.
    while (result && !front.sync && PQstatus(connection_.get()) == CONNECTION_OK) {
        Result const rest(PQgetResult(connection_.get()));
        if (!rest) break;
    }
    if (!result || PQstatus(connection_.get()) != CONNECTION_OK) {
        lose();
        return nullptr;
    }
    expected_.pop_front();
    return result;
}

void Pipeline::note_error(PGresult const* result) {
    if (error_ || PQresultStatus(result) == PGRES_PIPELINE_ABORTED) return;  // the first one tells
    char const* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    error_.emplace(trimmed_message(PQresultErrorMessage(result)), state ? state : "");
}

void Pipeline::run_script(std::string const& sql) {
    bool const pipelined = PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF;
    if (pipelined) {
        resynchronise();
        PQexitPipelineMode(connection_.get());
        PQsetnonblocking(connection_.get(), 0);
    }
    Result const result(PQexec(connection_.get(), sql.c_str()));
    bool const bad = !result || is_error(PQresultStatus(result.get()));
    std::string const text = trimmed_message(PQerrorMessage(connection_.get()));
    if (pipelined) enter_pipeline();
    if (bad) throw ServerError(text, "");
}

void Pipeline::describe(Query const& query) {
    require_sent(PQsendPrepare(connection_.get(), "", std::string(query.postgresql).c_str(), 0, nullptr));
    expected_.push_back({});
    require_sent(PQpipelineSync(connection_.get()));
    expected_.push_back({.sync = true});
    while (!expected_.empty()) read_expected();
    if (!error_) return;
    ServerError const error = *error_;
    if (!lost_) error_.reset();
    throw error;
}

}  // namespace rapport::store
