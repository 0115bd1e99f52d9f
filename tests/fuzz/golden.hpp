// The golden records and packages, which mutations start from and which alone may verify.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/bytes.hpp"
#include "property.hpp"

namespace rapport::fuzz {

inline Bytes golden(std::string const& name) {
    std::ostringstream out;
    out << std::ifstream(std::filesystem::path(RAPPORT_GOLDEN) / name, std::ios::binary).rdbuf();
    holds(!out.str().empty(), ("tests/golden/" + name + " is there").c_str());
    return std::move(out).str();
}

}  // namespace rapport::fuzz
