// A second look at the best. Whoever asks in other words than the answer has them finds documents like it: what is like
// the best ones rises (score regularisation: Diaz, 2005). Outlines are small and known, so this costs no further lists.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "search/ranked_find.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t looked_at = 100, likened_to = 5;
constexpr double in_title = 2;

using Outline = std::vector<std::uint32_t>;  // ascending

std::vector<Outline> outlines_of(std::span<RankedPart const> parts, std::span<RankedCandidate const> candidates) {
    std::vector<Outline> out(candidates.size());
    std::vector<std::size_t> order(candidates.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        auto const &x = candidates[a], &y = candidates[b];
        return x.part != y.part ? x.part < y.part : x.doc > y.doc;
    });
    std::optional<Postings> list;
    for (std::size_t i = 0; i < order.size(); ++i) {
        auto const& one = candidates[order[i]];
        auto const& segment = *parts[one.part].input.segment;
        if (i == 0 || candidates[order[i - 1]].part != one.part) {
            list.reset();
            if (auto const facts = segment.term(std::string(1, outline_list))) list.emplace(segment, *facts, true);
        }
        if (list && list->advance(one.doc) == one.doc) out[order[i]] = list->places();
    }
    return out;
}

// Terms of outlines by how few of the candidates have them.
class Likeness {
  public:
    explicit Likeness(std::vector<Outline> const& outlines) : outlines_(outlines) {
        for (auto const& outline : outlines)
            for (auto const term : outline) ++with_[term >> 1];
        for (auto const& outline : outlines) {
            double sum = 0;
            for (auto const term : outline) sum += worth(term) * worth(term);
            norms_.push_back(std::sqrt(sum));
        }
    }
    double between(std::size_t a, std::size_t b) const {
        if (norms_[a] == 0 || norms_[b] == 0) return 0;
        double sum = 0;
        auto const &x = outlines_[a], &y = outlines_[b];
        for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();)
            if (x[i] >> 1 < y[j] >> 1)
                ++i;
            else if (x[i] >> 1 > y[j] >> 1)
                ++j;
            else
                sum += worth(x[i++]) * worth(y[j++]);
        return sum / (norms_[a] * norms_[b]);
    }

  private:
    double worth(std::uint32_t term) const {
        auto const rare = std::log1p(static_cast<double>(outlines_.size()) / with_.at(term >> 1));
        return rare * ((term & 1U) != 0 ? in_title : 1);
    }
    std::vector<Outline> const& outlines_;
    std::unordered_map<std::uint32_t, double> with_;
    std::vector<double> norms_;
};

// All that was asked for stands in the title, and nothing else does.
bool is_the_title(RankedQuery const& query, Outline const& outline) {
    std::size_t asked = 0, have = 0;
    for (auto const& slot : query.slots) {
        if (slot.beside) continue;
        ++asked;
        auto const has = [&](RankedLeaf const& leaf) {
            return leaf.how == RankedLeaf::How::term && leaf.own && !leaf.corrected &&
                   std::ranges::binary_search(outline, outline_of(leaf.term, true));
        };
        if (std::ranges::none_of(slot.leaves, has)) return false;
    }
    for (auto const term : outline) have += term & 1U;
    return asked > 0 && asked == have;
}

}  // namespace

void look_again(std::span<RankedPart const> parts, RankedQuery const& query, RankedWeights const& weights,
                std::vector<RankedCandidate>& best) {
    if (best.size() < 2) return;
    auto const some = std::span(best).first(std::min(best.size(), looked_at));
    auto const outlines = outlines_of(parts, some);
    Likeness const likeness(outlines);
    auto const top = best[0].score;
    std::vector<double> weight;
    double sum = 0;
    for (std::size_t i = 0; i < some.size() && i < likened_to; ++i) {
        weight.push_back(std::exp(weights.likeness_slope * (some[i].score / top - 1)));
        sum += weight.back();
    }
    std::vector<double> more(some.size());
    for (std::size_t i = 0; i < some.size(); ++i) {
        double like = 0;
        for (std::size_t k = 0; k < weight.size(); ++k) like += weight[k] / sum * (i == k ? 1 : likeness.between(i, k));
        more[i] = weights.likeness * like + (is_the_title(query, outlines[i]) ? weights.whole_title : 0);
    }
    for (std::size_t i = 0; i < some.size(); ++i) some[i].score += top * more[i];
    // What was not looked at stays behind.
    std::ranges::sort(some, is_better);
}

}  // namespace rapport::search
