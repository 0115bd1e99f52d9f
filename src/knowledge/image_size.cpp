// PNG (ISO/IEC 15948 §11.2.2), GIF89a §18, JPEG (ITU-T T.81 §B.2.2), WebP (RFC 9649 §2.5–2.7).
#include "knowledge/image_size.hpp"

#include <string_view>

namespace rapport::knowledge {
namespace {

class Octets {
  public:
    explicit Octets(ByteView bytes) : bytes_(bytes) {}
    bool has(std::size_t at, std::size_t n) const { return at <= bytes_.size() && bytes_.size() - at >= n; }
    std::int64_t at(std::size_t i) const { return static_cast<unsigned char>(bytes_[i]); }
    std::int64_t big(std::size_t i, int n) const {
        std::int64_t out = 0;
        for (int k = 0; k < n; ++k) out = out << 8 | at(i + static_cast<std::size_t>(k));
        return out;
    }
    std::int64_t little(std::size_t i, int n) const {
        std::int64_t out = 0;
        for (int k = n; k > 0; --k) out = out << 8 | at(i + static_cast<std::size_t>(k - 1));
        return out;
    }
    bool says(std::size_t i, std::string_view words) const {
        return has(i, words.size()) && bytes_.substr(i, words.size()) == words;
    }
    std::size_t size() const { return bytes_.size(); }

  private:
    ByteView bytes_;
};

ImageSize of_jpeg(Octets const& in) {
    for (std::size_t at = 2; in.has(at, 9);) {
        if (in.at(at) != 0xff) return {};
        auto const marker = in.at(at + 1);
        if (marker == 0xff) {
            ++at;
            continue;
        }
        bool const is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (is_frame) return {in.big(at + 7, 2), in.big(at + 5, 2)};
        at += 2 + static_cast<std::size_t>(in.big(at + 2, 2));
    }
    return {};
}

ImageSize of_webp(Octets const& in) {
    if (in.says(12, "VP8X") && in.has(24, 6)) return {in.little(24, 3) + 1, in.little(27, 3) + 1};
    if (in.says(12, "VP8 ") && in.has(26, 4)) return {in.little(26, 2) & 0x3fff, in.little(28, 2) & 0x3fff};
    if (in.says(12, "VP8L") && in.has(21, 4)) {
        auto const bits = in.little(21, 4);
        return {(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
    }
    return {};
}

}  // namespace

ImageSize image_size(ByteView bytes) {
    Octets const in(bytes);
    if (in.says(0, "\x89PNG\r\n\x1a\n") && in.has(16, 8)) return {in.big(16, 4), in.big(20, 4)};
    if ((in.says(0, "GIF87a") || in.says(0, "GIF89a")) && in.has(6, 4)) return {in.little(6, 2), in.little(8, 2)};
    if (in.says(0, "\xff\xd8")) return of_jpeg(in);
    if (in.says(0, "RIFF") && in.says(8, "WEBP")) return of_webp(in);
    return {};
}

}  // namespace rapport::knowledge
