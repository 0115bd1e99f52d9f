// How large an image is, from its first octets: so that a page does not jump when it comes. Internal to the module.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace rapport::knowledge {

struct ImageSize {
    std::int64_t width = 0, height = 0;  // 0: not known
};
ImageSize image_size(ByteView bytes);

}  // namespace rapport::knowledge
