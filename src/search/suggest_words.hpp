// Words as suggestions compare them: letters of one script, of which what is typed is the beginning. Internal to the
// module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::search {

struct SuggestWord {
    std::u32string letters;
    std::uint32_t begin = 0, end = 0;  // octets of the text
    std::uint32_t place = 0;
    int corrections = 0;  // letters that may be wrong
};

// Of a line. Words of scripts that write spaces; where a script writes none, a word begins at each letter (Chinese,
// Japanese) or at each word of the dictionary (Thai, Lao, Khmer, Burmese) and goes on after it, so that whatever
// somebody types on is the beginning of one. Korean is taken apart into its letters: what is half typed is a beginning,
// too.
std::vector<SuggestWord> words_of_line(std::string_view text);

// Of what is typed: runs as they are, or, `apart`, in pairs of letters and words of the dictionary.
std::vector<SuggestWord> words_typed(std::string_view text, bool apart);

}  // namespace rapport::search
