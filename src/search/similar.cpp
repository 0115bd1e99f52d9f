// Words of the index near a word that it does not have. Not for each keystroke: it reads a part of the dictionary.
#include <algorithm>
#include <map>

#include "search/ranked_terms.hpp"
#include "search/shelves.hpp"
#include "search/text.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t most_read = 50'000;

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), up to `most`.
std::size_t distance(std::u32string const& a, std::u32string const& b, std::size_t most) {
    if (a.size() > b.size() + most || b.size() > a.size() + most) return most + 1;
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        auto least = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
            least = std::min(least, row[j]);
        }
        if (least > most) return most + 1;
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

std::u32string letters(std::string_view text) {
    std::u32string out;
    for (auto const& letter : normalise(text)) out.push_back(letter.c);
    return out;
}

}  // namespace

// No change below 4 letters, one up to 7, two from 8 on. The first or the second letter is right.
std::vector<std::string> Index::similar(Kind kind, std::string const& word) const {
    auto const wanted = letters(word);
    if (wanted.size() < 4 || script_of(wanted[0]) != Script::spaced) return {};
    std::size_t const most = wanted.size() < 8 ? 1 : 2;
    std::map<std::string, std::pair<std::size_t, std::uint64_t>> found;  // distance, documents
    std::size_t read = 0;
    bool const ranked = std::ranges::find(kinds_by_relevance, kind) != kinds_by_relevance.end();
    auto const dictionary = ranked ? 'p' + std::string(word_mark) : std::string("w");
    auto const now = shelves();
    for (auto const& held : now->of(kind))
        for (std::size_t first = 0; first < 2; ++first) {
            std::string from = dictionary;
            append_utf8(from, wanted[first]);
            held.input.segment->terms(from, from + '\xFF', [&](std::string_view term, TermFacts const& facts) {
                term.remove_prefix(dictionary.size());
                auto const n = letters_of(term);
                if (n + most >= wanted.size() && n <= wanted.size() + most) {
                    auto const far = distance(wanted, letters(term), most);
                    if (far > 0 && far <= most) {
                        auto& one = found[std::string(term)];
                        one.first = far;
                        one.second += facts.docs;
                    }
                }
                return ++read < most_read;
            });
        }
    std::vector<std::string> out;
    for (auto const& [term, rank] : found) out.push_back(term);
    std::ranges::sort(out, [&](auto const& a, auto const& b) {
        auto const &x = found.at(a), &y = found.at(b);
        return x.first != y.first ? x.first < y.first : x.second > y.second;
    });
    if (out.size() > 5) out.resize(5);
    return out;
}

}  // namespace rapport::search
