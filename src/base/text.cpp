// Checks of text at the border.
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace rapport {
namespace {

// Length of the UTF-8 sequence at the front; 0 if it is not valid (RFC 3629 §4).
std::size_t sequence_length(std::string_view text) {
    auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    auto const follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    unsigned const lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        unsigned const low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        unsigned const low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_local_part(std::string_view local) {
    constexpr std::string_view atext = "!#$%&'*+-/=?^_`{|}~.";  // RFC 5322 §3.2.3, and the dot
    if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.') return false;
    if (local.find("..") != std::string_view::npos) return false;
    return std::ranges::all_of(local, [&](char c) { return is_alnum(c) || atext.find(c) != std::string_view::npos; });
}

bool is_domain(std::string_view domain) {
    if (domain.empty() || domain.size() > 253) return false;
    while (true) {
        auto const label = domain.substr(0, domain.find('.'));
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        if (!std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; })) return false;
        if (label.size() == domain.size()) return true;
        domain.remove_prefix(label.size() + 1);
    }
}

constexpr std::array<std::string_view, 6> locale_names = {"en", "it", "th", "ja", "ko", "fa"};

}  // namespace

bool is_plain_text(std::string_view text) {
    while (!text.empty()) {
        auto const n = sequence_length(text);
        if (n == 0) return false;
        auto const c = static_cast<unsigned char>(text.front());
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) return false;
        text.remove_prefix(n);
    }
    return true;
}

std::size_t count_characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    auto const first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string escape_markup(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (char c : text) switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    return out;
}

bool from_text(std::string_view text, EmailAddress& address) {
    text = trimmed(text);
    auto const at = text.rfind('@');
    if (text.size() > 254 || at == std::string_view::npos) return false;
    if (!is_local_part(text.substr(0, at)) || !is_domain(text.substr(at + 1))) return false;
    address.value = std::string(text.substr(0, at + 1)) + ascii_lower(text.substr(at + 1));
    return true;
}

bool from_text(std::string_view text, Locale& locale) {
    auto const found = std::ranges::find(locale_names, text);
    if (found == locale_names.end()) return false;
    locale = static_cast<Locale>(found - locale_names.begin());
    return true;
}

std::string to_text(Locale locale) { return std::string(locale_names[static_cast<std::size_t>(locale)]); }

}  // namespace rapport
