// The one text pipeline: what is written becomes terms, the same way for what is indexed, what is asked for and what is
// highlighted. Pure; any thread (ICU's break iterators are kept one a thread). docs/formats/search.md says the rules.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::search {

// Stands in each index: one that an older pipeline made is made anew.
inline constexpr int pipeline_version = 1;

inline constexpr std::size_t most_term_letters = 64;  // of a longer run the beginning counts
inline constexpr std::size_t longest_prefix = 4;  // beginnings of words that have a list of their own: 2 to 4 letters

enum class TokenKind : std::uint8_t {
    word,    // of a script that writes spaces, or of one whose words a dictionary tells (Thai, Lao, Khmer, Burmese)
    joined,  // parts that a zero-width non-joiner holds together (Persian), as one word; the parts follow as words
    gram,    // two neighbouring letters of Chinese, Japanese or Korean; one where it stands alone
    letter,  // each letter of such a run; has no place of its own
};

// Offsets are octets of the text that was given, [begin, end). Places count from 0; a phrase is a row of places.
struct Token {
    std::string_view term;  // valid during the call
    std::uint32_t begin = 0, end = 0, place = 0;
    TokenKind kind = TokenKind::word;
};
using TakeToken = std::function<void(Token const&)>;

struct TextLimits {
    std::size_t octets = 1 << 20, tokens = 50'000;
};
// Linear in the text. Tokens of one place come together; the text need not be valid UTF-8. Returns the place after the
// last.
std::uint32_t analyse(std::string_view text, TakeToken const& take, TextLimits limits = {});

// A code point of the normalised text and where it comes from.
struct Letter {
    char32_t c = 0;
    std::uint32_t begin = 0, end = 0;
};
// NFKC and case folding; accents of Latin and Greek letters off; one form for Arabic and Persian ye, kaf, alef and
// digits; no tatweel, no vowel points; Thai sara am composed. What is no UTF-8 is U+FFFD.
std::vector<Letter> normalise(std::string_view text);

enum class Script : std::uint8_t { none, spaced, dictionary, ideographs, hangul };
Script script_of(char32_t c);

void append_utf8(std::string& out, char32_t c);
std::size_t letters_of(std::string_view utf8);                           // code points of valid UTF-8
std::string_view beginning(std::string_view utf8, std::size_t letters);  // its first code points

}  // namespace rapport::search
