// gzip and brotli.
#include "net/compress.hpp"

#include <brotli/encode.h>
#include <zlib.h>

#include <stdexcept>

#include "base/text.hpp"

namespace rapport::net {

namespace {

// The weight of a coding in Accept-Encoding; -1 when it is not named.
double weight_of(std::string_view accept, std::string_view coding) {
    while (!accept.empty()) {
        auto const comma = accept.find(',');
        std::string_view const item = trimmed(accept.substr(0, comma));
        accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
        auto const semicolon = item.find(';');
        if (ascii_lower(trimmed(item.substr(0, semicolon))) != coding) continue;
        if (semicolon == std::string_view::npos) return 1;
        std::string_view const weight = trimmed(item.substr(semicolon + 1));
        if (!weight.starts_with("q=") && !weight.starts_with("Q=")) return 1;
        return std::strtod(std::string(weight.substr(2)).c_str(), nullptr);
    }
    return -1;
}

std::string gzip(std::string_view plain, int level) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    std::string out(deflateBound(&stream, plain.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    int const result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) throw std::runtime_error("gzip failed");
    return out;
}

std::string brotli(std::string_view plain, int quality) {
    std::size_t size = BrotliEncoderMaxCompressedSize(plain.size());
    std::string out(size, '\0');
    bool const good = BrotliEncoderCompress(quality, 20, BROTLI_MODE_TEXT, plain.size(),
                                            reinterpret_cast<std::uint8_t const*>(plain.data()), &size,
                                            reinterpret_cast<std::uint8_t*>(out.data()));
    if (!good) throw std::runtime_error("brotli failed");
    out.resize(size);
    return out;
}

}  // namespace

Coding best_coding(std::string_view accept_encoding) {
    if (accept_encoding.empty()) return Coding::identity;
    double const any = weight_of(accept_encoding, "*");
    double br = weight_of(accept_encoding, "br"), gz = weight_of(accept_encoding, "gzip");
    if (br < 0) br = any;
    if (gz < 0) gz = any;
    if (br > 0 && br >= gz) return Coding::brotli;
    return gz > 0 ? Coding::gzip : Coding::identity;
}

std::string compress(std::string_view plain, Coding coding, int level) {
    if (coding == Coding::gzip) return gzip(plain, level);
    if (coding == Coding::brotli) return brotli(plain, level);
    return std::string(plain);
}

bool is_compressible(std::string_view type) {
    type = trimmed(type.substr(0, type.find(';')));
    if (type.starts_with("text/")) return type != "text/event-stream";
    return type.ends_with("json") || type.ends_with("xml") || type.ends_with("javascript") || type == "image/svg+xml" ||
           type == "application/wasm" || type == "font/ttf";
}

}  // namespace rapport::net
