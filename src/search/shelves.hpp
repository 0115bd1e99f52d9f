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
        std::unique_ptr<Matcher> matcher;
        Ordinal oldest = 0;  // bounds of time
        Doc doc{};
    };
    std::vector<Stream> streams;  // those that have a hit
    FindOptions options;
    std::uint64_t steps = 0;
    bool gave_up = false, cut = false;

    void add(MergeInput const& input, ParsedQuery const& query);
    bool settle(Stream& stream);
    bool late();
};

}  // namespace rapport::search
