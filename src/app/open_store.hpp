// The configured database with every module's schema.
#pragma once

#include <memory>

#include "app/config.hpp"
#include "store/store.hpp"

namespace rapport::app {

// Throws with a text for the operator.
std::unique_ptr<store::Store> open_store(Config const& config);

}  // namespace rapport::app
