// PostgreSQL 15 or later as the store's engine: any number of programs on one database.
#include <libpq-fe.h>

#include <stdexcept>
#include <string>

#include "store/postgresql/connection.hpp"

namespace rapport::store {
namespace {

constexpr int oldest_version = 150'000;

// A session that holds this program's number among those on the database, 0 to 1023, for its identifiers.
// After it broke (a restart of PostgreSQL), number and announcement are taken again before anything is written.
class Session {
  public:
    Session(std::string const& uri, Role role) : connection_(PQconnectdb(uri.c_str())), role_(role) {
        if (PQstatus(connection_) != CONNECTION_OK) {
            std::string const text = PQerrorMessage(connection_);
            PQfinish(connection_);
            throw std::runtime_error("PostgreSQL cannot be reached: " + text);
        }
    }
    ~Session() { PQfinish(connection_); }
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;

    int version() const { return PQserverVersion(connection_); }
    unsigned node() const { return node_; }
    // By the thread that writes. Looks whether the server has closed the session, without asking it.
    void keep() {
        // Once for a last message, once for the end.
        bool const open = PQconsumeInput(connection_) == 1 && PQconsumeInput(connection_) == 1;
        if (held_ && open && PQstatus(connection_) == CONNECTION_OK) return;
        held_ = false;
        PQreset(connection_);
        if (PQstatus(connection_) != CONNECTION_OK) throw Unavailable(PQerrorMessage(connection_));
        std::string taken;
        try {
            taken = ask("SELECT pg_try_advisory_lock(1380012113, $1::int)", std::to_string(node_));
            announce();
        } catch (std::runtime_error const& error) {
            throw Unavailable(error.what());
        }
        if (taken != "t") throw Unavailable("Another program on the database has taken this one's number meanwhile.");
        held_ = true;
    }
    // Held in common by the servers on the database; a guest that migrates holds it alone.
    void announce() {
        if (role_ == Role::server) ask("SELECT pg_advisory_lock_shared(1380012114, 0)");
    }
    bool lock_out_servers() { return ask("SELECT pg_try_advisory_lock(1380012114, 0)") == "t"; }
    void let_servers_in() { ask("SELECT pg_advisory_unlock(1380012114, 0)"); }

    void take_number() {
        Result const result(PQexec(connection_,
                                   "SELECT n FROM generate_series(0, 1023) AS n "
                                   "WHERE pg_try_advisory_lock(1380012113, n) LIMIT 1"));
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK || PQntuples(result.get()) != 1)
            throw std::runtime_error("Too many programs (1,024) use this database, or its locks cannot be taken: " +
                                     std::string(PQerrorMessage(connection_)));
        node_ = static_cast<unsigned>(std::stoul(PQgetvalue(result.get(), 0, 0)));
        held_ = true;
    }

  private:
    std::string ask(char const* sql, std::string const& number = "") {
        char const* const values[] = {number.c_str()};
        Result const result(
            PQexecParams(connection_, sql, number.empty() ? 0 : 1, nullptr, values, nullptr, nullptr, 0));
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK)
            throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(connection_));
        return PQgetvalue(result.get(), 0, 0);
    }
    PGconn* connection_;
    Role const role_;
    unsigned node_ = 0;
    bool held_ = false;
};

class PostgresEngine final : public Engine {
  public:
    PostgresEngine(std::string uri, Role role) : uri_(std::move(uri)), role_(role), session_(uri_, role) {
        if (session_.version() < oldest_version)
            throw std::runtime_error("PostgreSQL 15 or later is needed; this server is version " +
                                     std::to_string(session_.version() / 10'000) + ".");
        version_ = session_.version();
        session_.take_number();
        session_.announce();
    }

    std::unique_ptr<Connection> connect(Access access, std::stop_token stop) override {
        auto const keep = access == Access::read ? nullptr : std::function<void()>([this] { session_.keep(); });
        return std::make_unique<PostgresConnection>(uri_, access, std::move(stop), keep);
    }
    std::string name() const override {
        return "postgresql " + std::to_string(version_ / 10'000) + "." + std::to_string(version_ % 10'000);
    }
    unsigned node() const override { return session_.node(); }
    std::string expand(std::string_view migration) const override {
        static constexpr std::pair<std::string_view, std::string_view> types[] = {
            {"id", "bigint"}, {"key", "bigint PRIMARY KEY"}, {"blob", "bytea"}, {"json", "jsonb"}};
        return expand_tokens(migration, types);
    }
    bool lock_migrations(Connection& connection) override {
        connection.run_script("SELECT pg_advisory_lock(1380012112, 0)");
        is_migrating_ = role_ == Role::server || session_.lock_out_servers();
        if (is_migrating_) return true;
        connection.run_script("SELECT pg_advisory_unlock(1380012112, 0)");
        return false;
    }
    void unlock_migrations(Connection& connection) override {
        if (!is_migrating_) return;
        if (role_ == Role::guest) session_.let_servers_in();
        connection.run_script("SELECT pg_advisory_unlock(1380012112, 0)");
    }

  private:
    std::string uri_;
    Role const role_;
    Session session_;
    int version_ = 0;
    bool is_migrating_ = false;
};

}  // namespace

std::unique_ptr<Engine> open_postgresql(std::string const& uri, Role role) {
    return std::make_unique<PostgresEngine>(uri, role);
}

}  // namespace rapport::store
