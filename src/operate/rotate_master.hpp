// Rotation of the master key: whatever it wraps or seals in the database is wrapped anew, in steps, while no server
// runs. What contents are encrypted with does not change, so no content is rewritten. docs/operators/keys.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/keyring.hpp"
#include "store/store.hpp"

namespace rapport::operate {

struct Rewrapped {
    std::string what;  // the table
    std::int64_t rows = 0;
};

// Other servers on the database (PostgreSQL; a SQLite file has one at most, which is us).
std::int64_t other_servers(store::Reader& reader);
// Every table with an identifier and a key that the keyring wraps: the columns id and wrapped_key.
std::vector<std::string> wrapped_tables(std::string const& database);
// `keyring` is rotating. Harmless to repeat. Error "key_damaged" names a row that neither key opens; everything else
// has been done then, and the old key must stay.
Expected<std::vector<Rewrapped>> rewrap(store::Store& store, store::Keyring const& keyring,
                                        std::vector<std::string> const& tables);
// Everybody who is signed in must sign in again, and links that were not used are void. How many sessions ended.
std::int64_t end_sessions(store::Tx& tx, Time now);
void record_rotation(store::Tx& tx, std::string_view what, Time now);

}  // namespace rapport::operate
