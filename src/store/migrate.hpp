// Forward-only migrations: each in one transaction, recorded with its checksum in table store_migration.
#pragma once

#include <span>

#include "store/connection.hpp"

namespace rapport::store {

// Applies what is missing, in the given order. Throws std::runtime_error with a text for the operator when the database
// is newer than the program, or when a migration that was applied has been changed since.
void migrate(Engine& engine, std::span<std::span<Migration const> const> modules, Time now);

}  // namespace rapport::store
