// Whole tables through the engines' connections; see tables.hpp.
#include "store/tables.hpp"

#include <bit>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "store/connection.hpp"
#include "store/durable_file.hpp"
#include "store/sql.hpp"

namespace rapport::store {
namespace {

enum Tag : char { null_tag = 0, integer_tag = 1, real_tag = 2, text_tag = 3, bytes_tag = 4 };

constexpr std::size_t rows_at_once = 2'000;         // of a cursor
constexpr std::size_t bytes_per_commit = 64 << 20;  // into a SQLite file that has no name yet

// Statements made while the program runs; a connection knows them by their address.
class Statements {
  public:
    Query const& make(std::string name, std::string sqlite, std::string postgresql) {
        auto const& texts = texts_.emplace_back(Texts{std::move(name), std::move(sqlite), std::move(postgresql)});
        return queries_.emplace_back(Query{texts.name, texts.sqlite, texts.postgresql});
    }

  private:
    struct Texts {
        std::string name, sqlite, postgresql;
    };
    std::deque<Texts> texts_;
    std::deque<Query> queries_;
};

bool is_postgresql(std::string const& database) {
    return database.starts_with("postgresql://") || database.starts_with("postgres://");
}

std::unique_ptr<Engine> open_engine(std::string const& database, Role role) {
    return is_postgresql(database) ? open_postgresql(database, role) : open_sqlite(database, role);
}

std::string in_quotes(std::string_view name) { return '"' + std::string(name) + '"'; }

std::string list_of(std::vector<std::string> const& names) {
    std::string out;
    for (auto const& name : names) out += (out.empty() ? "" : ", ") + in_quotes(name);
    return out;
}

constexpr Query all_columns{
    "store.all_columns",
    "SELECT t.name, c.name, lower(c.type) FROM sqlite_master AS t, pragma_table_info(t.name) AS c "
    "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY t.name, c.cid",
    "SELECT t.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.tables AS t "
    "JOIN information_schema.columns AS c ON c.table_schema = t.table_schema AND c.table_name = t.table_name "
    "WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' "
    "ORDER BY t.table_name COLLATE \"C\", c.ordinal_position"};
constexpr Query key_columns{
    "store.key_columns", "SELECT '', ''",
    "SELECT k.relname::text, a.attname::text FROM pg_index AS i JOIN pg_class AS k ON k.oid = i.indrelid "
    "JOIN pg_namespace AS n ON n.oid = k.relnamespace "
    "CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS u(attnum, place) "
    "JOIN pg_attribute AS a ON a.attrelid = k.oid AND a.attnum = u.attnum "
    "WHERE i.indisprimary AND n.nspname = current_schema() ORDER BY k.relname, u.place"};

using Kind = RowValue::Kind;

Kind kind_of(std::string const& type) {
    if (type == "blob" || type == "bytea") return Kind::bytes;
    if (type.starts_with("double") || type == "real" || type == "numeric") return Kind::real;
    if (type.find("int") != std::string::npos || type == "boolean") return Kind::integer;
    return Kind::text;
}

void append_number(Bytes& out, std::uint64_t value, std::size_t octets) {
    for (std::size_t i = 0; i < octets; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint64_t take_number(ByteView& from, std::size_t octets) {
    if (from.size() < octets) throw std::runtime_error("a row of the backup is cut short");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets; ++i) value |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
    from.remove_prefix(octets);
    return value;
}

class OpenSnapshot final : public Snapshot {
  public:
    explicit OpenSnapshot(std::string const& database)
        : engine_(open_engine(database, Role::guest)), connection_(engine_->connect(Access::read, {})) {
        connection_->begin();
        std::map<std::string, std::string> keys;
        if (is_postgresql(database))
            connection_->select(key_columns, {}, [&](Row const& row) {
                auto& list = keys[std::string(row.text(0))];
                list += (list.empty() ? "" : ", ") + in_quotes(row.text(1));
            });
        connection_->select(all_columns, {}, [&](Row const& row) {
            std::string const table(row.text(0));
            if (tables_.empty() || tables_.back().name != table) tables_.push_back({table, {}});
            tables_.back().columns.emplace_back(row.text(1));
            kinds_[table].push_back(kind_of(std::string(row.text(2))));
        });
        for (auto const& table : tables_) {
            auto const select = "SELECT " + list_of(table.columns) + " FROM " + in_quotes(table.name);
            auto const order = keys.contains(table.name) ? " ORDER BY " + keys[table.name] : " ORDER BY 1";
            auto const cursor = in_quotes("all_" + table.name);
            auto& found = statements_of_[table.name];
            found.read = &statements_.make("store.read_" + table.name, select + " ORDER BY rowid",
                                           "FETCH " + std::to_string(rows_at_once) + " FROM " + cursor);
            found.declare = &statements_.make("store.declare_" + table.name, "",
                                              "DECLARE " + cursor + " NO SCROLL CURSOR FOR " + select + order);
            found.close = &statements_.make("store.close_" + table.name, "", "CLOSE " + cursor);
        }
    }
    ~OpenSnapshot() override { connection_->rollback(); }

    std::string engine() const override { return engine_->name(); }
    std::vector<Table> const& tables() const override { return tables_; }

    void each(Table const& table, std::function<void(ByteView row)> const& take) override {
        auto const& kinds = kinds_.at(table.name);
        auto const& statements = statements_of_.at(table.name);
        Bytes encoded;
        std::size_t n = 0;
        TakeRow const encode = [&](Row const& row) {
            ++n;
            encoded.clear();
            for (std::size_t i = 0; i < kinds.size(); ++i) append_column(encoded, row, static_cast<int>(i), kinds[i]);
            take(encoded);
        };
        if (!connection_->pipelines()) return connection_->select(*statements.read, {}, encode);
        connection_->execute(*statements.declare, {});
        do {
            n = 0;
            connection_->select(*statements.read, {}, encode);
        } while (n > 0);
        connection_->execute(*statements.close, {});
    }

    std::vector<Bytes> values(std::string const& sql) override {
        std::vector<Bytes> found;
        auto const& query = statements_.make("store.values_" + std::to_string(++asked_), sql, sql);
        connection_->select(query, {}, [&](Row const& row) { found.emplace_back(row.text(0)); });
        return found;
    }

  private:
    static void append_column(Bytes& out, Row const& row, int column, Kind kind) {
        RowValue value;
        if (!row.is_null(column)) {
            value.kind = kind;
            if (kind == Kind::integer)
                value.integer = row.integer(column);
            else if (kind == Kind::real)
                value.real = row.real(column);
            else
                value.bytes = kind == Kind::bytes ? row.blob(column) : row.text(column);
        }
        append_value(out, value);
    }

    struct Reading {
        Query const *read = nullptr, *declare = nullptr, *close = nullptr;
    };
    Statements statements_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Connection> connection_;
    std::vector<Table> tables_;
    std::map<std::string, std::vector<Kind>> kinds_;
    std::map<std::string, Reading> statements_of_;
    int asked_ = 0;
};

// Where rows go before the database has its name.
std::string working_name(std::string const& database) {
    return is_postgresql(database) ? database : database + ".restoring";
}

class OpenFiller final : public Filler {
  public:
    explicit OpenFiller(std::string const& database)
        : database_(database), working_(working_name(database)), is_file_(!is_postgresql(database)) {
        if (is_file_ && std::filesystem::exists(database_))
            throw std::runtime_error("There is a database already: " + database_ +
                                     ". Restore into an empty folder; nothing was changed.");
        if (is_file_) remove_working_files();
        engine_ = open_engine(working_, Role::server);
        connection_ = engine_->connect(Access::migrate, {});
        connection_->begin();
        bool empty = true;
        connection_->select(all_columns, {}, [&](Row const&) { empty = false; });
        if (!empty) {
            connection_->rollback();
            throw std::runtime_error(
                "The database holds tables already. Restore into an empty one (createdb); nothing was changed.");
        }
    }
    ~OpenFiller() override {
        if (connection_) connection_->rollback();
        connection_.reset();
        engine_.reset();
        if (is_file_ && !finished_) remove_working_files();
    }

    void make_schema(std::span<std::span<Migration const> const> modules,
                     std::span<std::pair<std::string, int> const> wanted) override {
        connection_->run_script(
            "CREATE TABLE IF NOT EXISTS store_migration (module text NOT NULL, number integer NOT NULL, name text NOT "
            "NULL, checksum text NOT NULL, applied_at bigint NOT NULL, PRIMARY KEY (module, number))");
        std::size_t applied = 0;
        auto const apply = [&](std::span<Migration const> module) {
            for (auto const& migration : module)
                for (auto const& [name, number] : wanted)
                    if (migration.module == name && migration.number == number) {
                        connection_->run_script(engine_->expand(migration.sql));
                        ++applied;
                    }
        };
        apply(sql::migrations);
        for (auto const& module : modules)
            if (!module.empty() && module.front().module != "store") apply(module);
        if (applied != wanted.size())
            throw std::runtime_error(
                "The backup is newer than this program: it has migrations that this version does not know. Restore it "
                "with the version that made it, or a newer one.");
        // What migrations put into their tables comes from the backup, too.
        connection_->select(all_columns, {}, [&](Row const& row) {
            std::string const table(row.text(0));
            auto& columns = kinds_[table];
            columns[std::string(row.text(1))] = kind_of(std::string(row.text(2)));
        });
        for (auto const& [table, columns] : kinds_) connection_->run_script("DELETE FROM " + in_quotes(table));
    }

    void add(Table const& table, ByteView rows) override {
        auto const& statement = insert_into(table);
        std::vector<Param> params;
        auto const& kinds = kinds_.at(table.name);
        since_commit_ += rows.size();
        while (!rows.empty()) {
            params.clear();
            auto const values = take_row(rows, table.columns.size());
            for (std::size_t i = 0; i < values.size(); ++i)
                params.push_back(param(values[i], kinds.at(table.columns[i])));
            // Now and then an answer is waited for: what is sent without end would wait for itself on PostgreSQL.
            if (++since_answer_ % 200 == 0)
                connection_->execute_counted(statement, params);
            else
                connection_->execute(statement, params);
        }
        if (!is_file_ || since_commit_ < bytes_per_commit) return;
        connection_->commit();
        connection_->begin();
        since_commit_ = 0;
    }

    void finish() override {
        connection_->commit();
        if (!is_file_) {
            finished_ = true;
            return;
        }
        // One file without anything beside it, durable under a name that says that it is not whole yet.
        connection_->run_script("PRAGMA wal_checkpoint(TRUNCATE)");
        connection_.reset();
        engine_.reset();
        // The last connection has moved the log into the file.
        std::error_code error;
        if (auto const left = std::filesystem::file_size(working_ + "-wal", error); !error && left > 0)
            throw Unavailable("The restored database could not be completed: its write-ahead log could not be moved.");
        std::filesystem::remove(working_ + "-wal");
        std::filesystem::remove(working_ + "-shm");
        std::filesystem::rename(working_, database_);
        finished_ = true;
        std::filesystem::remove(working_ + ".lock");
        sync_folder(std::filesystem::path(database_).parent_path());
    }

  private:
    static Param param(RowValue const& value, Kind wanted) {
        switch (value.kind) {
            case Kind::null:
                return Param{};
            case Kind::integer:
                return value.integer;
            case Kind::real:
                return value.real;
            case Kind::text:
                return value.bytes;
            case Kind::bytes:
                if (wanted == Kind::text) return value.bytes;
                return BlobView{value.bytes};
        }
        return Param{};
    }

    Query const& insert_into(Table const& table) {
        auto& found = inserts_[table.name];
        if (found) return *found;
        if (!kinds_.contains(table.name))
            throw std::runtime_error("The backup holds the table " + table.name + ", which its schema does not have.");
        std::string places;
        for (std::size_t i = 1; i <= table.columns.size(); ++i) places += (i == 1 ? "$" : ", $") + std::to_string(i);
        auto const text =
            "INSERT INTO " + in_quotes(table.name) + " (" + list_of(table.columns) + ") VALUES (" + places + ")";
        found = &statements_.make("store.fill_" + table.name, text, text);
        return *found;
    }

    void remove_working_files() const {
        for (auto const* ending : {"", "-wal", "-shm", ".lock"}) {
            std::error_code ignored;
            std::filesystem::remove(working_ + ending, ignored);
        }
    }

    std::string const database_, working_;
    bool const is_file_;
    Statements statements_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Connection> connection_;
    std::map<std::string, std::map<std::string, Kind>> kinds_;
    std::map<std::string, Query const*> inserts_;
    std::size_t since_commit_ = 0, since_answer_ = 0;
    bool finished_ = false;
};

}  // namespace

void append_value(Bytes& row, RowValue const& value) {
    switch (value.kind) {
        case Kind::null:
            row += null_tag;
            break;
        case Kind::integer:
            row += integer_tag;
            append_number(row, static_cast<std::uint64_t>(value.integer), 8);
            break;
        case Kind::real:
            row += real_tag;
            append_number(row, std::bit_cast<std::uint64_t>(value.real), 8);
            break;
        case Kind::text:
        case Kind::bytes:
            row += value.kind == Kind::text ? text_tag : bytes_tag;
            append_number(row, value.bytes.size(), 4);
            row += value.bytes;
            break;
    }
}

std::vector<RowValue> take_row(ByteView& rows, std::size_t columns) {
    std::vector<RowValue> values(columns);
    for (auto& value : values) {
        auto const tag = take_number(rows, 1);
        if (tag > bytes_tag) throw std::runtime_error("a row of the backup holds a value of an unknown kind");
        value.kind = static_cast<Kind>(tag);
        if (tag == integer_tag) value.integer = static_cast<std::int64_t>(take_number(rows, 8));
        if (tag == real_tag) value.real = std::bit_cast<double>(take_number(rows, 8));
        if (tag != text_tag && tag != bytes_tag) continue;
        auto const size = take_number(rows, 4);
        if (rows.size() < size) throw std::runtime_error("a row of the backup is cut short");
        value.bytes = rows.substr(0, size);
        rows.remove_prefix(size);
    }
    return values;
}

std::unique_ptr<Snapshot> Snapshot::open(std::string const& database) {
    return std::make_unique<OpenSnapshot>(database);
}
std::unique_ptr<Filler> Filler::open(std::string const& database) { return std::make_unique<OpenFiller>(database); }

}  // namespace rapport::store
