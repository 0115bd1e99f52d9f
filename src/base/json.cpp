// The parts of the JSON mapping that do not depend on a type.
#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace rapport {
bool from_text(std::string_view text, Time& time) {
    auto const parsed = time_from_text(text);
    if (parsed) time = *parsed;
    return parsed.has_value();
}
}  // namespace rapport

namespace rapport::json {
namespace {
constexpr std::size_t max_depth = 32;
constexpr std::size_t max_findings = 20;
}  // namespace

void write(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    static constexpr auto is_plain = [] {
        std::array<bool, 256> plain{};
        for (std::size_t c = 0x20; c < plain.size(); ++c) plain[c] = c != '"' && c != '\\';
        return plain;
    }();
    out += '"';
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (is_plain[c]) continue;
        out.append(text, start, i - start);
        start = i + 1;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += "\\u00";
                out += hex[c >> 4];
                out += hex[c & 15];
        }
    }
    out.append(text, start);
    out += '"';
}

namespace {
template <class Number>
void write_number(std::string& out, Number number) {
    char text[32];
    auto const end = std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, static_cast<std::size_t>(end - text));
}
}  // namespace

void write(std::string& out, std::int64_t number) { write_number(out, number); }
void write(std::string& out, std::uint64_t number) { write_number(out, number); }
void write(std::string& out, double number) {
    if (std::isfinite(number))
        write_number(out, number);
    else
        out += "null";
}
void write(std::string& out, Value const& value) { out += boost::json::serialize(value); }
void write(std::string& out, Object const& object) { out += boost::json::serialize(object); }

void Findings::add(std::string rule, std::string fix) {
    if (errors_.size() >= max_findings) return;
    std::string pointer;
    for (auto const& step : path_) {
        pointer += '/';
        for (char c : step) {  // RFC 6901 §3
            if (c == '~')
                pointer += "~0";
            else if (c == '/')
                pointer += "~1";
            else
                pointer += c;
        }
    }
    errors_.push_back({std::move(pointer), std::move(rule), std::move(fix)});
}

std::string kind_name(Value const& value) {
    switch (value.kind()) {
        case boost::json::kind::null:
            return "null";
        case boost::json::kind::bool_:
            return "true or false";
        case boost::json::kind::string:
            return "a string";
        case boost::json::kind::array:
            return "an array";
        case boost::json::kind::object:
            return "an object";
        default:
            return "this number";
    }
}

namespace {

// Builds the value as boost::json::parser does and counts the names of members: a name that stands twice makes one
// member, and shows in the count.
struct Builder {
    static constexpr std::size_t max_object_size = std::size_t(-1), max_array_size = max_object_size,
                                 max_key_size = max_object_size, max_string_size = max_object_size;
    using View = boost::json::string_view;
    using Code = boost::system::error_code;
    boost::json::value_stack stack;
    std::size_t names = 0;

    Builder() { stack.reset(); }
    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&) { return true; }
    bool on_object_end(std::size_t n, Code&) { return names += n, stack.push_object(n), true; }
    bool on_array_begin(Code&) { return true; }
    bool on_array_end(std::size_t n, Code&) { return stack.push_array(n), true; }
    bool on_key_part(View text, std::size_t, Code&) { return stack.push_chars(text), true; }
    bool on_key(View text, std::size_t, Code&) { return stack.push_key(text), true; }
    bool on_string_part(View text, std::size_t, Code&) { return stack.push_chars(text), true; }
    bool on_string(View text, std::size_t, Code&) { return stack.push_string(text), true; }
    bool on_number_part(View, Code&) { return true; }
    bool on_int64(std::int64_t number, View, Code&) { return stack.push_int64(number), true; }
    bool on_uint64(std::uint64_t number, View, Code&) { return stack.push_uint64(number), true; }
    bool on_double(double number, View, Code& code) {  // 1e400 could be read, and not be written again
        if (!std::isfinite(number)) code = boost::json::error::exponent_overflow;
        return !code && (stack.push_double(number), true);
    }
    bool on_bool(bool value, Code&) { return stack.push_bool(value), true; }
    bool on_null(Code&) { return stack.push_null(), true; }
    bool on_comment_part(View, Code&) { return true; }
    bool on_comment(View, Code&) { return true; }
};

std::size_t count_members(Value const& value) {
    std::size_t n = 0;
    if (auto const* array = value.if_array())
        for (auto const& item : *array) n += item.is_structured() ? count_members(item) : 0;
    if (auto const* object = value.if_object())
        for (auto const& [name, item] : *object) n += 1 + (item.is_structured() ? count_members(item) : 0);
    return n;
}

}  // namespace

Expected<Value> parse(std::string_view text) {
    boost::system::error_code error;
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::json::basic_parser<Builder> parser(options);
    auto parsed = parser.write_some(false, text.data(), text.size(), error);
    if (!error && parsed < text.size()) error = boost::json::error::extra_data;
    if (error)
        return fail(ErrorKind::invalid, "json_syntax",
                    "The body is not JSON: " + error.message() + " near character " + std::to_string(parsed) + ".");
    auto value = parser.handler().stack.release();
    // RFC 8259 §4 leaves open what a repeated name means, so two readers might read two things.
    if (parser.handler().names != count_members(value))
        return fail(ErrorKind::invalid, "json_syntax", "The body is not JSON: an object has the same name twice.");
    return value;
}

}  // namespace rapport::json
