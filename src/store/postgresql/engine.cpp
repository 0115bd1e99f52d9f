// PostgreSQL 15 or later as the store's engine: any number of programs on one database.
#include <libpq-fe.h>

#include <stdexcept>
#include <string>

#include "store/postgresql/connection.hpp"

namespace rapport::store {
namespace {

constexpr int oldest_version = 150'000;

// A session that holds this program's number among those on the database, 0 to 1023, for its identifiers.
class Session {
  public:
    explicit Session(std::string const& uri) : connection_(PQconnectdb(uri.c_str())) {
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
    // Held in common by the servers on the database; a guest that migrates holds it alone.
    void announce_server() { ask("SELECT pg_advisory_lock_shared(1380012114, 0)"); }
    bool lock_out_servers() { return ask("SELECT pg_try_advisory_lock(1380012114, 0)") == "t"; }
    void let_servers_in() { ask("SELECT pg_advisory_unlock(1380012114, 0)"); }

    unsigned take_number() {
        Result const result(PQexec(connection_,
                                   "SELECT n FROM generate_series(0, 1023) AS n "
                                   "WHERE pg_try_advisory_lock(1380012113, n) LIMIT 1"));
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK || PQntuples(result.get()) != 1)
            throw std::runtime_error("Too many programs (1,024) use this database, or its locks cannot be taken: " +
                                     std::string(PQerrorMessage(connection_)));
        return static_cast<unsigned>(std::stoul(PQgetvalue(result.get(), 0, 0)));
    }

  private:
    std::string ask(char const* sql) {
        Result const result(PQexec(connection_, sql));
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK)
            throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(connection_));
        return PQgetvalue(result.get(), 0, 0);
    }
    PGconn* connection_;
};

class PostgresEngine final : public Engine {
  public:
    PostgresEngine(std::string uri, Role role) : uri_(std::move(uri)), role_(role), session_(uri_) {
        if (session_.version() < oldest_version)
            throw std::runtime_error("PostgreSQL 15 or later is needed; this server is version " +
                                     std::to_string(session_.version() / 10'000) + ".");
        node_ = session_.take_number();
        if (role_ == Role::server) session_.announce_server();
    }

    std::unique_ptr<Connection> connect(Access access, std::stop_token stop) override {
        return std::make_unique<PostgresConnection>(uri_, access, std::move(stop));
    }
    std::string name() const override {
        int const version = session_.version();
        return "postgresql " + std::to_string(version / 10'000) + "." + std::to_string(version % 10'000);
    }
    unsigned node() const override { return node_; }
    std::string expand(std::string_view migration) const override {
        static constexpr std::pair<std::string_view, std::string_view> types[] = {
            {"id", "bigint"}, {"key", "bigint PRIMARY KEY"}, {"blob", "bytea"}, {"json", "jsonb"}};
        return expand_tokens(migration, types);
    }
    bool lock_migrations(Connection& connection) override {
        connection.run_script("SELECT pg_advisory_lock(1380012112, 0)");
        if (role_ == Role::server || session_.lock_out_servers()) return true;
        connection.run_script("SELECT pg_advisory_unlock(1380012112, 0)");
        return false;
    }
    void unlock_migrations(Connection& connection) override {
        if (role_ == Role::guest) session_.let_servers_in();
        connection.run_script("SELECT pg_advisory_unlock(1380012112, 0)");
    }

  private:
    std::string uri_;
    Role const role_;
    Session session_;
    unsigned node_ = 0;
};

}  // namespace

std::unique_ptr<Engine> open_postgresql(std::string const& uri, Role role) {
    return std::make_unique<PostgresEngine>(uri, role);
}

}  // namespace rapport::store
