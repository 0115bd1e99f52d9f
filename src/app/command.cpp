// What subcommands share.
#include "app/command.hpp"

#include <cstdio>
#include <filesystem>

namespace rapport::app {

int refuse(Error const& error) {
    std::fprintf(stderr, "rapport: %s\n", explain(error).c_str());
    return error.code == "bad_arguments" ? 2 : 1;
}

std::optional<std::string> config_file_of(Arguments const& arguments) {
    std::error_code ignored;
    if (auto const file = arguments.value("config")) return file;
    if (auto const data = arguments.value("data")) {
        // The configuration of a data folder, where the demo and tests keep it.
        auto const inside = std::filesystem::path(*data) / "rapport.toml";
        if (std::filesystem::exists(inside, ignored)) return inside.string();
        return std::nullopt;
    }
    for (auto const* usual : {"rapport.toml", "/etc/rapport/rapport.toml"})
        if (std::filesystem::exists(usual, ignored)) return usual;
    return std::nullopt;
}

Expected<Config> config_of(Arguments const& arguments) {
    Config config;
    if (auto const file = config_file_of(arguments)) {
        auto read = read_config(*file);
        if (!read) return read;
        config = std::move(*read);
    }
    if (auto const data = arguments.value("data")) config.data = *data;
    if (auto const listen = arguments.value("listen")) {
        config.listen = *listen;
        if (config.public_url == Config().public_url) {
            auto const at = parse_host_port(*listen);
            if (!at) return fail(at.error());
            config.public_url = "http://localhost:" + std::to_string(at->port);
        }
    }
    if (auto const good = check(config); !good) return fail(good.error());
    return config;
}

}  // namespace rapport::app
