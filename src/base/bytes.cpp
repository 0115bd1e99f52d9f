// Encodings of byte strings. Decoders are strict: whatever an encoder would not have written is refused.
#include "base/bytes.hpp"

#include <algorithm>

namespace rapport {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base32_digits = "0123456789abcdefghjkmnpqrstvwxyz";

constexpr std::array<std::int8_t, 256> inverse(std::string_view digits) {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i)
        table[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    return table;
}

std::string encode64(ByteView in, std::string_view digits, bool pad) {
    std::string out;
    out.reserve((in.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < in.size(); i += 3) {
        std::uint32_t group = 0;
        std::size_t const n = std::min<std::size_t>(3, in.size() - i);
        for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < n ? static_cast<unsigned char>(in[i + k]) : 0U);
        for (std::size_t k = 0; k <= n; ++k) out += digits[group >> (18 - 6 * k) & 63];
        if (pad) out.append(3 - n, '=');
    }
    return out;
}

std::optional<Bytes> decode64(std::string_view in, std::array<std::int8_t, 256> const& table) {
    if (in.size() % 4 == 1) return std::nullopt;
    Bytes out;
    out.reserve(in.size() / 4 * 3 + 2);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (char c : in) {
        auto const digit = table[static_cast<unsigned char>(c)];
        if (digit < 0) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(group >> bits & 255);
        }
    }
    if (group & ((1U << bits) - 1)) return std::nullopt;  // stray bits: not what an encoder writes
    return out;
}

}  // namespace

std::optional<Digest> Digest::from(ByteView bytes) {
    Digest digest;
    if (bytes.size() != digest.octets.size()) return std::nullopt;
    std::ranges::copy(bytes, digest.octets.begin());
    return digest;
}

std::string to_hex(ByteView bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (unsigned char c : bytes) {
        out += hex_digits[c >> 4];
        out += hex_digits[c & 15];
    }
    return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
    static constexpr auto table = inverse(hex_digits);
    if (text.size() % 2) return std::nullopt;
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        auto const high = table[static_cast<unsigned char>(text[i])];
        auto const low = table[static_cast<unsigned char>(text[i + 1])];
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string to_base64(ByteView bytes) { return encode64(bytes, base64_digits, true); }

std::optional<Bytes> from_base64(std::string_view text) {
    static constexpr auto table = inverse(base64_digits);
    if (text.size() % 4) return std::nullopt;
    if (text.ends_with("=="))
        text.remove_suffix(2);
    else if (text.ends_with('='))
        text.remove_suffix(1);
    return decode64(text, table);
}

std::string to_base64url(ByteView bytes) { return encode64(bytes, base64url_digits, false); }

std::optional<Bytes> from_base64url(std::string_view text) {
    static constexpr auto table = inverse(base64url_digits);
    return decode64(text, table);
}

std::string to_base32(std::uint64_t value) {
    std::string out(13, '0');
    for (std::size_t i = out.size(); i-- > 0; value >>= 5) out[i] = base32_digits[value & 31];
    return out;
}

std::optional<std::uint64_t> from_base32(std::string_view text) {
    static constexpr auto table = inverse(base32_digits);
    if (text.size() != 13) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const digit = table[static_cast<unsigned char>(text[i])];
        if (digit < 0 || (i == 0 && digit > 15)) return std::nullopt;  // 13 digits hold 65 bits
        value = value << 5 | static_cast<std::uint64_t>(digit);
    }
    return value;
}

}  // namespace rapport
