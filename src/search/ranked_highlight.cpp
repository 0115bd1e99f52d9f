// The part of a text that has most of what was asked for.
#include <algorithm>

#include "search/ranked_query.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t most_read = 256 << 10;  // octets of a text that are looked through
constexpr double least_worth = .25;           // of the rarest word: what is more common is not marked

struct Mark {
    std::uint32_t begin = 0, end = 0;
    std::string const* what = nullptr;
    double worth = 0;
};

std::vector<Mark> marks_in(std::string_view text, RankedQuery const& query) {
    double most = 0;
    for (auto const& [term, worth] : query.weights) most = std::max(most, worth);
    std::vector<Mark> out;
    auto const mark = [&](RankedTerm const& one, std::string const& key) {
        auto const found = query.weights.find(key);
        if (found == query.weights.end() || found->second < least_worth * most) return false;
        out.push_back({one.begin, one.end, &found->first, found->second});
        return true;
    };
    for (auto const& one : ranked_terms(text, query.language, {.octets = most_read, .tokens = 40'000})) {
        if (one.letter || mark(one, ' ' + one.term) || one.word.empty() || mark(one, ' ' + one.word)) continue;
        for (auto const& [key, worth] : query.weights) {  // beginnings: one at most
            if (key.starts_with(' ')) break;
            if (key.starts_with(word_mark) && one.word.starts_with(std::string_view(key).substr(word_mark.size())))
                out.push_back({one.begin, one.end, &key, worth});
        }
    }
    std::ranges::sort(out, {}, &Mark::begin);
    return out;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The mark from which a window of so many octets holds the most of different words.
std::size_t best_of(std::vector<Mark> const& marks, std::size_t window) {
    std::size_t best = 0;
    double most = -1, sum = 0;
    std::map<std::string const*, int> inside;
    for (std::size_t from = 0, until = 0; from < marks.size(); ++from) {
        for (; until < marks.size() && marks[until].end <= marks[from].begin + window; ++until)
            if (inside[marks[until].what]++ == 0) sum += marks[until].worth;
        if (sum > most + 1e-9) {
            most = sum;
            best = from;
        }
        if (until == from) {
            ++until;  // longer than the window
            continue;
        }
        if (--inside[marks[from].what] == 0) sum -= marks[from].worth;
    }
    return best;
}

class Writer {
  public:
    void add(std::string_view piece) {
        for (char const c : piece) {
            if (!continues(c)) ++written_;
            out.text.push_back(c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
        }
    }
    void add_match(std::string_view piece) {
        auto const from = written_;
        add(piece);
        if (!out.matches.empty() && out.matches.back().end == from)
            out.matches.back().end = written_;
        else
            out.matches.push_back({from, written_});
    }
    Excerpt out;

  private:
    std::int64_t written_ = 0;
};

}  // namespace

Excerpt excerpt_of(std::string_view text, RankedQuery const& query, std::size_t letters) {
    auto const marks = marks_in(text, query);
    std::size_t begin = 0;
    if (!marks.empty()) {
        // Octets, about; a letter of Thai is three of them.
        auto const octets =
            letters * std::max<std::size_t>(1, text.size() / std::max<std::size_t>(1, letters_of(text)));
        begin = marks[best_of(marks, octets * 2 / 3)].begin;
        auto const first = begin;
        for (auto back = letters / 4; back > 0 && begin > 0; --back) do
                --begin;
            while (begin > 0 && continues(text[begin]));
        if (begin > 0)
            if (auto const blank = text.find_first_of(" \n\t", begin); blank < first) begin = blank + 1;
    }
    auto const end = begin + beginning(text.substr(begin), letters).size();
    Writer writer;
    if (begin > 0) writer.add("…");
    auto at = begin;
    for (auto const& mark : marks) {
        auto const from = std::max<std::size_t>(mark.begin, at), until = std::min<std::size_t>(mark.end, end);
        if (until <= from) continue;
        writer.add(text.substr(at, from - at));
        writer.add_match(text.substr(from, until - from));
        at = until;
    }
    writer.add(text.substr(at, end - at));
    if (end < text.size()) writer.add("…");
    return std::move(writer.out);
}

}  // namespace rapport::search
