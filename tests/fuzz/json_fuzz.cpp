// JSON at the border: what is read can be written and read again the same; depth, findings and repeated names are
// limited; a described struct survives the way there and back.
#include "base/json.hpp"

#include <boost/json/serialize.hpp>

#include <cmath>

#include "property.hpp"

namespace rapport::json {
namespace {

using fuzz::holds;

enum class Colour : std::uint8_t { red, green, blue_ };
BOOST_DESCRIBE_ENUM(Colour, red, green, blue_)

struct Inner {
    std::int64_t number = 0;
    std::optional<std::uint32_t> small;
    double fraction = 0;
    bool flag = false;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (number, small, fraction, flag))
struct Outer {
    Text<1, 20> name;
    std::optional<EmailAddress> email;
    std::optional<Locale> locale;
    std::optional<Time> at;
    std::optional<Colour> colour;
    std::vector<Inner> list;
    std::map<std::string, Inner> map;
    std::optional<Value> any;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (name, email, locale, at, colour, list, map, any, text))

// Numbers with a fraction are read to within a few units in the last place.
bool alike(Value const& a, Value const& b) {
    if (a.is_double() || b.is_double()) {
        if (!a.is_number() || !b.is_number()) return false;
        double const x = a.to_number<double>(), y = b.to_number<double>();
        return x == y || std::abs(x - y) <= 1e-14 * std::abs(x);
    }
    if (a.is_array() && b.is_array()) {
        if (a.get_array().size() != b.get_array().size()) return false;
        for (std::size_t i = 0; i < a.get_array().size(); ++i)
            if (!alike(a.get_array()[i], b.get_array()[i])) return false;
        return true;
    }
    if (a.is_object() && b.is_object()) {
        if (a.get_object().size() != b.get_object().size()) return false;
        for (auto const& [name, value] : a.get_object()) {
            auto const* const other = b.get_object().if_contains(name);
            if (!other || !alike(value, *other)) return false;
        }
        return true;
    }
    return a == b;
}

std::size_t depth_of(Value const& value) {
    std::size_t deepest = 0;
    if (value.is_array())
        for (auto const& item : value.get_array()) deepest = std::max(deepest, depth_of(item));
    else if (value.is_object())
        for (auto const& [name, item] : value.get_object()) deepest = std::max(deepest, depth_of(item));
    else
        return 0;
    return deepest + 1;
}

// Names are followed by colons outside strings: counted without a parser.
std::size_t names_in(std::string_view text) {
    std::size_t names = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_string && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && text[i] == ':')
            ++names;
    }
    return names;
}
std::size_t names_in(Value const& value) {
    std::size_t names = 0;
    if (value.is_array())
        for (auto const& item : value.get_array()) names += names_in(item);
    if (value.is_object())
        for (auto const& [name, item] : value.get_object()) names += 1 + names_in(item);
    return names;
}

void run(std::string_view text) {
    auto const value = parse(text);
    if (!value) {
        holds(value.error().code == "json_syntax", "what is no JSON is said so");
        return;
    }
    holds(depth_of(*value) <= 32, "depth is limited");
    holds(fuzz::is_utf8(text), "only UTF-8 is JSON");
    holds(names_in(text) == names_in(*value), "no name of a member is lost: repeated ones are refused");
    std::string written;
    write(written, *value);
    auto const again = parse(written);
    holds(again && alike(*again, *value), "what is written is read the same");

    auto const outer = decode_value<Outer>(*value);
    if (!outer) {
        holds(!outer.error().fields.empty() && outer.error().fields.size() <= 20, "between 1 and 20 findings");
        return;
    }
    auto const once = encode(*outer);
    auto const twice = decode<Outer>(once);
    holds(twice.has_value(), "what was encoded can be decoded");
    holds(alike(*parse(encode(*twice)), *parse(once)), "a struct survives the way there and back");
}

}  // namespace
}  // namespace rapport::json

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    rapport::json::run(rapport::fuzz::text_of(data, size));
    return 0;
}
