// A file that is built into the program (tools/embed_files.py, rapport_embed_files in cmake/Module.cmake).
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rapport {

struct Asset {
    std::string_view name;  // path below the embedded folder: "messages.en.json"
    std::string_view content;
};

inline std::optional<std::string_view> find_asset(std::span<Asset const> assets, std::string_view name) {
    for (auto const& asset : assets)
        if (asset.name == name) return asset.content;
    return std::nullopt;
}

}  // namespace rapport
