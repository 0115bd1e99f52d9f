// What a file is, told by its octets (libmagic): "image/png". It unpacks nothing and looks into no archive. Any thread.
#pragma once

#include <string>

#include "base/bytes.hpp"

namespace rapport::channels {

std::string media_type_of(ByteView bytes);

}  // namespace rapport::channels
