// Terms by which texts are ranked, the same for what is indexed, asked for, chosen and highlighted: the text pipeline's
// words without their endings, pairs of letters and dictionary words of Chinese, Japanese and Korean. Internal to the
// module.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "search/index.hpp"
#include "search/text.hpp"

namespace rapport::search {

struct RankedTerm {
    std::string term;       // as it is ranked
    std::string word = {};  // as it stands there; empty: a pair of letters, or a word within a run of them
    std::uint32_t begin = 0, end = 0, place = 0;
    bool pair = false;    // of neighbouring letters, whatever words they are of
    bool letter = false;  // a single letter of Chinese, Japanese or Korean beside others: only a beginning
};

// In the order of places. `language` says which endings words have; another or none: words stay as they are.
std::vector<RankedTerm> ranked_terms(std::string_view text, std::string_view language, TextLimits limits = {});

// The word without its ending; the word itself in languages of which no endings are known.
std::string stem_of(std::string_view word, std::string_view language);

// Fields of a document lie in ranges of places.
enum class RankedField : std::uint8_t { title, questions, tags, body };
inline constexpr std::size_t ranked_fields = 4;
inline constexpr std::uint32_t field_begins[] = {0, 1'000, 5'000, 6'000};
inline RankedField field_of(std::uint32_t place) {
    return place < field_begins[1]   ? RankedField::title
           : place < field_begins[2] ? RankedField::questions
           : place < field_begins[3] ? RankedField::tags
                                     : RankedField::body;
}

// What a document gives to its segment. Letters of lists (docs/formats/search.md).
inline constexpr char ranked_list = 'z', lengths_list = 'l', outline_list = 'v';
inline constexpr std::string_view word_mark = "\x01", facet_mark = "\x02";  // after 'p': lists without places
std::string facet_term(std::string_view name, std::string_view value);      // without its 'p'

inline constexpr unsigned most_merit = 1'000;

struct TakeRanked {
    std::function<void(char list, std::string_view term, std::uint32_t place)> term;
    std::function<void(std::string_view word)> word;  // and its beginnings
};
void ranked_document(RankedText const& text, TakeRanked const& take);

// Of a term in an outline: 30 bits, then whether it stands in the title or a question.
std::uint32_t outline_of(std::string_view term, bool in_title);
inline constexpr std::size_t outline_terms = 16;

}  // namespace rapport::search
