// Forward-only migrations; see migrate.hpp.
#include "store/migrate.hpp"

#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "store/transaction.hpp"

namespace rapport::store {
namespace {

constexpr std::string_view table =
    "CREATE TABLE IF NOT EXISTS store_migration (module text NOT NULL, number integer NOT NULL, name text NOT NULL, "
    "checksum text NOT NULL, applied_at bigint NOT NULL, PRIMARY KEY (module, number))";
constexpr std::string_view list_sql = "SELECT module, number, checksum FROM store_migration";
constexpr std::string_view record_sql =
    "INSERT INTO store_migration (module, number, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)";
constexpr Query has_table{"store.has_migrations",
                          "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'store_migration'",
                          "SELECT count(*) FROM pg_class WHERE oid = to_regclass('store_migration')"};
constexpr Query list_applied{"store.list_migrations", list_sql, list_sql};
constexpr Query record{"store.record_migration", record_sql, record_sql};

constexpr std::chrono::seconds patience{3};

using Name = std::pair<std::string, int>;

std::string text_of(Name const& name) { return name.first + " " + std::to_string(name.second); }

std::map<Name, std::string> applied_migrations(Connection& connection) {
    std::map<Name, std::string> found;
    std::int64_t tables = 0;
    connection.begin();
    connection.select(has_table, {}, [&](Row const& row) { tables = row.integer(0); });
    if (tables == 0) {
        connection.rollback();
        return found;
    }
    connection.select(list_applied, {}, [&](Row const& row) {
        found.emplace(Name(row.text(0), static_cast<int>(row.integer(1))), row.text(2));
    });
    connection.commit();
    return found;
}

void require_known(std::map<Name, std::string> const& applied, std::set<Name> const& known) {
    for (auto const& [name, checksum] : applied)
        if (!known.contains(name))
            throw std::runtime_error("The database is newer than this program: it has the migration " + text_of(name) +
                                     ", which this version does not know. Start the newer version, or restore a "
                                     "backup that was made before the upgrade.");
}

void apply(Engine& engine, Connection& connection, Migration const& migration, std::string const& checksum, Time now) {
    try {
        connection.begin();
        connection.run_script(engine.expand(migration.sql));
        Param const params[] = {migration.module, std::int64_t{migration.number}, migration.name,
                                std::string_view(checksum), micros(now)};
        connection.execute(record, params);
        connection.commit();
    } catch (std::exception const& error) {
        connection.rollback();
        throw std::runtime_error("Migration " + text_of({std::string(migration.module), migration.number}) + " (" +
                                 std::string(migration.name) + ") failed, nothing of it was kept: " + error.what());
    }
    log::info("migrated", {{"module", migration.module}, {"number", migration.number}, {"name", migration.name}});
}

struct Missing {
    Migration const* migration;
    std::string checksum;
};

std::vector<Missing> missing(Connection& connection, std::span<std::span<Migration const> const> modules) {
    auto const applied = applied_migrations(connection);
    std::set<Name> known;
    for (auto const& module : modules)
        for (Migration const& m : module) known.emplace(std::string(m.module), m.number);
    require_known(applied, known);

    std::vector<Missing> wanted;
    for (auto const& module : modules)
        for (Migration const& m : module) {
            Name const name(std::string(m.module), m.number);
            auto checksum = to_hex(sha256(m.sql).view());
            auto const found = applied.find(name);
            if (found == applied.end())
                wanted.push_back({&m, std::move(checksum)});
            else if (found->second != checksum)
                throw std::runtime_error("The migration " + text_of(name) +
                                         " was changed after it had been applied to this database. Migrations are "
                                         "never edited: put the file back and add a new one.");
        }
    return wanted;
}

// False when there is nothing left to migrate: another, perhaps a server that has just started, was faster.
bool lock(Engine& engine, Connection& connection, std::span<std::span<Migration const> const> modules) {
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!engine.lock_migrations(connection)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (missing(connection, modules).empty()) return false;
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(
                "The database must be migrated, but a server or a command of an older version uses it. "
                "Restart the server with this version first: it migrates when it starts. A command "
                "(rapport fsck?) needs only to end.");
    }
    return true;
}

}  // namespace

void migrate(Engine& engine, std::span<std::span<Migration const> const> modules, Time now) {
    auto const connection = engine.connect(Access::migrate, {});
    if (missing(*connection, modules).empty()) return;
    if (lock(engine, *connection, modules)) {
        connection->run_script(std::string(table));
        for (auto const& [migration, checksum] : missing(*connection, modules))  // anew: another may have been faster
            apply(engine, *connection, *migration, checksum, now);
    }
    engine.unlock_migrations(*connection);
}

std::string expand_tokens(std::string_view sql, std::span<std::pair<std::string_view, std::string_view> const> types) {
    std::string out;
    for (std::size_t at = 0;;) {
        auto const open = sql.find("{{", at);
        out += sql.substr(at, open == std::string_view::npos ? open : open - at);
        if (open == std::string_view::npos) return out;
        auto const close = sql.find("}}", open);
        auto const token = close == std::string_view::npos ? sql.substr(open) : sql.substr(open + 2, close - open - 2);
        auto const found = std::find_if(types.begin(), types.end(), [&](auto const& t) { return t.first == token; });
        if (close == std::string_view::npos || found == types.end())
            throw std::runtime_error("a migration holds the unknown type token " + std::string(token));
        out += found->second;
        at = close + 2;
    }
}

}  // namespace rapport::store
