// The antivirus from the configuration.
#pragma once

#include "app/house.hpp"
#include "conversation/scanning/scanner.hpp"

namespace rapport::app {

// None where none is configured. `house` outlives it.
std::unique_ptr<conversation::Scanner> make_scanner(House& house);

}  // namespace rapport::app
