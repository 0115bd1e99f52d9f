// `rapport retention`: what the rules would remove now; --apply removes it.
#include <cstdio>

#include "app/command.hpp"
#include "app/open_store.hpp"
#include "app/operations.hpp"

namespace rapport::app {

int retention(Words const& words) {
    auto const arguments = Arguments::parse(words, {{"config", "data"}, {"apply"}});
    if (!arguments) return refuse(arguments.error());
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    auto const store = open_store(*config, store::Role::guest);
    auto const rules = retention_of(*config);
    auto const now = system_now();
    auto const report =
        store->read_now([&](store::Reader& reader) { return operate::retention_report(reader, rules, now); });
    for (auto const& line : report) {
        auto const days = std::chrono::duration_cast<std::chrono::hours>(line.after).count() / 24;
        auto const rule = days == 0 ? std::string("kept for ever") : "after " + std::to_string(days) + " days";
        std::printf("%-9s %-46s %-16s %lld of %lld due\n", line.kind.data(), line.words.data(), rule.c_str(),
                    static_cast<long long>(line.due), static_cast<long long>(line.total));
    }
    if (!arguments->has("apply")) return 0;
    for (auto const& [kind, removed] : operate::apply_retention(*store, rules, now)) {
        if (kind == operate::erased_by_deliveries) continue;
        std::printf("%-9s %lld removed\n", kind.data(), static_cast<long long>(removed));
    }
    std::puts("Contents are erased by the running server.");
    return 0;
}

}  // namespace rapport::app
