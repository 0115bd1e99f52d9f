// Segmentation: runs of one script, and the terms in each.
#include "search/text.hpp"

#include <unicode/ubrk.h>

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>

namespace rapport::search {
namespace {

constexpr char32_t non_joiner = 0x200C, joiner = 0x200D;

struct CloseBreaks {
    void operator()(UBreakIterator* it) const { ubrk_close(it); }
};
// Thai's rules know the dictionaries of all these scripts.
UBreakIterator* word_breaks() {
    thread_local std::unique_ptr<UBreakIterator, CloseBreaks> const it = [] {
        UErrorCode status = U_ZERO_ERROR;
        auto* made = ubrk_open(UBRK_WORD, "th", nullptr, 0, &status);
        if (U_FAILURE(status)) throw std::runtime_error("ICU's rules for words are missing.");
        return std::unique_ptr<UBreakIterator, CloseBreaks>(made);
    }();
    return it.get();
}

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

class Segmenter {
  public:
    Segmenter(TakeToken const& take, TextLimits limits) : take_(take), limits_(limits) {}

    // Nothing joins what a blank parts: pieces of ASCII alone, which most text is made of, need no normalisation.
    std::uint32_t run(std::string_view text) {
        std::size_t at = 0;
        while (at < text.size() && tokens_ < limits_.tokens) {
            auto const begin = at;
            bool const is_ascii = skip_piece(text, at);
            if (is_ascii) {
                ascii(text, begin, at);
                continue;
            }
            for (auto next = at; next < text.size() && !skip_piece(text, next);) at = next;
            offset_ = static_cast<std::uint32_t>(begin);
            auto const letters = normalise(text.substr(begin, at - begin));
            letters_ = letters;
            segment();
        }
        return place_;
    }

  private:
    // To the end of the blanks behind the piece that begins at `at`. True: it is ASCII.
    static bool skip_piece(std::string_view text, std::size_t& at) {
        unsigned char all = 0;
        while (at < text.size() && !is_blank(text[at])) all |= static_cast<unsigned char>(text[at++]);
        while (at < text.size() && is_blank(text[at])) ++at;
        return all < 0x80;
    }

    void ascii(std::string_view text, std::size_t at, std::size_t end) {
        while (at < end && tokens_ < limits_.tokens) {
            auto const begin = at;
            term_.clear();
            for (; at < end; ++at) {
                auto const c = text[at];
                auto const lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
                if (!((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9'))) break;
                if (term_.size() < most_term_letters) term_.push_back(lower);
            }
            if (at == begin) {
                ++at;
                continue;
            }
            ++tokens_;
            take_(
                {term_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at), place_++, TokenKind::word});
        }
    }

    void segment() {
        std::size_t at = 0;
        while (at < letters_.size() && tokens_ < limits_.tokens) {
            auto const script = script_of(letters_[at].c);
            if (script == Script::none) {
                ++at;
                continue;
            }
            auto const end = end_of_run(at, script);
            auto const part = letters_.subspan(at, end - at);
            switch (script) {
                case Script::spaced:
                    word(part);
                    break;
                case Script::dictionary:
                    by_dictionary(part);
                    break;
                default:
                    grams(part);
                    break;
            }
            at = end;
        }
    }

    // A word goes on over a joiner if a letter follows.
    std::size_t end_of_run(std::size_t at, Script script) const {
        while (at < letters_.size()) {
            auto const c = letters_[at].c;
            bool const joins = script == Script::spaced && (c == non_joiner || c == joiner) &&
                               at + 1 < letters_.size() && script_of(letters_[at + 1].c) == script;
            if (!joins && script_of(c) != script) break;
            ++at;
        }
        return at;
    }

    void put(std::span<Letter const> part, std::uint32_t place, TokenKind kind) {
        term_.clear();
        std::size_t n = 0;
        for (auto const& letter : part)
            if (letter.c != non_joiner && letter.c != joiner && n++ < most_term_letters) append_utf8(term_, letter.c);
        if (term_.empty()) return;
        ++tokens_;
        take_({term_, offset_ + part.front().begin, offset_ + part.back().end, place, kind});
    }

    void word(std::span<Letter const> part) {
        std::size_t parts = 1;
        for (auto const& letter : part) parts += letter.c == non_joiner;
        if (parts > 1) put(part, place_, TokenKind::joined);
        std::size_t begin = 0;
        for (std::size_t i = 0; i <= part.size(); ++i) {
            if (i < part.size() && part[i].c != non_joiner) continue;
            if (i > begin) put(part.subspan(begin, i - begin), place_++, TokenKind::word);
            begin = i + 1;
        }
    }

    // ICU is given pieces of a bounded size: its dictionaries take more than linear time.
    void by_dictionary(std::span<Letter const> part) {
        constexpr std::size_t piece = 2000;
        for (std::size_t at = 0; at < part.size(); at += piece)
            pieces(part.subspan(at, std::min(piece, part.size() - at)));
    }
    void pieces(std::span<Letter const> part) {
        std::u16string text;
        for (auto const& letter : part) text.push_back(static_cast<char16_t>(letter.c));  // all in the first plane
        auto* const breaks = word_breaks();
        UErrorCode status = U_ZERO_ERROR;
        ubrk_setText(breaks, text.data(), static_cast<std::int32_t>(text.size()), &status);
        if (U_FAILURE(status)) return;
        auto begin = ubrk_first(breaks);
        for (auto end = ubrk_next(breaks); end != UBRK_DONE; begin = end, end = ubrk_next(breaks))
            put(part.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), place_++,
                TokenKind::word);
    }

    void grams(std::span<Letter const> part) {
        for (std::size_t i = 0; i < part.size() && tokens_ < limits_.tokens; ++i, ++place_) {
            put(part.subspan(i, 1), place_, TokenKind::letter);
            if (i + 1 < part.size())
                put(part.subspan(i, 2), place_, TokenKind::gram);
            else if (part.size() == 1)
                put(part, place_, TokenKind::gram);
        }
    }

    std::span<Letter const> letters_;  // of the piece at `offset_`
    std::uint32_t offset_ = 0;
    TakeToken const& take_;
    TextLimits limits_;
    std::string term_;
    std::uint32_t place_ = 0;
    std::size_t tokens_ = 0;
};

}  // namespace

std::uint32_t analyse(std::string_view text, TakeToken const& take, TextLimits limits) {
    return Segmenter(take, limits).run(text.substr(0, limits.octets));
}

}  // namespace rapport::search
