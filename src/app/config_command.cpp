// `rapport config`: shows the configuration in force, checks it, or lists every setting with its default.
#include <algorithm>
#include <cstdio>

#include "app/command.hpp"
#include "app/config_check.hpp"

namespace rapport::app {
namespace {

// "/etc/rapport/rapport.toml:12: mail.tls: must be off, opportunistic or required - choose one"
void print(std::string const& file, ConfigFinding const& finding) {
    std::string line = file.empty() ? "configuration" : file;
    if (finding.line > 0) line += ":" + std::to_string(finding.line);
    line += finding.is_wrong ? ": " : ": (works) ";
    if (!finding.key.empty()) line += finding.key + ": ";
    line += finding.what;
    if (!finding.fix.empty()) line += " - " + finding.fix;
    std::puts(line.c_str());
}

int check_all(Arguments const& arguments) {
    auto const file = config_file_of(arguments).value_or("");
    auto found = file.empty() ? std::vector<ConfigFinding>() : check_file(file);
    bool const file_alone = arguments.has("check");  // --check: what needs nothing but the file
    if (found.empty() && !file_alone) {
        auto const config = config_of(arguments);
        if (!config) return refuse(config.error());
        found = check_surroundings(*config, arguments.has("connect") ? Connect::yes : Connect::no, system_now());
        auto const lines = file.empty() ? std::map<std::string, int>() : lines_of(file);
        for (auto& finding : found)
            if (auto const at = lines.find(finding.key); at != lines.end()) finding.line = at->second;
    }
    for (auto const& finding : found) print(file, finding);
    if (std::ranges::any_of(found, &ConfigFinding::is_wrong)) return 1;
    std::puts("The configuration is good.");
    return 0;
}

}  // namespace

int config(Words const& words) {
    auto const arguments = Arguments::parse(words, {{"config", "data"}, {"check", "connect", "reference"}, 0, 1});
    if (!arguments) return refuse(arguments.error());
    if (arguments->has("reference")) {
        std::fputs(reference().c_str(), stdout);
        return 0;
    }
    auto const verb = arguments->words().empty() ? std::string() : arguments->words()[0];
    if (verb == "check" || arguments->has("check")) return check_all(*arguments);
    if (!verb.empty())
        return refuse(
            fail(ErrorKind::invalid, "bad_arguments", "rapport config [check [--connect] | --reference]").error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    std::fputs(to_toml(*config).c_str(), stdout);
    return 0;
}

}  // namespace rapport::app
