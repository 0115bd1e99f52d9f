// A line of the log whose fields are known while the program runs (log.hpp has the usual ones).
#pragma once

#include <span>

#include "base/log.hpp"

namespace rapport::log {

void write_fields(Level level, std::string_view event, std::span<Field const> fields);

}  // namespace rapport::log
