// Writing and reading the packages' ZIP.
#include "evidence/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <set>

namespace rapport::evidence::zip {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50, end_signature = 0x06054b50;
constexpr std::size_t local_size = 30;
constexpr std::uint16_t version = 20;
constexpr std::uint16_t first_day = 1 << 5 | 1;  // 1980-01-01: a date here would be a claim that nothing proves

void put16(Bytes& out, std::size_t value) {
    out += static_cast<char>(value & 255);
    out += static_cast<char>(value >> 8 & 255);
}
void put32(Bytes& out, std::size_t value) {
    put16(out, value & 0xFFFF);
    put16(out, value >> 16 & 0xFFFF);
}
std::uint32_t get(ByteView bytes, std::size_t at, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// What the local header and the central directory both say of an entry.
void put_common(Bytes& out, Entry const& entry) {
    put16(out, version);
    put16(out, 0);  // flags
    put16(out, 0);  // stored
    put16(out, 0);  // time
    put16(out, first_day);
    put32(out, crc32(0, reinterpret_cast<unsigned char const*>(entry.content.data()),
                     static_cast<unsigned>(entry.content.size())));
    put32(out, entry.content.size());
    put32(out, entry.content.size());
    put16(out, entry.name.size());
    put16(out, 0);  // extra field
}

std::unexpected<Error> malformed(std::string text) {
    return fail(ErrorKind::invalid, "container_malformed", std::move(text));
}

}  // namespace

bool good_name(std::string_view name) {
    if (name.empty() || name.front() == '/' || name.back() == '/') return false;
    for (std::size_t at = 0; at <= name.size();) {
        auto const end = std::min(name.find('/', at), name.size());
        auto const part = name.substr(at, end - at);
        if (part.empty() || part == "." || part == "..") return false;
        at = end + 1;
    }
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_' || c == '/';
    });
}

Bytes write(std::vector<Entry> const& entries) {
    Bytes out, central;
    std::set<std::string_view> names;
    for (auto const& entry : entries) {
        require(good_name(entry.name) && names.insert(entry.name).second, "a package's names are good and differ");
        require(out.size() + entry.content.size() < 0xF0000000, "a package stays under 4 GiB");
        auto const offset = out.size();
        put32(out, local_signature);
        put_common(out, entry);
        out += entry.name;
        out += entry.content;
        put32(central, central_signature);
        put16(central, version);
        put_common(central, entry);
        put16(central, 0);  // comment
        put16(central, 0);  // disk
        put16(central, 0);  // internal attributes
        put32(central, 0);  // external attributes
        put32(central, offset);
        central += entry.name;
    }
    auto const offset = out.size();
    out += central;
    put32(out, end_signature);
    put32(out, 0);  // disks
    put16(out, entries.size());
    put16(out, entries.size());
    put32(out, central.size());
    put32(out, offset);
    put16(out, 0);  // comment
    return out;
}

Expected<std::vector<Entry>> read(ByteView in, Limits limits) {
    if (in.size() > limits.container)
        return malformed("It is larger than " + std::to_string(limits.container) + " bytes.");
    std::vector<Entry> entries;
    std::set<std::string> names;
    std::size_t at = 0;
    while (in.size() - at >= local_size && get(in, at, 4) == local_signature) {
        std::size_t const size = get(in, at + 22, 4), name_size = get(in, at + 26, 2);
        if (entries.size() == limits.entries)
            return malformed("It has more than " + std::to_string(limits.entries) + " entries.");
        if (name_size > limits.name || in.size() - at - local_size < name_size ||
            in.size() - at - local_size - name_size < size)
            return malformed("The entry at byte " + std::to_string(at) + " does not fit into the container.");
        Entry entry{Bytes(in.substr(at + local_size, name_size)), Bytes(in.substr(at + local_size + name_size, size))};
        if (!good_name(entry.name))
            return malformed("The entry at byte " + std::to_string(at) + " has a name that is not allowed.");
        if (!names.insert(entry.name).second) return malformed("The entry " + entry.name + " stands twice.");
        at += local_size + name_size + size;
        entries.push_back(std::move(entry));
    }
    if (entries.empty()) return malformed("It is not a package of Rapport: it does not begin with an entry.");
    // Every other byte follows from the entries.
    Bytes const expected = write(entries);
    auto const differ = std::ranges::mismatch(in, expected);
    if (differ.in1 != in.end() || differ.in2 != expected.end()) {
        auto const where = static_cast<std::size_t>(differ.in1 - in.begin());
        std::size_t begin = 0;
        for (auto const& entry : entries) {
            auto const end = begin + local_size + entry.name.size() + entry.content.size();
            if (where < end)
                return malformed("The header of " + entry.name + " does not fit its content (byte " +
                                 std::to_string(where) + ").");
            begin = end;
        }
        return malformed("The directory at the end does not agree with the entries (byte " + std::to_string(where) +
                         ").");
    }
    return entries;
}

}  // namespace rapport::evidence::zip
