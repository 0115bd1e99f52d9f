// The parts of the JSON mapping that do not depend on a type.
#include "base/json.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

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
    out += '"';
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
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

void write(std::string& out, std::int64_t number) { out += std::to_string(number); }
void write(std::string& out, std::uint64_t number) { out += std::to_string(number); }
void write(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    char text[32];
    auto const end = std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, static_cast<std::size_t>(end - text));
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

Expected<Value> parse(std::string_view text) {
    boost::system::error_code error;
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::json::parser parser({}, options);
    auto const parsed = parser.write(text, error);
    if (error)
        return fail(ErrorKind::invalid, "json_syntax",
                    "The body is not JSON: " + error.message() + " near character " + std::to_string(parsed) + ".");
    return parser.release();
}

}  // namespace rapport::json
