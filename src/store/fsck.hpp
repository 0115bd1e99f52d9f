// `rapport fsck` of the store: the journal has no gaps, its head and cursors are where they must be, every blob is
// there and hashes to its address.
#pragma once

#include "store/blobs.hpp"
#include "store/store.hpp"

namespace rapport::store {

struct Finding {
    std::string subject, text;
};
std::vector<Finding> fsck(Reader& reader, Blobs const& blobs);

}  // namespace rapport::store
