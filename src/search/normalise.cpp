// Normalisation, with the way back to the octets that each letter came from.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <stdexcept>

#include "search/text.hpp"

namespace rapport::search {
namespace {

constexpr char32_t zero_width_space = 0x200B, non_joiner = 0x200C, joiner = 0x200D;
constexpr char32_t nikhahit = 0x0E4D, sara_aa = 0x0E32, sara_am = 0x0E33;
constexpr std::size_t longest_cluster = 32;  // marks upon marks; the rest begins anew

UNormalizer2 const* instance(UNormalizer2 const* (*get)(UErrorCode*)) {
    UErrorCode status = U_ZERO_ERROR;
    auto const* found = get(&status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU's normalisation data is missing.");
    return found;
}
UNormalizer2 const* folding() {
    static auto const* const it = instance(unorm2_getNFKCCasefoldInstance);
    return it;
}
UNormalizer2 const* decomposing() {
    static auto const* const it = instance(unorm2_getNFDInstance);
    return it;
}

// Empty: it is left out.
char32_t one_form(char32_t c) {
    switch (c) {
        case 0x0640:
            return 0;  // tatweel
        case 0x0670:
            return 0;  // superscript alef
        case 0x0622:
        case 0x0623:
        case 0x0625:
        case 0x0671:
            return 0x0627;  // alef
        case 0x0649:
        case 0x064A:
        case 0x06D2:
            return 0x06CC;  // ye
        case 0x0643:
            return 0x06A9;  // kaf
        case 0x0629:
        case 0x06C0:
        case 0x06C1:
        case 0x06D5:
            return 0x0647;  // he
        case 0x0654:
        case 0x0655:
            return 0;
        default:
            break;
    }
    if (c >= 0x064B && c <= 0x065F) return 0;  // vowel points
    if (c > 0x7F && u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER)
        return U'0' + static_cast<char32_t>(u_charDigitValue(static_cast<UChar32>(c)));
    return c;
}

bool drops_accents(char32_t c) {
    if (c < 0xC0 || (c >= 0x0590 && c < 0x1E00) || c > 0x1FFF) return false;
    UErrorCode status = U_ZERO_ERROR;
    auto const script = uscript_getScript(static_cast<UChar32>(c), &status);
    return script == USCRIPT_LATIN || script == USCRIPT_GREEK;
}

char32_t without_accent(char32_t c) {
    if (!drops_accents(c)) return c;
    char16_t parts[8];
    UErrorCode status = U_ZERO_ERROR;
    auto const n = unorm2_getDecomposition(decomposing(), static_cast<UChar32>(c), parts, 8, &status);
    if (U_FAILURE(status) || n <= 0) return c;
    UChar32 base = 0;
    U16_GET(parts, 0, 0, n, base);
    return static_cast<char32_t>(base);
}

class Normaliser {
  public:
    explicit Normaliser(std::string_view text) : text_(text) { out_.reserve(text.size()); }

    std::vector<Letter> run() {
        while (at_ < text_.size()) {
            auto const octet = static_cast<unsigned char>(text_[at_]);
            if (octet < 0x80)
                ascii(octet);
            else
                cluster();
        }
        return std::move(out_);
    }

  private:
    void ascii(unsigned char octet) {
        auto const lower = octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
        put(static_cast<char32_t>(lower), at_, at_ + 1);
        ++at_;
        // An accent of its own may follow: Latin letters lose it.
        while (at_ + 1 < text_.size() && is_combining_latin_mark()) {
            out_.back().end = static_cast<std::uint32_t>(at_ + 2);
            at_ += 2;
        }
    }
    // U+0300 to U+036F: CC 80 to CD AF
    bool is_combining_latin_mark() const {
        auto const a = static_cast<unsigned char>(text_[at_]), b = static_cast<unsigned char>(text_[at_ + 1]);
        return (a == 0xCC && b >= 0x80 && b <= 0xBF) || (a == 0xCD && b >= 0x80 && b <= 0xAF);
    }

    char32_t decode(std::size_t& at) const {
        UChar32 c = 0;
        auto i = static_cast<std::int32_t>(at);
        auto const* const octets = reinterpret_cast<std::uint8_t const*>(text_.data());
        U8_NEXT(octets, i, static_cast<std::int32_t>(text_.size()), c);
        at = static_cast<std::size_t>(i);
        return c < 0 ? 0xFFFD : static_cast<char32_t>(c);
    }

    // A letter with the marks that belong to it (or the parts of a Hangul syllable) is normalised as one.
    void cluster() {
        auto const begin = at_;
        char16_t units[2 * longest_cluster];
        std::int32_t size = 0;
        char32_t const first = decode(at_);
        if (first == zero_width_space || first == non_joiner || first == joiner || first == 0xFFFD) {
            put(first, begin, at_);
            return;
        }
        U16_APPEND_UNSAFE(units, size, first);
        for (std::size_t n = 1; n + 1 < longest_cluster && at_ < text_.size(); ++n) {
            auto next = at_;
            auto const c = decode(next);
            if (c == 0xFFFD || c == zero_width_space || c == non_joiner || c == joiner ||
                unorm2_hasBoundaryBefore(folding(), static_cast<UChar32>(c)))
                break;
            U16_APPEND_UNSAFE(units, size, c);
            at_ = next;
        }
        char16_t folded[18 * 2 * longest_cluster];  // no code point becomes more than 18 (UAX #15)
        UErrorCode status = U_ZERO_ERROR;
        auto const n =
            unorm2_normalize(folding(), units, size, folded, static_cast<std::int32_t>(std::size(folded)), &status);
        if (U_FAILURE(status)) return put(0xFFFD, begin, at_);
        for (std::int32_t i = 0; i < n;) {
            UChar32 c = 0;
            U16_NEXT(folded, i, n, c);
            put(static_cast<char32_t>(c), begin, at_);
        }
    }

    void put(char32_t c, std::size_t begin, std::size_t end) {
        if (c >= 0x80) {
            c = without_accent(one_form(c));
            if (c == 0 || (c >= 0x0300 && c <= 0x036F)) {
                if (!out_.empty() && out_.back().end == begin) out_.back().end = static_cast<std::uint32_t>(end);
                return;
            }
            if (c == sara_aa && compose_sara_am(end)) return;
        }
        out_.push_back({c, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    }
    // Nikhahit and sara aa, a tone mark before, between or after them: [tone] sara am.
    bool compose_sara_am(std::size_t end) {
        auto const is_tone = [](char32_t c) { return c >= 0x0E48 && c <= 0x0E4B; };
        auto const n = out_.size();
        if (n >= 1 && out_[n - 1].c == nikhahit) {
            out_[n - 1] = {sara_am, out_[n - 1].begin, static_cast<std::uint32_t>(end)};
            return true;
        }
        if (n >= 2 && out_[n - 2].c == nikhahit && is_tone(out_[n - 1].c)) {
            auto const begin = out_[n - 2].begin;
            out_[n - 2] = {out_[n - 1].c, begin, out_[n - 1].end};
            out_[n - 1] = {sara_am, begin, static_cast<std::uint32_t>(end)};
            return true;
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Letter> out_;
};

}  // namespace

std::vector<Letter> normalise(std::string_view text) { return Normaliser(text).run(); }

void append_utf8(std::string& out, char32_t c) {
    char octets[4];
    std::int32_t n = 0;
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
    U8_APPEND_UNSAFE(octets, n, static_cast<UChar32>(c));
    out.append(octets, static_cast<std::size_t>(n));
}

std::size_t letters_of(std::string_view utf8) {
    std::size_t n = 0;
    for (char const c : utf8) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return n;
}

std::string_view beginning(std::string_view utf8, std::size_t letters) {
    std::size_t at = 0;
    for (; letters > 0 && at < utf8.size(); --letters) {
        ++at;
        while (at < utf8.size() && (static_cast<unsigned char>(utf8[at]) & 0xC0) == 0x80) ++at;
    }
    return utf8.substr(0, at);
}

Script script_of(char32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? Script::spaced : Script::none;
    auto const cp = static_cast<UChar32>(c);
    if (c >= 0x0E00 && c < 0x10A0 && u_getIntPropertyValue(cp, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT)
        return Script::dictionary;
    if (c >= 0x1780 && c <= 0x17FF && u_getIntPropertyValue(cp, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT)
        return Script::dictionary;
    auto const type = u_charType(cp);
    bool const counts = u_isalnum(cp) || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK ||
                        type == U_LETTER_NUMBER || c == 0x30FC;
    if (!counts) return Script::none;
    if (c < 0x1100) return Script::spaced;
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript(cp, &status)) {
        case USCRIPT_HAN:
        case USCRIPT_HIRAGANA:
        case USCRIPT_KATAKANA:
        case USCRIPT_BOPOMOFO:
            return Script::ideographs;
        case USCRIPT_HANGUL:
            return Script::hangul;
        default:
            return c == 0x30FC ? Script::ideographs : Script::spaced;
    }
}

}  // namespace rapport::search
