// The configured database with every module's schema.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "app/config.hpp"
#include "store/store.hpp"

namespace rapport::app {

// Of every module but the store itself, in floor order.
std::vector<std::span<store::Migration const>> migrations();

// Throws with a text for the operator. Commands are guests: they work while a server runs on the same database.
std::unique_ptr<store::Store> open_store(Config const& config, store::Role role);

}  // namespace rapport::app
