// Bodies and header values in 7-bit lines.
#include "channels/email/encoding.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t line_limit = 76;  // RFC 2045 §6.7 (5), RFC 2047 §2
constexpr char hex[] = "0123456789ABCDEF";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

void append_hex(std::string& out, char mark, char c) {
    auto const byte = static_cast<unsigned char>(c);
    out += mark;
    out += hex[byte >> 4];
    out += hex[byte & 15];
}

// The next line without its end; `text` moves behind the end (CRLF, LF or CR).
std::string_view take_line(std::string_view& text) {
    auto const end = text.find_first_of("\r\n");
    auto const line = text.substr(0, end);
    if (end == std::string_view::npos)
        text = {};
    else
        text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
    return line;
}

// Octets that stand for themselves in quoted-printable, RFC 2045 §6.7 (2); blanks are looked at apart.
constexpr std::array<bool, 256> literal = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 33; c <= 126; ++c) table[c] = c != '=';
    return table;
}();

void append_quoted_line(std::string& out, std::string_view line) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char const c = line[i];
        bool const last = i + 1 == line.size();
        bool const plain = literal[static_cast<unsigned char>(c)] || ((c == ' ' || c == '\t') && !last);
        std::size_t const width = plain ? 1 : 3;
        if (column + width > line_limit - (last ? 0 : 1)) {
            out += "=\r\n";
            column = 0;
        }
        if (plain)
            out += c;
        else
            append_hex(out, '=', c);
        column += width;
    }
}

// One "=?UTF-8?B?…?=" of whole characters, at most `room` long; returns how many octets it took.
std::size_t append_encoded_word(std::string& out, std::string_view text, std::size_t room) {
    constexpr std::size_t frame = 12;  // =?UTF-8?B? and ?=
    std::size_t n = std::min(text.size(), (room - frame) / 4 * 3);
    while (n < text.size() && n > 0 && is_continuation(text[n])) --n;
    // Whole groups of three octets where a character ends so: some readers join words before they decode them, and stop
    // at padding in the middle.
    for (std::size_t whole = n / 3 * 3; n < text.size() && whole > 0 && whole + 12 > n; whole -= 3)
        if (!is_continuation(text[whole])) {
            n = whole;
            break;
        }
    out += "=?UTF-8?B?" + to_base64(text.substr(0, n)) + "?=";
    return n;
}

void append_encoded_words(std::string& out, std::string_view text, std::size_t& column) {
    bool first = true;
    while (!text.empty()) {
        if (!first || column + 28 > line_limit) {
            out += "\r\n ";
            column = 1;
        }
        first = false;
        auto const before = out.size();
        text.remove_prefix(append_encoded_word(out, text, line_limit - 1 - column));
        column += out.size() - before;
    }
}

// Whether printable ASCII words reach their places without a line over the limit.
bool folds(std::string_view value, std::size_t column) {
    if (!is_ascii(value) || value.find("=?") != std::string_view::npos) return false;
    if (value.starts_with(' ') || value.ends_with(' ') || value.find("  ") != std::string_view::npos) return false;
    while (!value.empty()) {
        auto const word = value.substr(0, value.find(' '));
        if (word.size() + 1 > line_limit - column && word.size() + 1 > line_limit) return false;
        value.remove_prefix(std::min(value.size(), word.size() + 1));
        column = 1;
    }
    return true;
}

}  // namespace

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view name_of(TransferEncoding encoding) {
    switch (encoding) {
        case TransferEncoding::seven_bit:
            return "7bit";
        case TransferEncoding::quoted_printable:
            return "quoted-printable";
        case TransferEncoding::base64:
            return "base64";
    }
    return "7bit";
}

TransferEncoding encoding_for(std::string_view text) {
    std::size_t other = 0;
    for (char c : text) other += !literal[static_cast<unsigned char>(c)] && c != ' ' && c != '\n' && c != '\r';
    // "=_" begins our boundaries: quoted-printable never contains it, so a body cannot end its part.
    if (other == 0) {
        bool plain = true;
        for (std::string_view rest = text; plain && !rest.empty();) {
            auto const line = take_line(rest);
            plain = line.size() <= line_limit && !line.ends_with(' ') && !line.starts_with("From ");
        }
        if (plain) return TransferEncoding::seven_bit;
    }
    return other * 2 > text.size() / 3 + 12 ? TransferEncoding::base64 : TransferEncoding::quoted_printable;
}

void append_base64_lines(std::string& out, std::string_view bytes) {
    constexpr std::size_t octets_a_line = 57;
    out.reserve(out.size() + bytes.size() * 78 / 57 + 4);
    for (std::size_t i = 0; i < bytes.size(); i += octets_a_line) {
        out += to_base64(bytes.substr(i, octets_a_line));
        out += "\r\n";
    }
}

void append_text(std::string& out, std::string_view text, TransferEncoding encoding) {
    if (encoding == TransferEncoding::base64) {
        std::string lines;
        lines.reserve(text.size() + text.size() / 16 + 2);
        while (!text.empty()) lines.append(take_line(text)).append("\r\n");
        append_base64_lines(out, lines);
        return;
    }
    out.reserve(out.size() + text.size() + text.size() / 4);
    while (!text.empty()) {
        auto const line = take_line(text);
        if (encoding == TransferEncoding::seven_bit)
            out += line;
        else
            append_quoted_line(out, line);
        out += "\r\n";
    }
}

void append_unstructured(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    std::size_t column = name.size() + 2;
    if (!folds(value, column)) {
        append_encoded_words(out, value, column);
        out += "\r\n";
        return;
    }
    bool first = true;
    while (!value.empty()) {
        auto const word = value.substr(0, value.find(' '));
        if (!first) {
            bool const fits = column + 1 + word.size() <= line_limit;
            out += fits ? " " : "\r\n ";
            column = fits ? column + 1 : 1;
        }
        first = false;
        out += word;
        column += word.size();
        value.remove_prefix(std::min(value.size(), word.size() + 1));
    }
    out += "\r\n";
}

void append_phrase(std::string& out, std::string_view name, std::size_t& column) {
    if (!is_ascii(name) || name.size() > 50 || name.find("=?") != std::string_view::npos) {
        append_encoded_words(out, name, column);
        return;
    }
    std::string quoted = "\"";  // RFC 5322 §3.2.4
    for (char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    quoted += '"';
    if (column + quoted.size() > line_limit) {
        out += "\r\n ";
        column = 1;
    }
    out += quoted;
    column += quoted.size();
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
    bool const plain = is_ascii(value) && value.size() <= 50 && value.find_first_of("\"\\") == std::string_view::npos;
    if (plain) {
        out.append(";\r\n ").append(name).append("=\"").append(value).append("\"");
        return;
    }
    std::string encoded;  // RFC 2231 §4: attribute-char stands for itself
    for (char c : value) {
        bool const safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_';
        if (safe)
            encoded += c;
        else
            append_hex(encoded, '%', c);
    }
    constexpr std::size_t piece = 54;  // §3: sections name*0*=, name*1*=, …; an escape is not cut
    std::string_view rest = encoded;
    for (std::size_t i = 0; !rest.empty(); ++i) {
        std::size_t n = std::min(rest.size(), piece);
        while (n < rest.size() && (rest[n - 1] == '%' || rest[n - 2] == '%')) --n;
        out.append(";\r\n ")
            .append(name)
            .append("*")
            .append(std::to_string(i))
            .append("*=")
            .append(i == 0 ? "UTF-8''" : "");
        out.append(rest.substr(0, n));
        rest.remove_prefix(n);
    }
}

}  // namespace rapport::channels::email
