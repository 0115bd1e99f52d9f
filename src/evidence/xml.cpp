// Escaping as canonical XML writes it (W3C xml-c14n §2.3), and nothing that XML cannot hold.
#include "evidence/xml.hpp"

#include <openssl/evp.h>

#include <array>

namespace rapport::evidence {
namespace {

enum Kind : unsigned char { plain, special, multibyte, refused };

constexpr std::array<Kind, 256> kinds = [] {
    std::array<Kind, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = refused;
    table['\t'] = table['\n'] = table['\r'] = special;
    table['&'] = table['<'] = table['>'] = table['"'] = special;
    table[0x7F] = refused;  // allowed by XML, of no use to anybody
    for (std::size_t c = 0x80; c < 0x100; ++c) table[c] = multibyte;
    return table;
}();

// Length of the UTF-8 sequence at the front (RFC 3629 §4); 0 if it is not valid or not an XML character.
std::size_t sequence(std::string_view text) {
    auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    auto const follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    unsigned const lead = byte(0);
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        unsigned const low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
        if (!follows(1, low, high) || !follows(2)) return 0;
        bool const not_a_character = lead == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE;  // U+FFFE, U+FFFF
        return not_a_character ? 0 : 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        unsigned const low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

std::string_view escape(char c, bool in_attribute) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return in_attribute ? ">" : "&gt;";
        case '"':
            return in_attribute ? "&quot;" : "\"";
        case '\t':
            return in_attribute ? "&#x9;" : "\t";
        case '\n':
            return in_attribute ? "&#xA;" : "\n";
        default:
            return "&#xD;";
    }
}

}  // namespace

XmlOut& XmlOut::escaped(std::string_view value, bool in_attribute) {
    std::size_t start = 0, i = 0;
    while (i < value.size()) {
        switch (kinds[static_cast<unsigned char>(value[i])]) {
            case plain:
                ++i;
                break;
            case multibyte: {
                auto const n = sequence(value.substr(i));
                if (n == 0) {
                    good_ = false;
                    return *this;
                }
                i += n;
                break;
            }
            case special:
                bytes_.append(value, start, i - start);
                bytes_.append(escape(value[i], in_attribute));
                start = ++i;
                break;
            case refused:
                good_ = false;
                return *this;
        }
    }
    bytes_.append(value, start, i - start);
    return *this;
}

XmlOut& XmlOut::base64(ByteView value) {
    auto const at = bytes_.size();
    auto const size = (value.size() + 2) / 3 * 4;
    bytes_.resize(at + size + 1);  // EVP_EncodeBlock ends with a NUL
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(bytes_.data() + at),
                    reinterpret_cast<unsigned char const*>(value.data()), static_cast<int>(value.size()));
    bytes_.resize(at + size);
    return *this;
}

// The same text as to_text(Time), without its cost: a record holds several.
XmlOut& XmlOut::time(Time value) {
    auto const day = std::chrono::floor<std::chrono::days>(value);
    std::chrono::year_month_day const date(day);
    auto const us = static_cast<std::uint64_t>((value - day).count());
    char out[] = "0000-00-00T00:00:00.000000";
    auto const digits = [&out](std::size_t at, std::size_t n, std::uint64_t number) {
        for (; n > 0; --n, number /= 10) out[at + n - 1] = static_cast<char>('0' + number % 10);
    };
    digits(0, 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
    digits(5, 2, static_cast<unsigned>(date.month()));
    digits(8, 2, static_cast<unsigned>(date.day()));
    digits(11, 2, us / 3'600'000'000);
    digits(14, 2, us / 60'000'000 % 60);
    digits(17, 2, us / 1'000'000 % 60);
    digits(20, 6, us % 1'000'000);
    return raw({out, us % 1'000'000 == 0 ? 19U : 26U}).raw("Z");
}

}  // namespace rapport::evidence
