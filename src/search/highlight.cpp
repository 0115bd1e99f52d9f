// Highlights by the same pipeline: a token is marked when a clause asks for its term.
#include "search/highlight.hpp"

#include <algorithm>

#include "search/text.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t most_read = 256 << 10;  // octets of a text that are looked through

struct Mark {
    std::uint32_t begin = 0, end = 0;  // octets
};

bool fits(Ending const& ending, std::string_view term) {
    switch (ending.kind) {
        case Ending::Kind::exact:
            return term == ending.term;
        case Ending::Kind::prefix:
            return term.starts_with(ending.term);
        case Ending::Kind::range:
            return term >= ending.term && term < ending.until;
    }
    return false;
}

struct Seen {
    std::string term;
    Mark mark;
    std::uint32_t place = 0;
    TokenKind kind{};
};

// The row of terms that begins at `i`, as far as it goes; its last index, or none.
std::optional<std::size_t> row_at(std::vector<Seen> const& seen, std::size_t i, Phrase const& phrase) {
    auto const matches = [&](std::size_t n, Seen const& one) {
        return n < phrase.terms.size() ? one.term == phrase.terms[n] : fits(phrase.ending, one.term);
    };
    if (!matches(0, seen[i])) return std::nullopt;
    auto last = i;
    for (std::size_t n = 1; n <= phrase.terms.size(); ++n) {
        auto next = last + 1;
        while (next < seen.size() && seen[next].place <= seen[last].place) ++next;
        auto const place = next < seen.size() ? seen[next].place : 0;
        while (next < seen.size() && seen[next].place == place && !matches(n, seen[next])) ++next;
        if (next >= seen.size() || seen[next].place != seen[last].place + 1 || !matches(n, seen[next]))
            return std::nullopt;
        last = next;
    }
    return last;
}

std::vector<Mark> marks_in(std::string_view text, Field field, ParsedQuery const& query) {
    std::vector<Seen> seen;
    analyse(text,
            [&](Token const& token) {
                seen.push_back({std::string(token.term), {token.begin, token.end}, token.place, token.kind});
            },
            {.octets = most_read, .tokens = 40'000});
    // A letter alone counts only where a single one is looked for.
    std::vector<Mark> marks;
    for (auto const& clause : query.clauses) {
        if (clause.negated || (clause.field != Field::any && clause.field != field)) continue;
        for (auto const& phrase : clause.phrases) {
            for (std::size_t i = 0; i < seen.size(); ++i) {
                if (seen[i].kind == TokenKind::letter && !phrase.terms.empty()) continue;
                if (seen[i].kind == TokenKind::gram && phrase.terms.empty() &&
                    phrase.ending.kind == Ending::Kind::prefix && letters_of(phrase.ending.term) == 1)
                    continue;
                if (auto const last = row_at(seen, i, phrase); last)
                    marks.push_back({seen[i].mark.begin, seen[*last].mark.end});
            }
        }
    }
    std::ranges::sort(marks, {}, &Mark::begin);
    std::vector<Mark> joined;
    for (auto const& one : marks)
        if (!joined.empty() && one.begin <= joined.back().end)
            joined.back().end = std::max(joined.back().end, one.end);
        else
            joined.push_back(one);
    return joined;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t back(std::string_view text, std::size_t at, std::size_t letters) {
    for (; letters > 0 && at > 0; --letters) do
            --at;
        while (at > 0 && continues(text[at]));
    return at;
}
std::size_t on(std::string_view text, std::size_t at, std::size_t letters) {
    for (; letters > 0 && at < text.size(); --letters) do
            ++at;
        while (at < text.size() && continues(text[at]));
    return at;
}
std::size_t to_blank(std::string_view text, std::size_t at, std::size_t limit) {
    auto const blank = text.find_first_of(" \n\t", at);
    return blank != std::string_view::npos && blank < limit ? blank + 1 : at;
}

}  // namespace

Excerpt excerpt_of(std::string_view text, Field field, ParsedQuery const& query, std::size_t letters) {
    auto const marks = marks_in(text, field, query);
    std::size_t begin = 0;
    if (!marks.empty()) {
        begin = back(text, marks[0].begin, letters / 3);
        if (begin > 0) begin = to_blank(text, begin, marks[0].begin);
    }
    auto end = on(text, begin, letters);
    if (!marks.empty())
        end = std::max<std::size_t>(end, std::min<std::size_t>(marks[0].end, on(text, begin, 2 * letters)));
    Excerpt out;
    std::int64_t written = 0;
    auto const add = [&](std::string_view piece) {
        for (char const c : piece) {
            if (!continues(c)) ++written;
            out.text.push_back(c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
        }
    };
    if (begin > 0) add("…");
    std::size_t at = begin;
    for (auto const& mark : marks) {
        if (mark.begin >= end) break;
        auto const until = std::min<std::size_t>(mark.end, end);
        if (mark.begin < at || until <= mark.begin) continue;
        add(text.substr(at, mark.begin - at));
        auto const from = written;
        add(text.substr(mark.begin, until - mark.begin));
        out.matches.push_back({from, written});
        at = until;
    }
    add(text.substr(at, end - at));
    if (end < text.size()) add("…");
    return out;
}

}  // namespace rapport::search
