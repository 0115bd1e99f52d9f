// require(): the one way the program stops itself.
#include "base/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace rapport {

void require(bool promise, std::string_view what, std::source_location where) {
    if (promise) return;
    std::fprintf(stderr, "rapport: broken promise: %.*s (%s:%u)\n", static_cast<int>(what.size()), what.data(),
                 where.file_name(), static_cast<unsigned>(where.line()));
    std::abort();
}

}  // namespace rapport
