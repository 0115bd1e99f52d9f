// Words lose their endings (Snowball); runs of Chinese, Japanese and Korean give words beside their pairs of letters.
#include "search/ranked_terms.hpp"

#include <libstemmer.h>
#include <unicode/ubrk.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <stdexcept>

namespace rapport::search {
namespace {

struct CloseStemmer {
    void operator()(sb_stemmer* it) const { sb_stemmer_delete(it); }
};
// None: no endings are known. One a thread and language.
sb_stemmer* stemmer_of(std::string_view language) {
    static constexpr std::pair<std::string_view, char const*> known[] = {
        {"ar", "arabic"},  {"ca", "catalan"}, {"da", "danish"},    {"de", "german"},     {"en", "english"},
        {"es", "spanish"}, {"fi", "finnish"}, {"fr", "french"},    {"hu", "hungarian"},  {"id", "indonesian"},
        {"it", "italian"}, {"nl", "dutch"},   {"no", "norwegian"}, {"pt", "portuguese"}, {"ro", "romanian"},
        {"ru", "russian"}, {"sv", "swedish"}, {"tr", "turkish"},
    };
    language = language.substr(0, language.find_first_of("-_"));
    auto const found = std::ranges::find(known, language, [](auto const& one) { return one.first; });
    if (found == std::end(known)) return nullptr;
    thread_local std::map<std::string_view, std::unique_ptr<sb_stemmer, CloseStemmer>> made;
    auto& one = made[found->first];
    if (!one) one.reset(sb_stemmer_new(found->second, "UTF_8"));
    return one.get();
}

// The pipeline writes Persian's ye and kaf; the Arabic rules know Arabic's.
std::string with_arabic_letters(std::string_view word) {
    std::string out;
    for (std::size_t i = 0; i < word.size(); ++i) {
        auto const rest = word.substr(i);
        if (rest.starts_with("\u06CC"))
            out += "\u064A", ++i;
        else if (rest.starts_with("\u06A9"))
            out += "\u0643", ++i;
        else
            out += word[i];
    }
    return out;
}

struct CloseBreaks {
    void operator()(UBreakIterator* it) const { ubrk_close(it); }
};
UBreakIterator* word_breaks() {
    thread_local std::unique_ptr<UBreakIterator, CloseBreaks> const it = [] {
        UErrorCode status = U_ZERO_ERROR;
        auto* made = ubrk_open(UBRK_WORD, "ja", nullptr, 0, &status);
        if (U_FAILURE(status)) throw std::runtime_error("ICU's rules for words are missing.");
        return std::unique_ptr<UBreakIterator, CloseBreaks>(made);
    }();
    return it.get();
}

// Particles that Korean ties to a noun, longest first.
constexpr std::u16string_view particles[] = {u"으로", u"에서", u"에게", u"까지", u"부터", u"은", u"는", u"이", u"가",
                                             u"을",   u"를",   u"의",   u"에",   u"로",   u"도", u"와", u"과"};

// Letters of one run of Chinese and Japanese, or of Korean, as they come.
class Run {
  public:
    void add(Token const& letter) {
        std::u16string units;
        append(units, letter.term);
        for (char16_t const unit : units) {
            text_.push_back(unit);
            from_.push_back(letters_.size());
        }
        letters_.push_back({letter.begin, letter.end, letter.place});
    }
    bool goes_on_with(Token const& letter) const {
        return !letters_.empty() && letters_.back().end == letter.begin && letters_.back().place + 1 == letter.place;
    }
    void finish(std::vector<RankedTerm>& out) {
        if (letters_.size() > 1) is_hangul() ? korean(out) : words(out);
        text_.clear();
        from_.clear();
        letters_.clear();
    }

  private:
    struct Where {
        std::uint32_t begin, end, place;
    };
    static void append(std::u16string& out, std::string_view utf8) {
        for (auto const& letter : normalise(utf8))
            if (letter.c < 0x10000) {
                out.push_back(static_cast<char16_t>(letter.c));
            } else {
                out.push_back(static_cast<char16_t>(0xD7C0 + (letter.c >> 10)));
                out.push_back(static_cast<char16_t>(0xDC00 + (letter.c & 0x3FF)));
            }
    }
    bool is_hangul() const { return script_of(text_[0]) == Script::hangul; }

    void put(std::size_t begin, std::size_t end, std::vector<RankedTerm>& out) const {
        if (begin >= end) return;
        auto const first = from_[begin], last = from_[end - 1];
        std::string term;
        for (auto at = begin; at < end; ++at) {
            char32_t c = text_[at];
            if (c >= 0xD800 && c < 0xDC00 && at + 1 < end) c = 0x10000 + ((c - 0xD800) << 10) + (text_[++at] - 0xDC00U);
            append_utf8(term, c);
        }
        out.push_back({std::move(term), {}, letters_[first].begin, letters_[last].end, letters_[first].place});
    }
    void korean(std::vector<RankedTerm>& out) const {
        if (text_.size() > most_word) return;
        for (auto const particle : particles)
            if (text_.size() > particle.size() + 1 && text_.ends_with(particle))
                return put(0, text_.size() - particle.size(), out);
        put(0, text_.size(), out);
    }
    void words(std::vector<RankedTerm>& out) const {
        auto* const breaks = word_breaks();
        for (std::size_t piece = 0; piece < text_.size(); piece += most_piece) {  // its dictionary is not linear
            auto const size = std::min(most_piece, text_.size() - piece);
            UErrorCode status = U_ZERO_ERROR;
            ubrk_setText(breaks, text_.data() + piece, static_cast<std::int32_t>(size), &status);
            if (U_FAILURE(status)) return;
            auto begin = ubrk_first(breaks);
            for (auto end = ubrk_next(breaks); end != UBRK_DONE; begin = end, end = ubrk_next(breaks))
                if (static_cast<std::size_t>(end - begin) <= most_word)
                    put(piece + static_cast<std::size_t>(begin), piece + static_cast<std::size_t>(end), out);
        }
    }

    static constexpr std::size_t most_word = 20, most_piece = 2'000;
    std::u16string text_;
    std::vector<std::size_t> from_;  // of each unit its letter
    std::vector<Where> letters_;
};

}  // namespace

std::string stem_of(std::string_view word, std::string_view language) {
    auto* const stemmer = stemmer_of(language);
    if (!stemmer || word.size() < 3 || word.size() > 100) return std::string(word);
    auto const given = language.starts_with("ar") ? with_arabic_letters(word) : std::string(word);
    auto const* const made =
        sb_stemmer_stem(stemmer, reinterpret_cast<sb_symbol const*>(given.data()), static_cast<int>(given.size()));
    if (!made) return std::string(word);
    return {reinterpret_cast<char const*>(made), static_cast<std::size_t>(sb_stemmer_length(stemmer))};
}

std::vector<RankedTerm> ranked_terms(std::string_view text, std::string_view language, TextLimits limits) {
    std::vector<RankedTerm> out;
    Run run;
    analyse(
        text,
        [&](Token const& token) {
            bool const of_run = token.kind == TokenKind::letter || token.kind == TokenKind::gram;
            if (!of_run || (token.kind == TokenKind::letter && !run.goes_on_with(token))) run.finish(out);
            if (token.kind == TokenKind::letter) run.add(token);
            std::string const term(token.term);
            RankedTerm made{.term = term, .begin = token.begin, .end = token.end, .place = token.place};
            if (!of_run) made.word = term;
            made.letter = token.kind == TokenKind::letter;
            made.pair = token.kind == TokenKind::gram && letters_of(term) > 1;
            if (!of_run) made.term = stem_of(term, language);
            out.push_back(std::move(made));
        },
        limits);
    run.finish(out);
    std::ranges::sort(out, {},
                      [](RankedTerm const& one) { return std::tuple(one.place, one.end, !one.letter, one.pair); });
    return out;
}

}  // namespace rapport::search
