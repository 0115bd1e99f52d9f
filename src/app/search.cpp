// `rapport search status|rebuild`: how far the index is; make it anew.
#include <cstdio>
#include <fstream>

#include "app/command.hpp"
#include "app/open_store.hpp"
#include "app/searching.hpp"

namespace rapport::app {
namespace {

int status(Config const& config) {
    auto const keyring = store::Keyring::open(std::filesystem::path(config.data) / "keys");
    auto const index = search::Index::open(search_folder(config), keyring, search::Index::Access::reader);
    if (!index->why_new().empty()) {
        std::printf("There is no index of use (%s): the server makes one when it starts.\n", index->why_new().c_str());
        return 0;
    }
    auto const store = open_store(config, store::Role::guest);
    auto const last = store->read_now([](store::Reader& reader) { return store::Store::last_event(reader); });
    auto const facts = index->facts();
    for (auto const kind : search::all_kinds)
        std::printf("%-13s %lld documents\n", std::string(json::enum_name(kind)).c_str(),
                    static_cast<long long>(facts.documents[static_cast<std::size_t>(kind)]));
    std::printf("%lld KB in %lld parts; read up to event %lld of %lld%s\n", static_cast<long long>(facts.octets / 1024),
                static_cast<long long>(facts.segments), static_cast<long long>(index->progress().seq),
                static_cast<long long>(last),
                index->progress().complete() ? "" : "; older objects are still being read");
    std::puts("What a running server has read since its last commit (at most a minute ago) does not stand here.");
    return 0;
}

}  // namespace

int search(Words const& words) {
    auto const arguments = Arguments::parse(words, {{"config", "data"}, {}, 0, 1});
    if (!arguments) return refuse(arguments.error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    auto const& rest = arguments->words();
    auto const what = rest.empty() ? std::string("status") : rest[0];
    if (what != "status" && what != "rebuild")
        return refuse(Error{ErrorKind::invalid, "usage", "rapport search takes status or rebuild.", {}, 0});
    if (what == "status") return status(*config);
    std::filesystem::create_directories(search_folder(*config));
    std::ofstream(search_folder(*config) / search::rebuild_mark) << "asked for\n";
    std::puts("The server makes its search index anew, at once or when it starts; searching goes on meanwhile.");
    return 0;
}

}  // namespace rapport::app
