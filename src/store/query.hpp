// A named statement in both engines' SQL, and a migration. Both are generated from .sql files (tools/embed_sql.py).
// Statements use the portable subset (docs/formats/database.md) with $1, $2, … parameters; their address identifies
// them, so that each connection prepares a statement once.
#pragma once

#include <string_view>

namespace rapport::store {

struct Query {
    std::string_view name;  // "delivery.find_delivery"
    std::string_view sqlite;
    std::string_view postgresql;
};

// Forward only, one transaction each, numbered per module. Type tokens: {{id}} BIGINT/INTEGER, {{blob}} BYTEA/BLOB,
// {{json}} JSONB/TEXT, {{key}} the primary key type (INTEGER PRIMARY KEY / BIGINT PRIMARY KEY).
struct Migration {
    std::string_view module;
    int number;
    std::string_view name;
    std::string_view sql;
};

}  // namespace rapport::store
