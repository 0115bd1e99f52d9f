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
    PGconn* connection_;
};

class PostgresEngine final : public Engine {
  public:
    explicit PostgresEngine(std::string uri) : uri_(std::move(uri)), session_(uri_) {
        if (session_.version() < oldest_version)
            throw std::runtime_error("PostgreSQL 15 or later is needed; this server is version " +
                                     std::to_string(session_.version() / 10'000) + ".");
        node_ = session_.take_number();
    }

    std::unique_ptr<Connection> connect(Access access, std::stop_token stop) override {
        return std::make_unique<PostgresConnection>(uri_, access, std::move(stop));
    }
    std::string name() const override {
        int const version = session_.version();
        return "postgresql " + std::to_string(version / 10'000) + "." + std::to_string(version % 10'000);
    }
    bool shared() const override { return true; }
    unsigned node() const override { return node_; }
    std::string expand(std::string_view migration) const override {
        static constexpr std::pair<std::string_view, std::string_view> types[] = {
            {"id", "bigint"}, {"key", "bigint PRIMARY KEY"}, {"blob", "bytea"}, {"json", "jsonb"}};
        return expand_tokens(migration, types);
    }
    void lock_migrations(Connection& connection) override {
        connection.run_script("SELECT pg_advisory_lock(1380012112, 0)");
    }

  private:
    std::string uri_;
    Session session_;
    unsigned node_ = 0;
};

}  // namespace

std::unique_ptr<Engine> open_postgresql(std::string const& uri) { return std::make_unique<PostgresEngine>(uri); }

}  // namespace rapport::store
