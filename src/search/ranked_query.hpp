// A question to the ranked search, understood, and what people decided about questions. Internal to the module.
#pragma once

#include <map>
#include <set>

#include "search/ranked.hpp"
#include "search/ranked_terms.hpp"

namespace rapport::search {

inline constexpr std::size_t most_asked_letters = 1'000, most_slots = 64;

// One way in which a slot is met.
struct RankedLeaf {
    enum class How : std::uint8_t { term, beginning, range } how = How::term;
    std::string term, until = {};  // `beginning`: of words as they stand there; `range`: of ranked terms
    double weight = 1;
    bool corrected = false;
    bool own = true;  // not a synonym
};

// A word of the question: the best of its leaves counts.
struct RankedSlot {
    std::vector<RankedLeaf> leaves;
    std::string word = {};  // as typed; empty: not a word of a script with spaces
    bool beside = false;    // part of a synonym of several words: a document has all words without it
};

// Ranked terms that stand at these distances from the first.
using RankedRow = std::vector<std::pair<std::string, std::uint32_t>>;

class CompiledCuration {
  public:
    CompiledCuration() = default;
    explicit CompiledCuration(Curation const& curation);

    struct Meaning {
        std::string language;
        std::vector<std::string> stems;               // of words; empty: `letters`
        std::u32string letters;                       // of a phrase in a script without spaces
        std::vector<std::vector<RankedTerm>> others;  // what means the same
    };
    std::multimap<std::string, Meaning> const& by_stem() const { return by_stem_; }  // the first one
    std::vector<Meaning> const& by_letters() const { return by_letters_; }
    std::vector<Curation::Best> best_for(std::string_view question, std::string_view language) const;

  private:
    void mean(std::string const& language, std::string const& phrase, std::vector<std::vector<RankedTerm>> others);
    std::multimap<std::string, Meaning> by_stem_;
    std::vector<Meaning> by_letters_;
    std::map<std::string, std::vector<Curation::Best>> best_;  // by language and terms
};

class RankedQuery {
  public:
    // `of_pair`: what pairs of letters weigh that are no words.
    RankedQuery(std::string_view text, std::string_view language, bool half_typed, CompiledCuration const& curation,
                double of_pair);

    std::vector<RankedSlot> slots;
    std::vector<RankedRow> rows;        // "phrases": must stand there
    std::vector<std::string> excluded;  // ranked terms
    std::string language;
    std::map<std::string, double> weights;  // of terms for excerpts; set by the search

  private:
    void piece(std::string_view text, bool quoted, bool last);
    void add(RankedTerm const& one, bool may_go_on);
    void add_synonyms(std::string_view text, CompiledCuration const& curation);
    void mean(RankedSlot* slot, std::vector<RankedTerm> const& other);
    RankedSlot* slot_of(std::string const& term);
    double of_pair_;
    std::vector<RankedTerm> words_;  // in order, for synonyms
};

}  // namespace rapport::search
