// gzip (RFC 1952) and brotli (RFC 7932), and which of them a client takes (RFC 9110 §12.5.3). Any thread.
#pragma once

#include <string>
#include <string_view>

namespace rapport::net {

enum class Coding : unsigned char { identity, gzip, brotli };

Coding best_coding(std::string_view accept_encoding);
std::string compress(std::string_view plain, Coding coding, int level);
// Texts gain from compression; pictures, archives and encrypted things do not.
bool is_compressible(std::string_view content_type);

inline constexpr std::size_t least_worth_compressing = 1'024;

}  // namespace rapport::net
