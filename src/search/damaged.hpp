// The files of an index do not say what they should. Whoever meets it reports it, and the index is made anew.
#pragma once

#include <stdexcept>

namespace rapport::search {

struct Damaged : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace rapport::search
