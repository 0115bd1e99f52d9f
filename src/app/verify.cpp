// `rapport verify`: every check on an evidence package, offline. Needs no configuration and no database.
#include <cstdio>

#include "app/command.hpp"
#include "evidence/verify.hpp"

namespace rapport::app {

int verify(Words const& words) {
    std::string out, err;
    int const code = evidence::verify_command(words, out, err);
    std::fputs(out.c_str(), stdout);
    std::fputs(err.c_str(), stderr);
    return code;
}

}  // namespace rapport::app
