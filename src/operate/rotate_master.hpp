// Rotation of the master key: whatever it wraps or seals in the database is wrapped anew, in steps, while no server
// runs. What contents are encrypted with does not change, so no content is rewritten. docs/operators/keys.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/keyring.hpp"
#include "store/store.hpp"

namespace rapport::operate {

// A column of keys that the keyring wraps.
struct WrappedColumn {
    std::string table, column;
};

struct Rewrapped {
    std::string what;  // the table, and its column
    std::int64_t rows = 0;
};

// Other servers on the database (PostgreSQL; a SQLite file has one at most, which is us).
std::int64_t other_servers(store::Reader& reader);
// Of every table with an identifier (id), each column whose name holds "wrapped_".
std::vector<WrappedColumn> wrapped_columns(std::string const& database);
// `keyring` is rotating. Harmless to repeat. Error "key_damaged" names a row that neither key opens; everything else
// has been done then, and the old key must stay.
Expected<std::vector<Rewrapped>> rewrap(store::Store& store, store::Keyring const& keyring,
                                        std::vector<WrappedColumn> const& columns);
// Everybody who is signed in must sign in again, and links that were not used are void. How many sessions ended.
std::int64_t end_sessions(store::Tx& tx, Time now);
void record_rotation(store::Tx& tx, std::string_view what, Time now);

}  // namespace rapport::operate
