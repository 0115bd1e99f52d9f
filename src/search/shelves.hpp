// What an index is made of at one moment. Internal to the module.
#pragma once

#include "search/build.hpp"
#include "search/index.hpp"
#include "search/match.hpp"

namespace rapport::search {

// A segment with its place on the disk (no name: it is in memory) and what is deleted in it.
struct Index::Held {
    MergeInput input;
    std::int64_t deleted = 0;
    bool removed = false;  // some of what is deleted must leave the files
    std::string name;
    Key256 key{};
    std::int64_t live() const { return input.segment->facts().docs - deleted; }
    std::uint64_t octets() const {
        return input.segment->facts().dictionary_octets + input.segment->facts().postings_octets;
    }
};

struct Index::Shelves {
    std::array<std::vector<Held>, all_kinds.size()> kinds;
    std::vector<Held>& of(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }
    std::vector<Held> const& of(Kind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
};

struct Finder::State {
    // One segment's hits.
    struct Stream {
        MergeInput input;
        std::unique_ptr<Matcher> matcher;  // none: not opened yet
        Ordinal oldest = 0;                // bounds of time
        Doc doc{};                         // its newest hit; of one that is not opened, what no hit is newer than
    };
    std::vector<Stream> streams;  // those that may have a hit
    ParsedQuery query;
    FindOptions options;
    std::uint64_t steps = 0;
    bool opened = false, gave_up = false, cut = false;

    void add(MergeInput const& input);
    bool open(Stream& stream);
    bool settle(Stream& stream);
    bool late();  // looks at the clock now and then
    bool expired();
};

}  // namespace rapport::search
