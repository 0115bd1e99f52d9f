// Names of permissions ↔ sets of them.
#include "people/permissions.hpp"

namespace rapport::people {

std::vector<std::string> Permissions::names() const {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < std::size(permission_table); ++i)
        if (mask_ >> i & 1) found.emplace_back(permission_table[i].permission.name);
    return found;
}

std::optional<Permissions> Permissions::from(std::span<std::string const> names) {
    Permissions set;
    for (auto const& name : names)
        if (!set.add(name)) return std::nullopt;
    return set;
}

}  // namespace rapport::people
