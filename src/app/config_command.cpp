// `rapport config`: shows the configuration in force, checks it, or lists every setting with its default.
#include <cstdio>

#include "app/command.hpp"

namespace rapport::app {

int config(Words const& words) {
    auto const arguments = Arguments::parse(words, {{"config", "data"}, {"check", "reference"}});
    if (!arguments) return refuse(arguments.error());
    if (arguments->has("reference")) {
        std::fputs(reference().c_str(), stdout);
        return 0;
    }
    auto const config = config_of(*arguments);
    if (!config) return refuse(config.error());
    if (arguments->has("check"))
        std::puts("The configuration is good.");
    else
        std::fputs(to_toml(*config).c_str(), stdout);
    return 0;
}

}  // namespace rapport::app
