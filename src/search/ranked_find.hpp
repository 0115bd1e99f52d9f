// Which documents fit a question best: BM25F over the lists of each segment, then a second look at the best. Internal
// to the module, but for the weights, which bench/relevance varies.
#pragma once

#include <array>
#include <map>
#include <mutex>

#include "search/build.hpp"
#include "search/ranked_query.hpp"

namespace rapport::search {

// How bench/README.md says they were chosen.
struct RankedWeights {
    double k1 = 2;      // how soon a word that comes often counts no more
    double k1_run = 1;  // the same of what is cut out of runs of Chinese, Japanese, Korean
    std::array<double, ranked_fields> field{4, 4, 3, 1};      // title, questions, tags, body
    std::array<double, ranked_fields> length{.6, .6, 0, .6};  // how much a word of a longer field counts less
    double likeness = 2;                                      // to the best ones, in the second look
    double likeness_slope = 8;                                // how much less the second best counts there
    double whole_title = .3;                                  // the title is just what was asked for
    double pair = .5;                                         // neighbouring letters that are no word
    double merit = .1;
};

// Lengths of the fields and merit of each document of a segment.
struct SegmentLengths {
    std::vector<std::array<std::uint16_t, ranked_fields + 1>> of;
    std::array<double, ranked_fields> sums{};
};
// Read from a segment once. Any thread.
class LengthsCache {
  public:
    std::shared_ptr<SegmentLengths const> get(std::shared_ptr<Segment const> const& segment);

  private:
    struct Entry {
        std::weak_ptr<Segment const> segment;
        std::shared_ptr<SegmentLengths const> lengths;
    };
    std::mutex mutex_;
    std::map<Segment const*, Entry> entries_;
};

struct RankedPart {
    MergeInput input;
    Kind kind{};
    std::shared_ptr<SegmentLengths const> lengths;
};

struct RankedCandidate {
    std::size_t part = 0;
    Ordinal doc = 0;
    double score = 0;
    bool whole = false, corrected = false;
};

inline bool is_better(RankedCandidate const& a, RankedCandidate const& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.part != b.part ? a.part > b.part : a.doc > b.doc;
}

struct RankedFound {
    std::vector<RankedCandidate> best;  // best first
    bool gave_up = false;
    std::vector<bool> unknown;  // slots that nothing met
};

// Sets the query's weights.
RankedFound ranked_find(std::span<RankedPart const> parts, RankedQuery& query, RankedAsk const& ask,
                        RankedWeights const& weights, std::size_t most);

// What is like the best rises, and what is called just so.
void look_again(std::span<RankedPart const> parts, RankedQuery const& query, RankedWeights const& weights,
                std::vector<RankedCandidate>& best);

}  // namespace rapport::search
