// One question: as typed, then with other letters where little fits; what somebody chose comes first.
#include "search/ranked.hpp"

#include <algorithm>

#include "search/damaged.hpp"
#include "search/ranked_find.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t most_candidates = 200, most_hits = 200;
constexpr std::size_t enough = 3;          // documents with all words as typed: no corrections then
constexpr std::size_t most_corrected = 3;  // words of one question
constexpr double of_correction = .6;

bool may_be_wrong(RankedSlot const& slot) {
    return letters_of(slot.word) >= 4 && std::ranges::none_of(slot.word, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

struct Ranked::State {
    State(Keeper* keeper, Index const& searched, RankedWeights const& tuned)
        : keeper(keeper), index(searched), weights(tuned) {}
    Keeper* keeper;
    Index const& index;
    RankedWeights weights;
    mutable std::mutex mutex;  // of the pointer
    std::shared_ptr<CompiledCuration const> curation = std::make_shared<CompiledCuration const>();
    mutable LengthsCache lengths;

    std::shared_ptr<CompiledCuration const> decided() const {
        std::lock_guard const lock(mutex);
        return curation;
    }
    std::vector<RankedPart> parts(RankedAsk const& ask) const {
        std::vector<RankedPart> out;
        for (auto const kind : ask.kinds)
            for (auto& input : index.segments(kind)) {
                auto of = lengths.get(input.segment);
                out.push_back({std::move(input), kind, std::move(of)});
            }
        return out;
    }
    bool correct(RankedQuery& query, RankedAsk const& ask, std::vector<bool> const& unknown,
                 std::vector<std::string>& instead) const;
    void answer(RankedAsk const& ask, RankedAnswer& answer) const;
};

namespace {

// The hits of an answer, each group once.
class Collector {
  public:
    Collector(RankedAsk const& ask, std::span<RankedPart const> parts, RankedAnswer& answer)
        : ask_(ask), parts_(parts), answer_(answer), until_(std::min(ask.first + ask.limit, most_hits)) {}

    void best(Curation::Best const& chosen) {
        for (auto const& part : parts_) {
            if (part.kind != chosen.kind) continue;
            auto const at = part.input.segment->find(chosen.object);
            if (at == none || is_deleted(part, at) || !fits_filters(*part.input.segment, at)) continue;
            auto const doc = part.input.segment->doc(at);
            take({part.kind, doc.object, doc.group, 0, true, true, false});
        }
    }
    // False: there is room for no more.
    bool found(RankedCandidate const& one) {
        auto const& part = parts_[one.part];
        auto const doc = part.input.segment->doc(one.doc);
        return take({part.kind, doc.object, doc.group, one.score, false, one.whole, one.corrected});
    }

  private:
    static bool is_deleted(RankedPart const& part, Ordinal at) {
        return part.input.deleted && (*part.input.deleted)[static_cast<std::size_t>(at)];
    }
    bool fits_filters(Segment const& segment, Ordinal at) const {
        return std::ranges::all_of(ask_.filters, [&](RankedFilter const& filter) {
            return std::ranges::any_of(filter.values, [&](std::string const& value) {
                auto const facts = segment.term('p' + facet_term(filter.name, value));
                return facts && Postings(segment, *facts, false).advance(at) == at;
            });
        });
    }
    bool take(RankedHit const& hit) {
        if (!seen_.insert({hit.kind, hit.group}).second) return true;
        if (ask_.allowed && !ask_.allowed(hit)) return true;
        if (number_ >= until_) {
            answer_.more = number_ < most_hits;
            return false;
        }
        if (number_++ >= ask_.first) answer_.hits.push_back(hit);
        return true;
    }

    RankedAsk const& ask_;
    std::span<RankedPart const> parts_;
    RankedAnswer& answer_;
    std::size_t until_, number_ = 0;
    std::set<std::pair<Kind, std::int64_t>> seen_;
};

}  // namespace

// Words that stand nowhere may be others that do. False: there are none.
bool Ranked::State::correct(RankedQuery& query, RankedAsk const& ask, std::vector<bool> const& unknown,
                            std::vector<std::string>& instead) const {
    std::size_t looked_for = 0;
    for (std::size_t i = 0; i < query.slots.size() && looked_for < most_corrected; ++i) {
        auto& slot = query.slots[i];
        if (!unknown[i] || !may_be_wrong(slot)) continue;
        ++looked_for;
        if (std::chrono::steady_clock::now() > ask.deadline) break;
        for (auto const kind : ask.kinds) {
            auto const words = index.similar(kind, slot.word);
            for (std::size_t k = 0; k < words.size() && k < 2; ++k) {
                if (std::ranges::find(instead, words[k]) != instead.end()) continue;
                slot.leaves.push_back({RankedLeaf::How::term,
                                       stem_of(words[k], query.language),
                                       {},
                                       k == 0 ? of_correction : of_correction / 2,
                                       true});
                instead.push_back(words[k]);
            }
        }
    }
    return !instead.empty();
}

void Ranked::State::answer(RankedAsk const& ask, RankedAnswer& out) const {
    auto const curated = decided();
    auto query = std::make_shared<RankedQuery>(ask.text, ask.language, ask.half_typed, *curated, weights.pair);
    out.query = query;
    if (query->slots.empty() || ask.limit == 0) return;
    auto const parts = this->parts(ask);
    auto found = ranked_find(parts, *query, ask, weights, most_candidates);
    auto const whole = std::ranges::count_if(found.best, &RankedCandidate::whole);
    bool const corrected = ask.corrected && static_cast<std::size_t>(whole) < enough && !found.gave_up &&
                           correct(*query, ask, found.unknown, out.instead);
    if (corrected) found = ranked_find(parts, *query, ask, weights, most_candidates);
    out.gave_up = found.gave_up;
    look_again(parts, *query, weights, found.best);
    if (corrected)
        std::ranges::sort(found.best, [](RankedCandidate const& a, RankedCandidate const& b) {
            return a.whole != b.whole ? a.whole : is_better(a, b);
        });
    Collector collector(ask, parts, out);
    for (auto const& one : curated->best_for(ask.text, ask.language)) collector.best(one);
    for (auto const& one : found.best)
        if (!collector.found(one)) break;
}

Ranked::Ranked(Keeper& keeper) : state_(std::make_unique<State>(&keeper, keeper.index(), RankedWeights{})) {}
Ranked::Ranked(Index const& index) : Ranked(index, RankedWeights{}) {}
Ranked::Ranked(Index const& index, RankedWeights const& weights)
    : state_(std::make_unique<State>(nullptr, index, weights)) {}
Ranked::~Ranked() = default;

void Ranked::curate(Curation const& curation) {
    auto made = std::make_shared<CompiledCuration const>(curation);
    std::lock_guard const lock(state_->mutex);
    state_->curation = std::move(made);
}

RankedAnswer Ranked::ask(RankedAsk const& ask) const {
    RankedAnswer answer;
    auto* const keeper = state_->keeper;
    try {
        state_->answer(ask, answer);
    } catch (Damaged const& fault) {
        if (!keeper) throw;
        keeper->damaged(fault.what());
        answer.hits.clear();
        answer.more = false;
    }
    if (keeper) {
        auto const status = keeper->status();
        for (auto const kind : ask.kinds)
            answer.complete = answer.complete && status.complete_of[static_cast<std::size_t>(kind)];
    }
    return answer;
}

}  // namespace rapport::search
