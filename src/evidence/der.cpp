// Distinguished encoding: definite lengths, the shortest form.
#include "evidence/der.hpp"

#include "evidence/xml.hpp"

namespace rapport::evidence::der {

void put(Bytes& out, Tag tag, ByteView content) {
    out += static_cast<char>(tag);
    auto const size = content.size();
    if (size < 128) {
        out += static_cast<char>(size);
    } else {
        int octets = 1;
        while (size >> (8 * octets)) ++octets;
        out += static_cast<char>(0x80 | octets);
        while (octets-- > 0) out += static_cast<char>(size >> (8 * octets) & 255);
    }
    out += content;
}

Bytes tlv(Tag tag, ByteView content) {
    Bytes out;
    out.reserve(content.size() + 6);
    put(out, tag, content);
    return out;
}

Bytes algorithm(std::string_view id) { return tlv(sequence, tlv(object, id)); }
Bytes attribute(std::string_view id, ByteView value) { return tlv(sequence, tlv(object, id) + tlv(set, value)); }

Bytes generalized(Time at) {
    XmlOut text(32);
    Bytes bare;
    for (char const c : text.time(at).view())  // 2026-11-22T01:02:03.120000Z
        if ((c >= '0' && c <= '9') || c == '.') bare += c;
    if (bare.find('.') != Bytes::npos) bare.erase(bare.find_last_not_of('0') + 1);
    return tlv(generalized_time, bare + 'Z');
}

std::optional<ByteView> Cursor::take(Tag tag) {
    if (rest_.size() < 2 || static_cast<unsigned char>(rest_[0]) != tag) return std::nullopt;
    std::size_t size = static_cast<unsigned char>(rest_[1]);
    std::size_t head = 2;
    if (size >= 0x80) {
        std::size_t const octets = size & 0x7F;
        if (octets == 0 || octets > 3 || rest_.size() < 2 + octets) return std::nullopt;
        size = 0;
        for (; head < 2 + octets; ++head) size = size << 8 | static_cast<unsigned char>(rest_[head]);
    }
    if (rest_.size() - head < size) return std::nullopt;
    auto const content = rest_.substr(head, size);
    rest_.remove_prefix(head + size);
    return content;
}

Cursor Cursor::enter(Tag tag) {
    auto const content = take(tag);
    Cursor inner(content.value_or(ByteView()));
    inner.good_ = content.has_value();
    return inner;
}

}  // namespace rapport::evidence::der
