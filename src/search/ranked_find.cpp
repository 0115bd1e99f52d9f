// BM25F, document by document, from the newest on. Lists of common words are only looked into where a document may
// still be among the best (MaxScore: Turtle and Flood, 1995).
#include "search/ranked_find.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace rapport::search {
namespace {

constexpr std::size_t most_words_of_beginning = 2'000;
constexpr double many_docs = 10'000;

// A list of documents: one, or several as bits.
class DocList {
  public:
    DocList(Segment const& segment, TermFacts const& facts, bool places, bool counted = true)
        : postings_(std::in_place, segment, facts, places), has_places_(places && counted) {
        doc_ = postings_->doc();
    }
    DocList(Segment const& segment, std::span<TermFacts const> lists, bool places)
        : bits_((static_cast<std::size_t>(segment.docs()) + 63) / 64) {
        for (auto const& facts : lists)
            for (Postings one(segment, facts, places); one.doc() != none; one.next()) {
                auto const at = static_cast<std::size_t>(one.doc());
                bits_[at / 64] |= std::uint64_t{1} << (at % 64);
            }
        doc_ = segment.docs();
        advance(segment.docs() - 1);
    }
    Ordinal doc() const { return doc_; }
    Ordinal advance(Ordinal target) {
        if (doc_ <= target) return doc_;
        if (postings_) return doc_ = postings_->advance(target);
        if (target < 0) return doc_ = none;
        auto at = static_cast<std::size_t>(target) / 64;
        auto word = bits_[at] & (~std::uint64_t{0} >> (63 - static_cast<std::size_t>(target) % 64));
        while (word == 0) {
            if (at == 0) return doc_ = none;
            word = bits_[--at];
        }
        return doc_ = static_cast<Ordinal>(at * 64 + 63 - static_cast<std::size_t>(std::countl_zero(word)));
    }
    // None: places are not known.
    std::vector<std::uint32_t> const* places() { return has_places_ ? &postings_->places() : nullptr; }

  private:
    std::optional<Postings> postings_;
    std::vector<std::uint64_t> bits_;
    bool has_places_ = false;
    Ordinal doc_ = none;
};

// Where the lists of a leaf are in one segment.
struct LeafLists {
    std::vector<TermFacts> lists;
    bool places = false;  // as they are written
    bool counted = true;  // what they say is looked at
    std::uint64_t docs() const {
        std::uint64_t sum = 0;
        for (auto const& one : lists) sum += one.docs;
        return sum;
    }
};

LeafLists lists_of(Segment const& segment, RankedLeaf const& leaf) {
    LeafLists out;
    auto const one = [&](std::string const& term, bool places) {
        if (auto const facts = segment.term(term)) out = {{*facts}, places};
    };
    auto const all = [&](std::string const& from, std::string const& until, bool places) {
        segment.terms(from, until, [&](std::string_view, TermFacts const& facts) {
            out.lists.push_back(facts);
            return out.lists.size() < most_words_of_beginning;
        });
        out.places = places;
    };
    if (leaf.how == RankedLeaf::How::term) {
        one(ranked_list + leaf.term, true);
    } else if (leaf.how == RankedLeaf::How::range) {
        all(ranked_list + leaf.term, ranked_list + leaf.until, true);
    } else {
        bool const is_word = leaf.term.starts_with(word_mark);
        auto const word = is_word ? leaf.term.substr(word_mark.size()) : leaf.term;
        if (!is_word || letters_of(word) <= longest_prefix)
            one('p' + word, false);
        else
            all('p' + leaf.term, 'p' + leaf.term + '\xFF', false);
    }
    return out;
}

// What is known of all segments together.
struct Statistics {
    double docs = 0;
    std::array<double, ranked_fields> average{};
};

struct LeafPlan {
    double worth = 0;  // weight and rarity
    double k1 = 1;
    bool corrected = false;
    std::vector<LeafLists> in;  // by part
};
struct SlotPlan {
    std::vector<LeafPlan> leaves;
    double most = 0;  // no document gets more for it
    bool beside = false;
};

// One segment.
class Scorer {
  public:
    Scorer(RankedPart const& part, std::size_t number, std::vector<SlotPlan> const& plan, RankedQuery const& query,
           RankedAsk const& ask, Statistics const& statistics, RankedWeights const& weights)
        : part_(part),
          number_(number),
          plan_(plan),
          query_(query),
          segment_(*part.input.segment),
          statistics_(statistics),
          weights_(weights),
          ask_(ask) {}

    // False: the deadline passed.
    bool run(std::vector<RankedCandidate>& heap, std::size_t most) {
        if (!open()) return true;
        for (std::uint32_t n = 1;; ++n) {
            if (n % 256 == 0 && std::chrono::steady_clock::now() > ask_.deadline) return false;
            bool const full = heap.size() >= most;
            double const least = full ? heap.front().score - most_merit_ : -1;  // by words
            while (essential_ < slots_.size() && reach_[essential_] <= least) ++essential_;
            auto doc = none;
            for (auto i = essential_; i < slots_.size(); ++i) doc = std::max(doc, slots_[i].doc);
            if (doc == none) return true;
            auto const fits = filtered(doc);
            if (fits == doc && !(part_.input.deleted && (*part_.input.deleted)[static_cast<std::size_t>(doc)]))
                consider(doc, least, heap, most);
            auto const next = fits == doc ? doc - 1 : fits;
            if (next == none) return true;
            for (auto i = essential_; i < slots_.size(); ++i) slots_[i].advance(next);
        }
    }

  private:
    struct Leaf {
        DocList list;
        double worth, k1;
        bool corrected;
    };
    struct Slot {
        std::vector<Leaf> leaves;
        Ordinal doc = none;
        double most = 0;
        bool beside = false;
        void advance(Ordinal target) {
            if (doc <= target) return;
            doc = none;
            for (auto& one : leaves) doc = std::max(doc, one.list.advance(target));
        }
    };

    bool open() {
        for (auto const& slot : plan_) {
            Slot made;
            made.most = slot.most;
            made.beside = slot.beside;
            for (auto const& leaf : slot.leaves)
                if (auto list = list_of(leaf.in[number_]))
                    made.leaves.push_back({std::move(*list), leaf.worth, leaf.k1, leaf.corrected});
            for (auto const& one : made.leaves) made.doc = std::max(made.doc, one.list.doc());
            needed_ += slot.beside ? 0 : 1;
            if (!made.leaves.empty()) slots_.push_back(std::move(made));
        }
        std::ranges::sort(slots_, {}, &Slot::most);
        for (auto const& slot : slots_) reach_.push_back((reach_.empty() ? 0 : reach_.back()) + slot.most);
        for (auto const& filter : ask_.filters) {
            std::vector<TermFacts> lists;
            for (auto const& value : filter.values)
                if (auto const facts = segment_.term('p' + facet_term(filter.name, value))) lists.push_back(*facts);
            if (lists.empty()) return false;
            filters_.push_back(lists.size() == 1 ? DocList(segment_, lists[0], false)
                                                 : DocList(segment_, lists, false));
        }
        for (auto const& term : query_.excluded)
            if (auto const facts = segment_.term(ranked_list + term)) excluded_.emplace_back(segment_, *facts, true);
        for (auto const& row : query_.rows) {
            auto& lists = rows_.emplace_back();
            for (auto const& [term, distance] : row) {
                auto const facts = segment_.term(ranked_list + term);
                if (!facts) return false;
                lists.emplace_back(segment_, *facts, true);
            }
        }
        return !slots_.empty();
    }
    std::optional<DocList> list_of(LeafLists const& lists) const {
        if (lists.lists.empty()) return std::nullopt;
        if (lists.lists.size() == 1) return DocList(segment_, lists.lists[0], lists.places, lists.counted);
        return DocList(segment_, lists.lists, lists.places);
    }

    // The document, or the next that could fit the filters.
    Ordinal filtered(Ordinal doc) {
        auto out = doc;
        for (auto& filter : filters_) out = std::min(out, filter.advance(doc));
        return out;
    }

    void consider(Ordinal doc, double least, std::vector<RankedCandidate>& heap, std::size_t most) {
        // Where it stands and how often is looked at last: only of a document that could still be among the best.
        double bound = essential_ > 0 ? reach_[essential_ - 1] : 0;
        for (auto i = essential_; i < slots_.size(); ++i) bound += slots_[i].doc == doc ? slots_[i].most : 0;
        if (bound <= least) return;
        for (auto i = essential_; i-- > 0;) {
            slots_[i].advance(doc);
            if (slots_[i].doc == doc) continue;
            bound -= slots_[i].most;
            if (bound <= least) return;
        }
        double score = 0;
        int met = 0;
        bool corrected = false;
        for (auto i = slots_.size(); i-- > 0;) {
            auto& slot = slots_[i];
            if (slot.doc != doc) continue;
            auto const worth = worth_of(slot, doc, corrected);
            score += worth;
            bound -= slot.most - worth;
            if (bound <= least) return;
            met += slot.beside ? 0 : 1;
        }
        if (auto const merit = part_.lengths->of[static_cast<std::size_t>(doc)][ranked_fields]; merit > 0)
            score += weights_.merit * std::log1p(merit);
        if ((heap.size() >= most && score <= heap.front().score) || !is_wanted(doc)) return;
        auto const worse = [](RankedCandidate const& a, RankedCandidate const& b) { return a.score > b.score; };
        heap.push_back({number_, doc, score, met == needed_ && !corrected, corrected});
        std::ranges::push_heap(heap, worse);
        if (heap.size() <= most) return;
        std::ranges::pop_heap(heap, worse);
        heap.pop_back();
    }

    double worth_of(Slot& slot, Ordinal doc, bool& corrected) {
        double best = 0;
        bool by_correction = false;
        for (auto& leaf : slot.leaves) {
            if (leaf.list.doc() != doc) continue;
            double often = 1;
            if (auto const* places = leaf.list.places()) often = weighed(*places, doc);
            auto const worth = leaf.worth * often * (leaf.k1 + 1) / (often + leaf.k1);
            if (worth > best) {
                best = worth;
                by_correction = leaf.corrected;
            }
        }
        corrected = corrected || by_correction;
        return best;
    }
    double weighed(std::vector<std::uint32_t> const& places, Ordinal doc) const {
        std::array<double, ranked_fields> count{};
        for (auto const place : places) ++count[static_cast<std::size_t>(field_of(place))];
        auto const& lengths = part_.lengths->of[static_cast<std::size_t>(doc)];
        double out = 0;
        for (std::size_t i = 0; i < ranked_fields; ++i) {
            if (count[i] == 0) continue;
            auto const b = weights_.length[i];
            auto const average = std::max(1.0, statistics_.average[i]);
            out += weights_.field[i] * count[i] / (1 - b + b * lengths[i] / average);
        }
        return out;
    }

    bool is_wanted(Ordinal doc) {
        for (auto& one : excluded_)
            if (one.advance(doc) == doc) return false;
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (!stands_in_a_row(rows_[i], query_.rows[i], doc)) return false;
        return true;
    }
    static bool stands_in_a_row(std::vector<DocList>& lists, RankedRow const& row, Ordinal doc) {
        for (auto& one : lists)
            if (one.advance(doc) != doc) return false;
        for (auto const first : *lists[0].places()) {
            bool all = true;
            for (std::size_t i = 1; i < lists.size() && all; ++i)
                all = std::ranges::binary_search(*lists[i].places(), first + row[i].second);
            if (all) return true;
        }
        return false;
    }

    RankedPart const& part_;
    std::size_t number_;
    std::vector<SlotPlan> const& plan_;
    RankedQuery const& query_;
    Segment const& segment_;
    Statistics const& statistics_;
    RankedWeights const& weights_;
    RankedAsk const& ask_;
    std::vector<Slot> slots_;    // what is worth least first
    std::vector<double> reach_;  // what a document can get from these slots and those before
    std::size_t essential_ = 0;  // a document that has none of these and later ones is not among the best
    int needed_ = 0;
    double most_merit_ = weights_.merit * std::log1p(most_merit);
    std::vector<DocList> filters_, excluded_;
    std::vector<std::vector<DocList>> rows_;
};

double rarity(double docs, double with) { return std::log1p((docs - std::min(with, docs) + .5) / (with + .5)); }

}  // namespace

std::shared_ptr<SegmentLengths const> LengthsCache::get(std::shared_ptr<Segment const> const& segment) {
    {
        std::lock_guard const lock(mutex_);
        if (auto const found = entries_.find(segment.get());
            found != entries_.end() && found->second.segment.lock() == segment)
            return found->second.lengths;
    }
    auto made = std::make_shared<SegmentLengths>();
    made->of.resize(static_cast<std::size_t>(segment->docs()));
    if (auto const facts = segment->term(std::string(1, lengths_list)))
        for (Postings one(*segment, *facts, true); one.doc() != none; one.next()) {
            auto const& places = one.places();
            auto& of = made->of[static_cast<std::size_t>(one.doc())];
            std::uint32_t before = 0;
            for (std::size_t i = 0; i < places.size() && i < of.size(); before = places[i++])
                of[i] = static_cast<std::uint16_t>(std::min(places[i] - before - 1, 0xFFFFU));
            for (std::size_t i = 0; i < ranked_fields; ++i) made->sums[i] += of[i];
        }
    std::lock_guard const lock(mutex_);
    std::erase_if(entries_, [](auto const& entry) { return entry.second.segment.expired(); });
    entries_[segment.get()] = {segment, made};
    return made;
}

RankedFound ranked_find(std::span<RankedPart const> parts, RankedQuery& query, RankedAsk const& ask,
                        RankedWeights const& weights, std::size_t most) {
    RankedFound found;
    Statistics statistics;
    for (auto const& part : parts) {
        statistics.docs += static_cast<double>(part.input.segment->docs());
        for (std::size_t i = 0; i < ranked_fields; ++i) statistics.average[i] += part.lengths->sums[i];
    }
    for (auto& one : statistics.average) one /= std::max(1.0, statistics.docs);
    std::vector<SlotPlan> plan;
    for (auto const& slot : query.slots) {
        SlotPlan made;
        made.beside = slot.beside;
        for (auto const& leaf : slot.leaves) {
            LeafPlan one{0, slot.word.empty() && !slot.beside ? weights.k1_run : weights.k1, leaf.corrected, {}};
            double docs = 0;
            for (auto const& part : parts) {
                one.in.push_back(lists_of(*part.input.segment, leaf));
                docs += static_cast<double>(one.in.back().docs());
            }
            if (docs == 0) continue;
            auto const is_rare = rarity(statistics.docs, docs);
            // How often and where a word stands that most documents have tells little, and takes most of the time.
            if (statistics.docs > many_docs && docs > statistics.docs / 4)
                for (auto& lists : one.in) lists.counted = false;
            one.worth = leaf.weight * is_rare;
            made.most = std::max(made.most, one.worth * (one.k1 + 1));
            auto const of_excerpt = leaf.how == RankedLeaf::How::beginning ? leaf.term : ' ' + leaf.term;
            if (leaf.how != RankedLeaf::How::range) query.weights[of_excerpt] = is_rare;
            made.leaves.push_back(std::move(one));
        }
        found.unknown.push_back(made.leaves.empty());
        if (!made.leaves.empty() || !made.beside) plan.push_back(std::move(made));
    }
    if (plan.size() > most_slots) {  // the rarest tell most
        std::ranges::nth_element(plan, plan.begin() + most_slots, std::greater<>(), &SlotPlan::most);
        plan.resize(most_slots);
    }
    for (std::size_t i = 0; i < parts.size() && !found.gave_up; ++i)
        found.gave_up = !Scorer(parts[i], i, plan, query, ask, statistics, weights).run(found.best, most);
    std::ranges::sort(found.best, is_better);
    return found;
}

}  // namespace rapport::search
