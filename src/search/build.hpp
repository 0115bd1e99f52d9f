// How segments come to be: from documents, and from other segments. Internal to the module.
#pragma once

#include <deque>
#include <unordered_map>

#include "search/index.hpp"
#include "search/segment.hpp"

namespace rapport::search {

using Bits = std::vector<bool>;  // one a document; empty: none is set

// Documents as they come, in memory.
class SegmentBuilder {
  public:
    // A later one of the same object takes the place of an earlier one.
    void add(Document const& document);
    void remove(std::int64_t object);
    bool empty() const { return docs_.empty(); }
    std::size_t docs() const { return docs_.size(); }
    std::size_t octets() const { return octets_; }  // about
    std::shared_ptr<Segment const> finish();        // empty afterwards

  private:
    struct List {
        std::vector<std::uint32_t> entries;  // document, number of places, places …
        std::uint32_t last_doc = 0xFFFFFFFF;
        std::size_t count_at = 0;
    };
    bool note(std::uint32_t doc, std::string_view term, std::uint32_t place);  // false: the document had it already
    void write(std::string_view term, List const& list, std::vector<Ordinal> const& ordinals, SegmentWriter& writer);

    std::vector<Doc> docs_;
    Bits dropped_;
    std::unordered_map<std::int64_t, std::uint32_t> where_;
    std::deque<std::string> names_;
    std::unordered_map<std::string_view, List> lists_;
    std::size_t octets_ = 0;
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
