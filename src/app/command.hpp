// The subcommands of `rapport`. Each stands in a file of its name, takes the words after it, and returns the exit code:
// 0 done, 1 it failed (the reason stands on standard error), 2 it was called wrongly, 3 `verify` or `fsck` found
// something, `bulk` wrong rows.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/arguments.hpp"
#include "app/config.hpp"

namespace rapport::app {

using Words = std::vector<std::string>;

struct Command {
    std::string_view name;
    std::string_view words;  // what follows, for the usage line
    std::string_view summary;
    int (*run)(Words const& words);
};

int serve(Words const& words);
int send(Words const& words);
int bulk(Words const& words);
int verify(Words const& words);
int user(Words const& words);
int key(Words const& words);
int delivery(Words const& words);
int fsck(Words const& words);
int config(Words const& words);
int backup(Words const& words);
int restore(Words const& words);
int retention(Words const& words);
int search(Words const& words);
int import_mailbox(Words const& words);

// For commands: prints why it failed, and gives the exit code for it.
int refuse(Error const& error);

// The options that every command on a data folder takes: --config FILE, --data FOLDER. Without either: ./rapport.toml
// if it is there, then /etc/rapport/rapport.toml, else the defaults with ./data.
Expected<Config> config_of(Arguments const& arguments);
// The file that config_of() reads; empty: none.
std::optional<std::string> config_file_of(Arguments const& arguments);

}  // namespace rapport::app
