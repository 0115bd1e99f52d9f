// The one form of ZIP that packages have: entries stored, in order, without extra fields, comments, data descriptors or
// dates. The same entries give the same bytes, and reading accepts nothing else: each byte of a package is either an
// entry's content or follows from it, so that any changed byte shows. (APPNOTE.TXT 6.3; EN 319 162-1 Annex A.)
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace rapport::evidence::zip {

struct Entry {
    std::string name;  // ASCII letters, digits and -._/ ; relative, no empty or dot parts
    Bytes content;
};

struct Limits {
    std::size_t entries = 4'000;
    std::size_t name = 200;
    std::size_t container = 1'000'000'000;
};

bool good_name(std::string_view name);

// Names are good and differ; the whole stays under 4 GiB: anything else is the caller's mistake.
Bytes write(std::vector<Entry> const& entries);

// Nothing is unpacked (entries are stored), so nothing can swell. Code "container_malformed", with what is wrong where.
Expected<std::vector<Entry>> read(ByteView container, Limits limits = {});

}  // namespace rapport::evidence::zip
