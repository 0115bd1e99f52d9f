// The log as everybody may read it: C2SP tlog-tiles under /log/, and the few resources that a verifier wants beside.
#pragma once

#include "evidence/checkpoint.hpp"
#include "net/net.hpp"

namespace rapport::evidence {

// What the routes read; outlives the server.
struct PublicLog {
    store::Store& store;
    Prover& prover;
    NoteKey key;
};

net::Routes routes(PublicLog& log);

// A path below /log/tile/: "<L>/<N>[.p/<W>]" or "entries/<N>[.p/<W>]" (C2SP tlog-tiles); empty if it is none.
struct TilePath {
    std::optional<unsigned> level;  // absent: an entry bundle
    std::uint64_t number = 0;
    std::uint64_t width = tile_width;
};
std::optional<TilePath> parse_tile_path(std::string_view path);

}  // namespace rapport::evidence
