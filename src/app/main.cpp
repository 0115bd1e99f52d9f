// rapport: the table of subcommands. What `serve` is built from stands in house.cpp, floor by floor.
#include <cstdio>
#include <exception>

#include "app/command.hpp"

namespace {

using namespace rapport::app;

constexpr Command commands[] = {
    {"serve", "[--config FILE] [--data FOLDER] [--listen ADDRESS:PORT] [--demo | --demo-for-everyone]",
     "run the server", serve},
    {"send", "--to ADDRESS --subject TEXT [--text TEXT | --text-file FILE] [--file FILE …]",
     "send a delivery through a server", send},
    {"bulk", "send FILE --kind NAME … | list | show|start|pause|resume|cancel|report|replay ID",
     "send a notice for each row of a file, through a server", bulk},
    {"import", "mbox FILE … | maildir FOLDER … --mailbox ADDRESS [--sent] [--dry-run] …",
     "bring an old mailbox in, through a server", import_mailbox},
    {"verify", "FILE [--trust PEM] [--checkpoint FILE] [--json]", "check an evidence package, offline", verify},
    {"user", "add|list|password|link|disable|role|api-key …", "manage who may sign in", user},
    {"key", "list|show|make|import …", "manage the keys that seal, stamp and sign", key},
    {"delivery", "erase ID", "destroy the content of a delivery", delivery},
    {"fsck", "[--config FILE] [--data FOLDER] [--json]", "recompute every hash, proof, state and counter", fsck},
    {"search", "[status | rebuild] [--config FILE] [--data FOLDER]", "show the search index, or make it anew", search},
    {"backup", "[make|list|verify|prune] [--folder FOLDER] …",
     "back up beside the running server; check and remove backups", backup},
    {"restore", "--from FOLDER [--backup NAME] …", "restore a backup into an empty data folder and database", restore},
    {"retention", "[--apply]", "show, or remove, what the retention rules say", retention},
    {"config", "[--config FILE] | check [--connect] | --reference", "show and check the configuration", config},
};

int usage(std::FILE* to) {
    std::fprintf(to, "usage: rapport COMMAND …\n\n");
    for (auto const& command : commands)
        std::fprintf(to, "  %-9s %s\n            rapport %s %s\n", command.name.data(), command.summary.data(),
                     command.name.data(), command.words.data());
    return to == stdout ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
    Words const words(argv + 1, argv + argc);
    if (words.empty()) return usage(stderr);
    if (words[0] == "--help" || words[0] == "help") return usage(stdout);
    if (words[0] == "--version") return std::printf("rapport %s\n", RAPPORT_VERSION), 0;
    for (auto const& command : commands) {
        if (command.name != words[0]) continue;
        try {
            return command.run(Words(words.begin() + 1, words.end()));
        } catch (std::exception const& broken) {  // a broken world: disk, database, memory
            std::fprintf(stderr, "rapport %s: %s\n", words[0].c_str(), broken.what());
            return 1;
        }
    }
    std::fprintf(stderr, "rapport: there is no command \"%s\".\n\n", words[0].c_str());
    return usage(stderr);
}
