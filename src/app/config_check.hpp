// What is wrong with a configuration, in words: with the file and the line, and beyond the file whether what it names
// is there and works.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/time.hpp"

namespace rapport::app {

struct ConfigFinding {
    bool is_wrong = true;  // false: it works, and may not be what is wanted
    std::string key;       // "mail.tls"
    std::string what;      // "must be off, opportunistic or required"
    std::string fix;
    int line = 0;  // 0: not in the file
};

// The file's own faults. When there are any, nothing further can be looked at.
std::vector<ConfigFinding> check_file(std::filesystem::path const& file);

enum class Connect : bool { no, yes };
// What it names: folders, keys, certificates, the database; with Connect::yes the mail server and the time-stamping
// authority, too. Changes nothing.
std::vector<ConfigFinding> check_surroundings(Config const& config, Connect connect, Time now);

}  // namespace rapport::app
