// Words as a part of an address, in any script: titles of articles, anchors of headings.
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "markdown/markdown.hpp"

namespace rapport::markdown {
namespace {

bool stays(UChar32 c) {
    auto const kind = U_GET_GC_MASK(c);
    return (kind & (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK)) != 0;
}

bool drops(UChar32 c) { return c == '\'' || c == 0x2019 || c == 0xad || c == 0x640 || c == 0x200d; }

icu::UnicodeString composed(icu::UnicodeString const& text) {
    UErrorCode status = U_ZERO_ERROR;
    auto const* nfc = icu::Normalizer2::getNFCInstance(status);
    auto made = nfc ? nfc->normalize(text, status) : text;
    return U_SUCCESS(status) ? made : text;
}

}  // namespace

std::string slug_of(std::string_view text, std::size_t most_letters) {
    auto source =
        icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(std::min(text.size(), std::size_t{4000}))});
    source.toLower(icu::Locale::getRoot());
    source = composed(source);
    icu::UnicodeString out;
    std::size_t letters = 0;
    bool gap = false;
    for (int32_t i = 0; i < source.length() && letters < most_letters; i = source.moveIndex32(i, 1)) {
        auto const c = source.char32At(i);
        if (drops(c) || c == 0xfffd) continue;
        // A mark begins nothing.
        bool const mark = (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
        if (!stays(c) || (mark && (gap || letters == 0))) {
            gap = letters > 0;
            continue;
        }
        if (gap && letters + 2 > most_letters) break;
        if (gap) {
            out += u'-';
            ++letters;
        }
        gap = false;
        out += c;
        ++letters;
    }
    std::string utf8;
    composed(out).toUTF8String(utf8);  // what was left out may have kept a mark from its letter
    return utf8;
}

bool is_slug(std::string_view text, std::size_t most_letters) {
    return !text.empty() && text.size() <= 4 * most_letters && slug_of(text, most_letters) == text;
}

}  // namespace rapport::markdown
