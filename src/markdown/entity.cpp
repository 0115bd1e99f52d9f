// Entities as people write them in texts. A name that is not known here is text, so that no browser knows it better
// than the check of an address does.
#include <algorithm>
#include <charconv>

#include "markdown/parse.hpp"

namespace rapport::markdown {
namespace {

constexpr std::pair<std::string_view, std::string_view> names[] = {
    {"amp", "&"},      {"apos", "'"},      {"bull", "•"},   {"cent", "¢"},  {"copy", "©"},  {"deg", "°"},
    {"divide", "÷"},   {"euro", "€"},      {"frac12", "½"}, {"ge", "≥"},    {"gt", ">"},    {"hellip", "…"},
    {"laquo", "«"},    {"larr", "←"},      {"ldquo", "“"},  {"le", "≤"},    {"lsquo", "‘"}, {"lt", "<"},
    {"mdash", "—"},    {"middot", "·"},    {"nbsp", " "},   {"ndash", "–"}, {"ne", "≠"},    {"para", "¶"},
    {"plusmn", "±"},   {"pound", "£"},     {"quot", "\""},  {"raquo", "»"}, {"rarr", "→"},  {"rdquo", "”"},
    {"reg", "®"},      {"rsquo", "’"},     {"sect", "§"},   {"times", "×"}, {"trade", "™"}, {"yen", "¥"},
    {"zwj", "\u200d"}, {"zwnj", "\u200c"},
};

void append(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

}  // namespace

std::string decode_entity(std::string_view entity) {
    if (entity.size() < 3 || entity.front() != '&' || entity.back() != ';') return std::string(entity);
    auto name = entity.substr(1, entity.size() - 2);
    if (name.front() != '#') {
        auto const* found = std::ranges::find(names, name, [](auto const& row) { return row.first; });
        return std::string(found == std::end(names) ? entity : found->second);
    }
    name.remove_prefix(1);
    int base = 10;
    if (name.starts_with('x') || name.starts_with('X')) {
        base = 16;
        name.remove_prefix(1);
    }
    std::uint32_t code = 0;
    auto const read = std::from_chars(name.data(), name.data() + name.size(), code, base);
    bool const good = read.ec == std::errc() && read.ptr == name.data() + name.size();
    bool const character =
        code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) && code >= 0x20 && !(code >= 0x7f && code < 0xa0);
    std::string out;
    append(out, good && (character || code == '\n' || code == '\t') ? code : 0xfffd);
    return out;
}

}  // namespace rapport::markdown
