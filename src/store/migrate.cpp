// Forward-only migrations; see migrate.hpp.
#include "store/migrate.hpp"

#include <map>
#include <set>
#include <stdexcept>
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
constexpr Query list_applied{"store.list_migrations", list_sql, list_sql};
constexpr Query record{"store.record_migration", record_sql, record_sql};

using Name = std::pair<std::string, int>;

std::string text_of(Name const& name) { return name.first + " " + std::to_string(name.second); }

std::map<Name, std::string> applied_migrations(Connection& connection) {
    std::map<Name, std::string> found;
    connection.begin();
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

}  // namespace

void migrate(Engine& engine, std::span<std::span<Migration const> const> modules, Time now) {
    auto const connection = engine.connect(Access::write, {});
    engine.lock_migrations(*connection);
    connection->run_script(std::string(table));
    auto const applied = applied_migrations(*connection);

    std::set<Name> known;
    for (auto const& module : modules)
        for (Migration const& m : module) known.emplace(std::string(m.module), m.number);
    require_known(applied, known);

    for (auto const& module : modules)
        for (Migration const& m : module) {
            Name const name(std::string(m.module), m.number);
            auto const checksum = to_hex(sha256(m.sql).view());
            auto const found = applied.find(name);
            if (found == applied.end())
                apply(engine, *connection, m, checksum, now);
            else if (found->second != checksum)
                throw std::runtime_error("The migration " + text_of(name) +
                                         " was changed after it had been applied to this database. Migrations are "
                                         "never edited: put the file back and add a new one.");
        }
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
