// What fuzzers share: a property that does not hold stops the program as a crash does, and inputs are cut in pieces.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace rapport::fuzz {

inline void holds(bool good, char const* property) {
    if (good) return;
    std::fprintf(stderr, "does not hold: %s\n", property);
    std::abort();
}

inline void same(std::string const& a, std::string const& b, char const* property) {
    if (a == b) return;
    std::fprintf(stderr, "---- one:\n%s\n---- other:\n%s\n----\n", a.c_str(), b.c_str());
    holds(false, property);
}

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) {
    return {reinterpret_cast<char const*>(data), size};
}

// How one input comes in: whole, octet by octet, or in pieces whose sizes follow from the input itself.
enum class Cut : std::uint8_t { whole, octets, pieces };
inline constexpr Cut cuts[] = {Cut::whole, Cut::octets, Cut::pieces};

class Pieces {
  public:
    Pieces(std::string_view all, Cut cut) : rest_(all), cut_(cut), state_(all.size() * 2654435761U + 1) {
        for (char const c : all.substr(0, 64)) state_ = state_ * 31 + static_cast<unsigned char>(c);
    }
    bool done() const { return rest_.empty(); }
    std::string_view next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        auto const size = cut_ == Cut::whole ? rest_.size() : cut_ == Cut::octets ? 1 : 1 + (state_ >> 40) % 37;
        auto const piece = rest_.substr(0, size);
        rest_.remove_prefix(piece.size());
        return piece;
    }

  private:
    std::string_view rest_;
    Cut cut_;
    std::uint64_t state_;
};

// Is it UTF-8 (RFC 3629 §4)? Written apart from base/text.cpp, which it judges.
inline bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const n = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
        if (n == 0 || i + n > text.size()) return false;
        std::uint32_t point = n == 1 ? lead : lead & (0x7FU >> n);
        for (std::size_t k = 1; k < n; ++k) {
            auto const next = static_cast<unsigned char>(text[i + k]);
            if (next >> 6 != 2) return false;
            point = point << 6 | (next & 63);
        }
        constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (point < least[n] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
        i += n;
    }
    return true;
}

}  // namespace rapport::fuzz
