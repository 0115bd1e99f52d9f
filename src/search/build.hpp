// How segments come to be: from documents, and from other segments. Internal to the module.
#pragma once

#include <array>
#include <deque>
#include <unordered_map>

#include "search/index.hpp"
#include "search/segment.hpp"
#include "search/text.hpp"

namespace rapport::search {

using Bits = std::vector<bool>;  // one a document; empty: none is set

// Documents as they come, in memory: what stands where is noted in the order of reading, and sorted by terms at the
// end.
class SegmentBuilder {
  public:
    SegmentBuilder();
    // A later one of the same object takes the place of an earlier one.
    void add(Document const& document);
    void remove(std::int64_t object);
    bool empty() const { return docs_.empty(); }
    std::size_t docs() const { return docs_.size(); }
    std::size_t octets() const;               // about
    std::shared_ptr<Segment const> finish();  // empty afterwards

  private:
    using TermId = std::uint32_t;
    static constexpr TermId no_term = 0xFFFFFFFF;
    struct Term {
        std::string_view name;  // lies in `names_`
        std::size_t hash = 0;
        std::uint32_t last_doc = 0xFFFFFFFF, last_place = 0;
        std::array<TermId, longest_prefix - 1> beginnings;  // no_term: none, or not looked up yet
        bool has_beginnings = false;
    };
    struct Note {
        TermId term;
        std::uint32_t place;
    };
    struct Lists;
    TermId find(char type, std::string_view word);
    bool note(TermId term, std::uint32_t doc, std::uint32_t place);  // false: the document had the term already
    void note_beginnings(TermId word, std::string_view letters, std::uint32_t doc);
    void grow();
    void add_ranked(RankedText const& text, std::uint32_t doc);
    Lists lists(std::span<std::uint32_t const> newest_first, std::span<Ordinal const> ordinals) const;

    std::vector<Doc> docs_;
    std::vector<std::size_t> ends_;  // of each document's notes
    std::vector<Note> notes_;
    std::vector<bool> dropped_;
    std::unordered_map<std::int64_t, std::uint32_t> where_;
    std::vector<Term> terms_;
    std::vector<TermId> slots_;  // terms by hash, open addressing; a power of two, at most half full
    std::deque<std::string> names_;
    std::size_t names_left_ = 0, name_octets_ = 0;
    std::string scratch_;
};

struct MergeInput {
    std::shared_ptr<Segment const> segment;
    std::shared_ptr<Bits const> deleted;  // none: nothing is
};
// One segment of all that is not deleted in these. An object stands in one of them alone. `stop` is asked now and then:
// true ends it, with nothing.
std::optional<SegmentFacts> merge(std::span<MergeInput const> inputs, std::unique_ptr<Sink> dictionary,
                                  std::unique_ptr<Sink> postings, std::function<bool()> const& stop);

}  // namespace rapport::search
