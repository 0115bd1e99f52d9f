// Whole tables in and out, whatever they hold, in one encoding for both engines: what a backup is made of. A row is its
// columns in order, each a tag octet and a value; docs/formats/backup.md has the octets. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe.hpp>

#include "base/bytes.hpp"
#include "store/query.hpp"

namespace rapport::store {

struct Table {
    std::string name;
    std::vector<std::string> columns;
};
BOOST_DESCRIBE_STRUCT(Table, (), (name, columns))

// Everything as it was at one instant, beside a server that goes on writing. Held open it keeps SQLite's write-ahead
// log from being emptied, and PostgreSQL from vacuuming what it sees: read, and close.
class Snapshot {
  public:
    // As a guest: no migration runs meanwhile. Throws with a text for the operator.
    static std::unique_ptr<Snapshot> open(std::string const& database);
    virtual ~Snapshot() = default;

    virtual std::string engine() const = 0;
    // By name; without those that the engine keeps for itself.
    virtual std::vector<Table> const& tables() const = 0;
    // Rows in a steady order, so that equal data gives equal runs of rows.
    virtual void each(Table const& table, std::function<void(ByteView row)> const& take) = 0;
    // The first column of each row of a statement that both engines understand, as text or bytes.
    virtual std::vector<Bytes> values(std::string const& sql) = 0;
};

// Fills an empty database. Nothing of it can be seen before finish(): a SQLite file gets its name then, PostgreSQL
// commits then. Destroyed before, it leaves nothing.
class Filler {
  public:
    // Throws with a text for the operator when something is there already.
    static std::unique_ptr<Filler> open(std::string const& database);
    virtual ~Filler() = default;

    // The schema as it was: of each module the migrations of `wanted` (module, number), in the modules' order. Throws
    // when one is unknown (a backup of a newer program).
    virtual void make_schema(std::span<std::span<Migration const> const> modules,
                             std::span<std::pair<std::string, int> const> wanted) = 0;
    // Rows as Snapshot gave them, end to end. Throws when they do not fit the table.
    virtual void add(Table const& table, ByteView rows) = 0;
    virtual void finish() = 0;
};

// How many columns the first row of `rows` takes; removes it from the view. Throws on what is no row.
struct RowValue {
    enum class Kind : std::uint8_t { null, integer, real, text, bytes } kind = Kind::null;
    std::int64_t integer = 0;
    double real = 0;
    ByteView bytes{};
};
std::vector<RowValue> take_row(ByteView& rows, std::size_t columns);
void append_value(Bytes& row, RowValue const& value);

}  // namespace rapport::store
