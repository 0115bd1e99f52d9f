// Runs of one script become words of suggestions.
#include "search/suggest_words.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "search/text.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t most_letters = 300, longest_word = 32, longest_suffix = 8;
constexpr char32_t non_joiner = 0x200C, joiner = 0x200D;

bool is_joiner(char32_t c) { return c == non_joiner || c == joiner; }

// Hangul syllables are arithmetic (The Unicode Standard, §3.12). A final consonant is written as the first one that it
// may become when the next vowel is typed.
constexpr char32_t first_syllable = 0xAC00, last_syllable = 0xD7A3, first_lead = 0x1100, first_vowel = 0x1161;
constexpr std::array<std::u32string_view, 28> tails = {U"",
                                                       U"\u1100",
                                                       U"\u1101",
                                                       U"\u1100\u1109",
                                                       U"\u1102",
                                                       U"\u1102\u110C",
                                                       U"\u1102\u1112",
                                                       U"\u1103",
                                                       U"\u1105",
                                                       U"\u1105\u1100",
                                                       U"\u1105\u1106",
                                                       U"\u1105\u1107",
                                                       U"\u1105\u1109",
                                                       U"\u1105\u1110",
                                                       U"\u1105\u1111",
                                                       U"\u1105\u1112",
                                                       U"\u1106",
                                                       U"\u1107",
                                                       U"\u1107\u1109",
                                                       U"\u1109",
                                                       U"\u110A",
                                                       U"\u110B",
                                                       U"\u110C",
                                                       U"\u110E",
                                                       U"\u110F",
                                                       U"\u1110",
                                                       U"\u1111",
                                                       U"\u1112"};

void append_hangul(std::u32string& out, char32_t c) {
    if (c < first_syllable || c > last_syllable) {
        out += c;
        return;
    }
    auto const n = c - first_syllable;
    out += first_lead + n / (21 * 28);
    out += first_vowel + n % (21 * 28) / 28;
    out += tails[n % 28];
}

struct Run {
    Script script{};
    std::span<Letter const> letters;
};

std::vector<Run> runs_of(std::span<Letter const> letters) {
    std::vector<Run> out;
    for (std::size_t at = 0; at < letters.size();) {
        auto const script = script_of(letters[at].c);
        auto end = at + 1;
        while (end < letters.size() &&
               (script_of(letters[end].c) == script || (script == Script::spaced && is_joiner(letters[end].c))))
            ++end;
        if (script != Script::none) out.push_back({script, letters.subspan(at, end - at)});
        at = end;
    }
    return out;
}

SuggestWord word(Script script, std::span<Letter const> letters, std::uint32_t place, std::size_t longest) {
    SuggestWord out;
    out.begin = letters.front().begin;
    out.place = place;
    bool number = false;  // another number is another thing
    for (auto const& letter : letters) {
        if (out.letters.size() >= longest) break;
        out.end = letter.end;
        if (is_joiner(letter.c)) continue;
        number = number || (letter.c >= U'0' && letter.c <= U'9');
        if (script == Script::hangul)
            append_hangul(out.letters, letter.c);
        else
            out.letters += letter.c;
    }
    // A syllable of Korean is two letters or three.
    auto const letters_of_one = script == Script::hangul ? 2 : 1;
    auto const n = out.letters.size() / letters_of_one;
    if (script != Script::ideographs && !number) out.corrections = n < 4 ? 0 : n < 8 ? 1 : 2;
    return out;
}

// Where words of a dictionary begin.
std::set<std::uint32_t> beginnings(std::string_view text) {
    std::set<std::uint32_t> out;
    analyse(text, [&](Token const& token) {
        if (token.kind == TokenKind::word) out.insert(token.begin);
    });
    return out;
}

std::vector<Letter> letters_of_line(std::string_view text) {
    auto letters = normalise(text.substr(0, most_letters * 8));
    if (letters.size() > most_letters) letters.resize(most_letters);
    return letters;
}

}  // namespace

std::vector<SuggestWord> words_of_line(std::string_view text) {
    auto const letters = letters_of_line(text);
    std::vector<SuggestWord> out;
    std::uint32_t place = 0;
    std::set<std::uint32_t> begins;
    for (auto const& run : runs_of(letters)) {
        if (run.script == Script::spaced || run.script == Script::hangul) {
            out.push_back(word(run.script, run.letters, place, longest_word));
            for (std::size_t i = 1; i < run.letters.size(); ++i)  // the parts of a joined word begin words, too
                if (is_joiner(run.letters[i - 1].c) && !is_joiner(run.letters[i].c))
                    out.push_back(word(run.script, run.letters.subspan(i), place, longest_word));
            ++place;
            continue;
        }
        if (run.script == Script::dictionary && begins.empty()) begins = beginnings(text);
        auto const longest = run.script == Script::dictionary ? longest_suffix * 2 : longest_suffix;
        for (std::size_t i = 0; i < run.letters.size(); ++i) {
            bool const begins_here =
                i == 0 || run.script == Script::ideographs ||
                (begins.contains(run.letters[i].begin) && run.letters[i].begin != run.letters[i - 1].begin);
            if (begins_here) out.push_back(word(run.script, run.letters.subspan(i), place++, longest));
        }
    }
    std::erase_if(out, [](SuggestWord const& one) { return one.letters.empty(); });
    return out;
}

std::vector<SuggestWord> words_typed(std::string_view text, bool apart) {
    auto const letters = letters_of_line(text);
    std::vector<SuggestWord> out;
    std::set<std::uint32_t> begins;
    std::uint32_t place = 0;  // as a line counts them
    for (auto const& run : runs_of(letters)) {
        auto const all = run.letters.size();
        auto const add = [&](std::size_t at, std::size_t count, std::size_t longest) {
            out.push_back(word(run.script, run.letters.subspan(at, std::min(count, all - at)), place, longest));
        };
        if (run.script == Script::spaced || run.script == Script::hangul) {
            add(0, all, longest_word);
            ++place;
        } else if (run.script == Script::ideographs) {
            auto const step = apart ? 2 : longest_suffix;
            for (std::size_t i = 0; i < all; i += step) {
                add(i, step, step);
                place += static_cast<std::uint32_t>(std::min(step, all - i));
            }
        } else {
            if (begins.empty()) begins = beginnings(text);
            for (std::size_t i = 0; i < all;) {
                auto end = i + 1;
                while (end < all && !begins.contains(run.letters[end].begin)) ++end;
                if (apart || i == 0) add(i, apart ? end - i : all, longest_suffix * 2);
                ++place;
                i = end;
            }
        }
    }
    std::erase_if(out, [](SuggestWord const& one) { return one.letters.empty(); });
    return out;
}

}  // namespace rapport::search
