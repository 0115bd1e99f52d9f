// Lines and their words as they were at one moment: a sorted dictionary and, for each word, where it stands. Immutable;
// any thread asks. Internal to the module.
#pragma once

#include <compare>
#include <functional>
#include <span>
#include <vector>

#include "search/suggest.hpp"
#include "search/suggest_words.hpp"

namespace rapport::search {

// How well a line fits; less is better.
struct Fit {
    std::uint8_t corrections = 0;
    std::uint8_t row = 0;         // 0: the line is what is typed; 1: begins so; 2: has it in a row; 3: has the words
    std::uint8_t unended = 0;     // words that go on after what is typed, the last one apart
    std::uint8_t odd = 0;         // corrections after which the word goes on otherwise: less likely than others
    std::uint32_t lightness = 0;  // the weight, turned round
    std::uint32_t words = 0;
    std::int64_t id = 0;
    auto operator<=>(Fit const&) const = default;
};

struct Fitting {
    Fit fit;
    std::uint32_t line = 0;
};

class SuggestTable {
  public:
    explicit SuggestTable(std::vector<SuggestLine> lines);

    std::span<SuggestLine const> lines() const { return lines_; }

    // Words [from, until) of the dictionary begin as typed after so many corrections.
    struct Range {
        std::uint32_t from = 0, until = 0;
        std::uint8_t corrections = 0;
        bool odd = false;
    };
    using Ranges = std::vector<Range>;  // ascending
    // For each typed word those that fit it.
    std::vector<Ranges> fitting(std::vector<SuggestWord> const& typed, int corrections) const;

    // The best of them, best first, each id once.
    std::vector<Fitting> ask(std::vector<SuggestWord> const& typed, std::vector<Ranges> const& fitting,
                             std::size_t limit, std::function<bool(std::int64_t)> const& allowed) const;

    // Octets of the line that fit one of the words.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> marks(std::string_view text,
                                                               std::vector<Ranges> const& fitting) const;

  private:
    struct Place {
        std::uint32_t line = 0, place = 0;
    };
    // Words [from, until) begin alike; the next letter tells its branches [first, past) apart. One that has no branch
    // holds one word, whose rest is in the pool.
    struct Node {
        std::uint32_t from = 0, until = 0, first = 0, past = 0;
    };
    class Walk;

    std::u32string_view letters(std::uint32_t word) const {
        return std::u32string_view(pool_).substr(starts_[word], starts_[word + 1] - starts_[word]);
    }
    std::uint32_t words() const { return static_cast<std::uint32_t>(starts_.size() - 1); }
    void grow_tree();
    Ranges beginning(std::u32string_view typed) const;
    std::size_t places_in(Ranges const& ranges) const;

    std::vector<SuggestLine> lines_;
    std::vector<std::uint32_t> words_of_;
    std::u32string pool_;                // of all words, sorted
    std::vector<std::uint32_t> starts_;  // in the pool
    std::vector<std::uint32_t> firsts_;  // in places_
    std::vector<Place> places_;
    struct Has {
        std::uint32_t word = 0, place = 0;
    };
    std::vector<std::uint32_t> has_firsts_;  // by line, in has_
    std::vector<Has> has_;
    std::vector<Node> tree_;  // the root first, branches of one together
};

}  // namespace rapport::search
