// The parser: pieces between blanks and quotes, each made of terms by the text pipeline.
#include "search/query.hpp"

#include <unicode/ucal.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "search/text.hpp"

namespace rapport::search {
namespace {

std::unexpected<Error> refuse(std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", "This cannot be searched for: it " + rule + ".",
                {{"/q", std::move(rule), std::move(fix)}});
}

// A piece as it was typed.
struct Piece {
    std::string name, text;  // name: before the colon, in lower case
    bool negated = false, quoted = false, half_typed = false;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// "…" and the quotation marks that phones and other languages type.
struct QuoteMark {
    std::string_view open, close;
};
constexpr QuoteMark quote_marks[] = {{"\"", "\""}, {"“", "”"}, {"„", "“"}, {"«", "»"}, {"「", "」"}};

class Scanner {
  public:
    Scanner(std::string_view text, QueryRules const& rules) : text_(text), rules_(rules) {}

    bool next(Piece& piece) {
        skip_blanks();
        if (at_ >= text_.size()) return false;
        piece = {};
        if (text_[at_] == '-' && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1])) {
            piece.negated = true;
            ++at_;
        }
        name(piece);
        if (!quoted(piece)) word(piece);
        return true;
    }

  private:
    void skip_blanks() {
        while (at_ < text_.size()) {
            if (is_blank(text_[at_]))
                ++at_;
            else if (text_.substr(at_).starts_with("\u3000"))  // what a Japanese keyboard types
                at_ += 3;
            else
                return;
        }
    }
    void name(Piece& piece) {
        static constexpr std::string_view own[] = {"from", "to", "subject", "before", "after"};
        auto const colon = text_.find(':', at_);
        if (colon == std::string_view::npos || colon - at_ > 20) return;
        auto const lower = ascii_lower(text_.substr(at_, colon - at_));
        if (std::ranges::find(own, lower) == std::end(own) &&
            std::ranges::find(rules_.filters, lower) == rules_.filters.end())
            return;
        piece.name = lower;
        at_ = colon + 1;
    }
    bool quoted(Piece& piece) {
        for (auto const& mark : quote_marks) {
            if (!text_.substr(at_).starts_with(mark.open)) continue;
            at_ += mark.open.size();
            auto const end = text_.find(mark.close, at_);
            piece.quoted = true;
            piece.half_typed = end == std::string_view::npos;
            piece.text = text_.substr(at_, piece.half_typed ? std::string_view::npos : end - at_);
            at_ = piece.half_typed ? text_.size() : end + mark.close.size();
            return true;
        }
        return false;
    }
    void word(Piece& piece) {
        auto const begin = at_;
        while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '"' &&
               !text_.substr(at_).starts_with("\u3000"))
            ++at_;
        piece.text = text_.substr(begin, at_ - begin);
        piece.half_typed = at_ == text_.size();
    }

    std::string_view text_;
    QueryRules const& rules_;
    std::size_t at_ = 0;
};

struct Term {
    std::string term;
    std::uint32_t place = 0;
    TokenKind kind{};
};

std::vector<Term> terms_of(std::string_view text) {
    std::vector<Term> out;
    analyse(text, [&](Token const& token) { out.push_back({std::string(token.term), token.place, token.kind}); });
    return out;
}

constexpr char32_t first_syllable = 0xAC00, last_syllable = 0xD7A3;

// Particles that Korean ties to a noun: whoever types 배송은 looks for 배송.
bool is_particle(std::string_view letter) {
    static constexpr std::string_view all[] = {"은", "는", "이", "가", "을", "를", "의", "에", "로", "도", "와", "과"};
    return std::ranges::find(all, letter) != std::end(all);
}

// Letters of a row of grams, put together again.
std::string run_of(std::span<Term const> grams) {
    std::string run;
    for (auto const& gram : grams) run += std::string(beginning(gram.term, 1));
    if (!grams.empty()) run += grams.back().term.substr(beginning(grams.back().term, 1).size());
    return run;
}

class PhraseMaker {
  public:
    PhraseMaker(Piece const& piece) : piece_(piece), terms_(terms_of(piece.text)) {}

    std::vector<Phrase> make() {
        if (terms_.empty()) return {};
        std::vector<Phrase> out;
        if (auto first = plain(false); first) out.push_back(std::move(*first));
        if (has(TokenKind::joined))
            if (auto joined = plain(true); joined) out.push_back(std::move(*joined));
        if (!piece_.quoted) {
            also_undivided(out);
            also_without_particle(out);
        }
        return out;
    }

  private:
    bool has(TokenKind kind) const {
        return std::ranges::any_of(terms_, [&](Term const& one) { return one.kind == kind; });
    }
    bool may_go_on() const { return !piece_.quoted || piece_.half_typed; }

    // `joined`: words that a non-joiner holds together count as one.
    std::optional<Phrase> plain(bool joined) const {
        std::vector<Term const*> row;
        std::uint32_t skip_until = 0;
        for (std::size_t i = 0; i < terms_.size(); ++i) {
            auto const& term = terms_[i];
            if (term.kind == TokenKind::letter) continue;
            if (term.kind == TokenKind::joined) {
                if (!joined) continue;
                row.push_back(&term);
                skip_until = parts_end(i);
                continue;
            }
            if (term.place < skip_until) continue;
            row.push_back(&term);
        }
        if (row.empty()) return std::nullopt;
        Phrase phrase;
        for (std::size_t i = 0; i + 1 < row.size(); ++i) phrase.terms.push_back(row[i]->term);
        phrase.ending = ending_of(*row.back());
        return phrase;
    }
    // The place after the parts of the joined word at `i`.
    std::uint32_t parts_end(std::size_t i) const {
        std::string const& whole = terms_[i].term;
        std::string built;
        auto end = terms_[i].place;
        for (std::size_t j = i + 1; j < terms_.size() && built.size() < whole.size(); ++j, ++end)
            built += terms_[j].term;
        return end;
    }
    Ending ending_of(Term const& last) const {
        auto const letters = letters_of(last.term);
        if (last.kind == TokenKind::gram) {
            if (piece_.half_typed)
                if (auto half = half_typed_hangul(last.term)) return *half;
            if (letters == 1 && may_go_on()) return {Ending::Kind::prefix, last.term};
            return {Ending::Kind::exact, last.term};
        }
        // Words find what begins with them; short ones only while they are being typed.
        bool const prefix = may_go_on() && letters >= (piece_.half_typed ? 2U : 4U) && letters < most_term_letters;
        return {prefix ? Ending::Kind::prefix : Ending::Kind::exact, last.term};
    }
    // A dictionary divides what is half typed otherwise than what it becomes: the last words undivided, too.
    void also_undivided(std::vector<Phrase>& out) const {
        if (terms_.size() < 2 || terms_.size() > 12) return;
        for (auto const& one : terms_)
            if (one.kind != TokenKind::word || script_of(normalise(one.term).front().c) != Script::dictionary) return;
        for (std::size_t keep = terms_.size() - 1; keep-- > 0 && out.size() < 5;) {
            Phrase phrase;
            for (std::size_t i = 0; i < keep; ++i) phrase.terms.push_back(terms_[i].term);
            std::string rest;
            for (std::size_t i = keep; i < terms_.size(); ++i) rest += terms_[i].term;
            if (letters_of(rest) >= most_term_letters) return;
            phrase.ending = {Ending::Kind::prefix, std::move(rest)};
            out.push_back(std::move(phrase));
        }
    }
    void also_without_particle(std::vector<Phrase>& out) const {
        std::vector<Term> grams;
        for (auto const& one : terms_)
            if (one.kind == TokenKind::gram) grams.push_back(one);
        if (grams.size() < 2 || out.empty()) return;
        auto const run = run_of(grams);
        auto const n = letters_of(run);
        if (n < 3 || !is_particle(std::string_view(run).substr(beginning(run, n - 1).size()))) return;
        Phrase phrase;
        for (std::size_t i = 0; i + 2 < grams.size(); ++i) phrase.terms.push_back(grams[i].term);
        phrase.ending = {Ending::Kind::exact, grams[grams.size() - 2].term};
        if (std::ranges::all_of(terms_, [](Term const& one) { return one.kind >= TokenKind::gram; }))
            out.push_back(std::move(phrase));
    }

    Piece const& piece_;
    std::vector<Term> terms_;
};

std::optional<int> number_in(std::string_view digits) {
    int value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

// "2026", "2026-11", "2026-11-22" → when that day, or the first of that month or year, begins in the zone.
std::optional<Time> day_in(std::string_view text, std::string const& zone) {
    std::string ascii;
    for (auto const& letter : normalise(text)) ascii.push_back(letter.c < 0x80 ? static_cast<char>(letter.c) : '?');
    std::ranges::replace(ascii, '/', '-');
    int part[3] = {0, 1, 1};
    std::string_view rest = ascii;
    std::size_t n = 0;
    while (n < 3) {
        auto const dash = std::min(rest.find('-'), rest.size());
        auto const value = number_in(rest.substr(0, dash));
        if (!value) return std::nullopt;
        part[n++] = *value;
        if (dash == rest.size()) {
            rest = {};
            break;
        }
        rest.remove_prefix(dash + 1);
    }
    auto const date = std::chrono::year(part[0]) / std::chrono::month(static_cast<unsigned>(std::max(part[1], 0))) /
                      std::chrono::day(static_cast<unsigned>(std::max(part[2], 0)));
    if (!rest.empty() || part[0] < 1970 || part[0] > 9999 || !date.ok()) return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;
    std::u16string const name(zone.begin(), zone.end());
    auto* const calendar =
        ucal_open(name.data(), static_cast<std::int32_t>(name.size()), "en", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status)) return std::nullopt;
    ucal_clear(calendar);
    ucal_setDate(calendar, part[0], part[1] - 1, part[2], &status);
    auto const ms = ucal_getMillis(calendar, &status);
    ucal_close(calendar);
    if (U_FAILURE(status)) return std::nullopt;
    return time_from_micros(static_cast<std::int64_t>(ms) * 1000);
}

std::optional<std::int64_t> conversation_number(std::string_view text, bool& marked) {
    marked = text.starts_with("#") || text.starts_with("＃");
    if (marked) text.remove_prefix(text.starts_with("#") ? 1 : 3);
    std::string digits;
    for (auto const& letter : normalise(text)) {
        if (letter.c < '0' || letter.c > '9' || digits.size() > 15) return std::nullopt;
        digits.push_back(static_cast<char>(letter.c));
    }
    if (digits.empty()) return std::nullopt;
    return std::stoll(digits);
}

class Builder {
  public:
    explicit Builder(QueryRules const& rules) : rules_(rules) {}

    Expected<void> add(Piece const& piece) {
        if (piece.name == "before" || piece.name == "after") return date(piece);
        if (std::ranges::find(rules_.filters, piece.name) != rules_.filters.end()) {
            auto const value = trimmed(piece.text);
            if (!value.empty() && out.filters.size() < most_clauses)  // empty: half typed
                out.filters.push_back({piece.name, std::string(value), piece.negated});
            return {};
        }
        Clause clause;
        clause.negated = piece.negated;
        clause.field = piece.name == "from"      ? Field::from
                       : piece.name == "to"      ? Field::to
                       : piece.name == "subject" ? Field::subject
                                                 : Field::any;
        clause.phrases = PhraseMaker(piece).make();
        if (clause.phrases.empty()) return {};  // signs alone
        out.clauses.push_back(std::move(clause));
        return {};
    }

    ParsedQuery out;

  private:
    Expected<void> date(Piece const& piece) {
        auto const day = day_in(trimmed(piece.text), rules_.zone);
        if (!day) {
            if (piece.half_typed) return {};  // being typed
            return refuse(
                "must have a date after " + piece.name + ":",
                "write it as " + piece.name + ":2026-11-22, " + piece.name + ":2026-11 or " + piece.name + ":2026");
        }
        bool const lower = (piece.name == "after") != piece.negated;
        auto& bound = lower ? out.after : out.before;
        bound = !bound ? *day : lower ? std::max(*bound, *day) : std::min(*bound, *day);
        return {};
    }
    QueryRules const& rules_;
};

}  // namespace

// What a syllable that is half typed may become, as the last letter of `term`: 소 may become 솧, ㅅ (typed alone) any
// that begins with it. Code points and UTF-8 have the same order.
std::optional<Ending> half_typed_hangul(std::string const& term) {
    auto const last_at = beginning(term, letters_of(term) - 1).size();
    auto const letters = normalise(std::string_view(term).substr(last_at));
    if (letters.empty()) return std::nullopt;
    char32_t const c = letters.back().c;
    char32_t low = 0, high = 0;
    if (c >= first_syllable && c <= last_syllable && (c - first_syllable) % 28 == 0) {
        low = c;
        high = c + 28;
    } else if (c >= 0x1100 && c <= 0x1112) {  // NFKC makes this of a letter that stands alone
        low = first_syllable + (c - 0x1100) * 588;
        high = low + 588;
    } else {
        return std::nullopt;
    }
    Ending ending{Ending::Kind::range, term.substr(0, last_at), term.substr(0, last_at)};
    append_utf8(ending.term, low);
    append_utf8(ending.until, high);
    return ending;
}

Expected<ParsedQuery> parse_query(std::string_view text, QueryRules const& rules) {
    if (text.size() > 4 * most_query_letters || letters_of(text) > most_query_letters)
        return refuse("must have at most " + std::to_string(most_query_letters) + " characters",
                      "search for a few words that stand in it");
    Builder builder(rules);
    Scanner scanner(text, rules);
    std::vector<Piece> pieces;
    for (Piece piece; scanner.next(piece);) pieces.push_back(std::move(piece));
    if (pieces.size() > most_clauses)
        return refuse("must have at most " + std::to_string(most_clauses) + " words", "leave some out");
    if (pieces.size() == 1 && pieces[0].name.empty() && !pieces[0].negated && !pieces[0].quoted) {
        bool marked = false;
        builder.out.number = conversation_number(pieces[0].text, marked);
        builder.out.only_number = marked && builder.out.number;
    }
    for (auto const& piece : pieces)
        if (auto const added = builder.add(piece); !added) return fail(added.error());
    auto& out = builder.out;
    if (out.only_number) return std::move(out);
    bool const some = std::ranges::any_of(out.clauses, [](Clause const& one) { return !one.negated; });
    if (!some && out.filters.empty() && !out.after && !out.before)
        return refuse(out.clauses.empty() ? "must have a letter or a digit"
                                          : "must say what shall be there, not only what shall not",
                      "add a word that shall be there");
    return std::move(out);
}

}  // namespace rapport::search
