// Byte strings and their texts: hex, base64 (RFC 4648 §4), base64url without padding (§5), Crockford base32.
// Bytes are std::string (as in LevelDB's Slice): they go to sockets, SQL and hashes unchanged.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rapport {

using Bytes = std::string;
using ByteView = std::string_view;

// A SHA-256 value.
struct Digest {
    std::array<std::uint8_t, 32> octets{};
    auto operator<=>(Digest const&) const = default;
    ByteView view() const { return {reinterpret_cast<char const*>(octets.data()), octets.size()}; }
    // Empty unless `bytes` has exactly 32 octets.
    static std::optional<Digest> from(ByteView bytes);
};

std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);  // strict: padding required, no white space

std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

// 13 characters for any 64-bit value, lower case, ordered as the values are.
std::string to_base32(std::uint64_t value);
std::optional<std::uint64_t> from_base32(std::string_view text);

}  // namespace rapport
