// Folding by the C library's Unicode tables, in the locale C.UTF-8, which every glibc since 2.35 carries.
#include "people/fold.hpp"

#include <locale.h>
#include <wctype.h>

namespace rapport::people {

namespace {

constexpr std::size_t most_keys = 6;

locale_t unicode() {
    static locale_t const one = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return one;  // null where it is missing: then only ASCII folds
}

// Decodes the character at `at` and moves past it; 0xFFFFFFFF for an octet that is not UTF-8.
char32_t next_character(std::string_view text, std::size_t& at) {
    auto const lead = static_cast<unsigned char>(text[at]);
    std::size_t const size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    if (size == 0 || at + size > text.size()) {
        ++at;
        return 0xFFFFFFFF;
    }
    char32_t c = size == 1 ? lead : lead & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    at += size;
    return c;
}

void append_character(Bytes& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
    } else {
        if (c < 0x10000) {
            out += static_cast<char>(0xE0 | (c >> 12));
        } else {
            out += static_cast<char>(0xF0 | (c >> 18));
            out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        }
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    }
    out += static_cast<char>(0x80 | (c & 0x3F));
}

char32_t folded_character(char32_t c) {
    switch (c) {
        case 0x064A:  // Arabic yeh and alef maksura as Persian yeh
        case 0x0649:
            return 0x06CC;
        case 0x0643:
            return 0x06A9;  // Arabic kaf as Persian keheh
        case 0x00A0:
        case 0x200C:  // zero-width non-joiner, which separates parts of a Persian word
        case 0x3000:
            return ' ';
        default:
            break;
    }
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c == '\t' || c == '\n' || c == '\r' ? U' ' : c;
    return unicode() ? static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), unicode())) : c;
}

}  // namespace

Bytes folded(std::string_view text) {
    Bytes out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        auto const start = at;
        auto const c = next_character(text, at);
        if (c == 0xFFFFFFFF) {
            out += text[start];
            continue;
        }
        auto const f = folded_character(c);
        if (f == ' ' && (out.empty() || out.back() == ' ')) continue;
        append_character(out, f);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

std::vector<Bytes> name_keys(std::string_view name) {
    std::vector<Bytes> keys;
    auto const whole = folded(name);
    for (std::size_t at = 0; at < whole.size() && keys.size() < most_keys;) {
        keys.push_back(whole.substr(at));
        auto const space = whole.find(' ', at);
        if (space == Bytes::npos) break;
        at = space + 1;
    }
    return keys;
}

Bytes end_of_prefix(Bytes prefix) {
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

}  // namespace rapport::people
