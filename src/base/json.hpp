// Described once: a struct's JSON, its place in the OpenAPI document and its TypeScript type follow from one
// BOOST_DESCRIBE_STRUCT(T, (), (members…)) or BOOST_DESCRIBE_ENUM(T, names…). Any thread.
//
// Mapping: described struct → object (a trailing '_' of a member or enumerator is dropped); described enum → its name;
// std::optional → the value, or absent (null is read as absent); std::vector → array; std::map<std::string, T> →
// object; Text<Min, Max> → string with limits; whatever has from_text()/to_text() (Id, Time, EmailAddress, Locale) →
// string; boost::json::value and object → as they are. A member must be present unless it is an optional, a vector or a
// map. Unknown members are errors. Errors carry JSON Pointers, the rule and the fix.
#pragma once

#include <boost/describe.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace rapport {
bool from_text(std::string_view text, Time& time);
}

namespace rapport::json {

using Value = boost::json::value;
using Object = boost::json::object;

// ---- Kinds of types ------------------------------------------------------------------------------------------------

template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept TextLike = !DescribedEnum<T> && requires(std::string_view text, T& out, T const& in) {
    { from_text(text, out) } -> std::same_as<bool>;
    { to_text(in) } -> std::convertible_to<std::string>;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool is_bounded_text = false;
template <std::size_t Min, std::size_t Max>
inline constexpr bool is_bounded_text<Text<Min, Max>> = true;
template <class T>
inline constexpr bool is_raw = std::is_same_v<T, Value> || std::is_same_v<T, Object>;
template <class T>
inline constexpr bool may_be_absent = is_optional<T> || is_vector<T> || is_map<T>;

constexpr std::string_view wire_name(std::string_view name) {
    return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

template <class T, class F>
constexpr void for_each_member(F&& f) {
    boost::mp11::mp_for_each<
        boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>>(
        [&](auto d) { f(wire_name(d.name), d.pointer); });
}

// The unqualified name of a described type, as the OpenAPI document shows it.
template <class T>
constexpr std::string_view type_name() {
    std::string_view name = __PRETTY_FUNCTION__;
    name = name.substr(name.find("T = ") + 4);
    name = name.substr(0, name.find_first_of("];"));
    auto const colon = name.rfind("::");
    return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

// What a text type demands, for error messages and the schema; specialise for types with a better word.
template <class T>
struct TextRule {
    static std::string rule() { return "a valid " + std::string(type_name<T>()); }
};
template <class Tag>
struct TextRule<Id<Tag>> {
    static std::string rule() { return "an identifier like " + std::string(Tag::prefix) + "_ and 13 characters"; }
};
template <>
struct TextRule<Time> {
    static std::string rule() { return "an instant as RFC 3339 writes it, like 2026-01-31T09:30:00Z"; }
};
template <>
struct TextRule<EmailAddress> {
    static std::string rule() { return "an e-mail address like name@example.org"; }
};
template <>
struct TextRule<Locale> {
    static std::string rule() { return "one of en, it, th, ja, ko, fa"; }
};

// ---- Writing -------------------------------------------------------------------------------------------------------

void write(std::string& out, std::string_view text);
void write(std::string& out, std::int64_t number);
void write(std::string& out, std::uint64_t number);
void write(std::string& out, double number);
void write(std::string& out, Value const& value);
void write(std::string& out, Object const& object);

template <DescribedEnum E>
std::string_view enum_name(E value) {
    std::string_view name = "?";
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
        if (d.value == value) name = wire_name(d.name);
    });
    return name;
}
template <DescribedEnum E>
std::optional<E> enum_from(std::string_view text) {
    std::optional<E> found;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
        if (wire_name(d.name) == text) found = d.value;
    });
    return found;
}

template <class T>
void write_any(std::string& out, T const& value);

template <DescribedStruct T>
void write_struct(std::string& out, T const& value) {
    out += '{';
    bool first = true;
    for_each_member<T>([&](std::string_view name, auto pointer) {
        auto const& member = value.*pointer;
        if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>)
            if (!member) return;
        if (!first) out += ',';
        first = false;
        write(out, name);
        out += ':';
        write_any(out, member);
    });
    out += '}';
}

template <class T>
void write_any(std::string& out, T const& value) {
    if constexpr (std::is_same_v<T, bool>)
        out += value ? "true" : "false";
    else if constexpr (is_raw<T>)
        write(out, value);
    else if constexpr (std::is_floating_point_v<T>)
        write(out, static_cast<double>(value));
    else if constexpr (std::is_unsigned_v<T> && std::is_integral_v<T>)
        write(out, static_cast<std::uint64_t>(value));
    else if constexpr (std::is_integral_v<T>)
        write(out, static_cast<std::int64_t>(value));
    else if constexpr (std::is_convertible_v<T const&, std::string_view>)
        write(out, std::string_view(value));
    else if constexpr (DescribedEnum<T>)
        write(out, enum_name(value));
    else if constexpr (is_bounded_text<T>)
        write(out, std::string_view(value.value));
    else if constexpr (TextLike<T>)
        write(out, std::string_view(to_text(value)));
    else if constexpr (is_optional<T>) {
        if (value)
            write_any(out, *value);
        else
            out += "null";
    } else if constexpr (is_vector<T>) {
        out += '[';
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (i) out += ',';
            write_any(out, value[i]);
        }
        out += ']';
    } else if constexpr (is_map<T>) {
        out += '{';
        bool first = true;
        for (auto const& [key, item] : value) {
            if (!first) out += ',';
            first = false;
            write(out, std::string_view(key));
            out += ':';
            write_any(out, item);
        }
        out += '}';
    } else
        write_struct(out, value);
}

template <class T>
std::string encode(T const& value) {
    std::string out;
    write_any(out, value);
    return out;
}

// ---- Reading -------------------------------------------------------------------------------------------------------

// Collects what is wrong while a value is read; at most 20 findings.
class Findings {
  public:
    // With `keep`, absent members keep the value they have: for configuration, whose defaults stand in the struct.
    enum class Absent : bool { refuse, keep };
    explicit Findings(Absent absent = Absent::refuse) : absent_(absent) {}
    bool keeps_defaults() const { return absent_ == Absent::keep; }

    void add(std::string rule, std::string fix);
    void push(std::string_view name) { path_.emplace_back(name); }
    void pop() { path_.pop_back(); }
    bool empty() const { return errors_.empty(); }
    std::vector<FieldError> take() { return std::move(errors_); }

  private:
    Absent absent_;
    std::vector<std::string> path_;
    std::vector<FieldError> errors_;
};

std::string kind_name(Value const& value);  // "a number", "null", …

template <class T>
bool read(Value const& value, T& out, Findings& findings);

template <DescribedStruct T>
bool read_struct(Value const& value, T& out, Findings& findings) {
    auto const* object = value.if_object();
    if (!object) {
        findings.add("must be an object", "send an object, not " + kind_name(value));
        return false;
    }
    bool good = true;
    std::size_t known = 0;
    for_each_member<T>([&](std::string_view name, auto pointer) {
        auto& member = out.*pointer;
        using Member = std::remove_cvref_t<decltype(member)>;
        auto const* item = object->if_contains(name);
        if (item) ++known;
        findings.push(name);
        if (item && !(item->is_null() && may_be_absent<Member>)) {
            if (!read(*item, member, findings)) good = false;
        } else if (!may_be_absent<Member> && !findings.keeps_defaults()) {
            findings.add("is required", "add this member");
            good = false;
        }
        findings.pop();
    });
    if (known == object->size()) return good;
    for (auto const& [key, ignored] : *object) {
        bool is_known = false;
        for_each_member<T>([&](std::string_view name, auto) { is_known = is_known || name == std::string_view(key); });
        if (is_known) continue;
        findings.push(std::string_view(key));
        findings.add("is not known here", "remove it, or see the API reference for the right name");
        findings.pop();
    }
    return false;
}

template <class T>
bool read_number(Value const& value, T& out, Findings& findings) {
    if constexpr (std::is_floating_point_v<T>) {
        if (value.is_number()) {
            out = value.to_number<T>();
            return true;
        }
        findings.add("must be a number", "send a number, not " + kind_name(value));
        return false;
    } else {
        boost::system::error_code error;
        T const number = value.to_number<T>(error);
        if (!error) {
            out = number;
            return true;
        }
        findings.add("must be a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                         std::to_string(std::numeric_limits<T>::max()),
                     "send such a number, not " + kind_name(value));
        return false;
    }
}

template <class T>
bool read_text(std::string_view text, T& out, Findings& findings) {
    if constexpr (is_bounded_text<T>) {
        auto const n = count_characters(text);
        if (!is_plain_text(text)) {
            findings.add("must be UTF-8 text without control characters", "remove the control characters");
            return false;
        }
        if (n < T::min_length || n > T::max_length) {
            findings.add(
                "must have " + std::to_string(T::min_length) + " to " + std::to_string(T::max_length) + " characters",
                "it has " + std::to_string(n) + ": " + (n > T::max_length ? "shorten it" : "fill it in"));
            return false;
        }
        out.value = text;
        return true;
    } else if constexpr (DescribedEnum<T>) {
        if (auto const found = enum_from<T>(text)) {
            out = *found;
            return true;
        }
        std::string names;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
            [&](auto d) { names += (names.empty() ? "" : ", ") + std::string(wire_name(d.name)); });
        findings.add("must be one of " + names, "use one of these names");
        return false;
    } else {
        if (from_text(text, out)) return true;
        findings.add("must be " + TextRule<T>::rule(), "correct it");
        return false;
    }
}

template <class T>
bool read_items(Value const& value, T& out, Findings& findings) {
    auto const* array = value.if_array();
    if (!array) {
        findings.add("must be an array", "send an array, not " + kind_name(value));
        return false;
    }
    bool good = true;
    out.clear();
    out.resize(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
        findings.push(std::to_string(i));
        good = read((*array)[i], out[i], findings) && good;
        findings.pop();
    }
    return good;
}

template <class T>
bool read_map(Value const& value, T& out, Findings& findings) {
    auto const* object = value.if_object();
    if (!object) {
        findings.add("must be an object", "send an object, not " + kind_name(value));
        return false;
    }
    bool good = true;
    for (auto const& [key, item] : *object) {
        findings.push(std::string_view(key));
        good = read(item, out[std::string(key)], findings) && good;
        findings.pop();
    }
    return good;
}

template <class T>
bool read(Value const& value, T& out, Findings& findings) {
    if constexpr (std::is_same_v<T, Value>) {
        out = value;
        return true;
    } else if constexpr (std::is_same_v<T, Object>) {
        if (value.is_object()) {
            out = value.get_object();
            return true;
        }
        findings.add("must be an object", "send an object, not " + kind_name(value));
        return false;
    } else if constexpr (is_optional<T>) {
        return read(value, out.emplace(), findings);
    } else if constexpr (is_vector<T>) {
        return read_items(value, out, findings);
    } else if constexpr (is_map<T>) {
        return read_map(value, out, findings);
    } else if constexpr (std::is_same_v<T, bool>) {
        if (value.is_bool()) {
            out = value.get_bool();
            return true;
        }
        findings.add("must be true or false", "send true or false, not " + kind_name(value));
        return false;
    } else if constexpr (std::is_arithmetic_v<T>) {
        return read_number(value, out, findings);
    } else if constexpr (DescribedStruct<T> && !TextLike<T>) {
        return read_struct(value, out, findings);
    } else {
        auto const* text = value.if_string();
        if (!text) {
            findings.add("must be a string", "send a string, not " + kind_name(value));
            return false;
        }
        if constexpr (std::is_same_v<T, std::string>) {
            out = std::string_view(*text);
            return true;
        } else {
            return read_text(std::string_view(*text), out, findings);
        }
    }
}

// Depth is limited to 32 and repeated member names are refused (RFC 8259 §4 leaves them open).
Expected<Value> parse(std::string_view text);  // code "json_syntax"

// code "invalid_fields" with the findings, or "json_syntax".
template <class T>
Expected<T> decode_value(Value const& value, Findings findings = Findings()) {
    T out{};
    if (read(value, out, findings)) return out;
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.", findings.take());
}
template <class T>
Expected<T> decode(std::string_view text) {
    auto const value = parse(text);
    if (!value) return fail(value.error());
    return decode_value<T>(*value);
}

// ---- Schema (JSON Schema 2020-12, as OpenAPI 3.1 takes it) ---------------------------------------------------------

// What a struct is called in the document; specialise for templates, whose type_name has no use there.
template <class T>
struct SchemaName {
    static std::string name() { return std::string(type_name<T>()); }
};

// Adds each described struct that T reaches to `components` once, and returns T's schema (a $ref for a struct).
template <class T>
Object schema(Object& components) {
    if constexpr (is_raw<T>)
        return {{"type", "object"}};
    else if constexpr (is_optional<T>)
        return schema<typename T::value_type>(components);
    else if constexpr (is_vector<T>)
        return {{"type", "array"}, {"items", schema<typename T::value_type>(components)}};
    else if constexpr (is_map<T>)
        return {{"type", "object"}, {"additionalProperties", schema<typename T::mapped_type>(components)}};
    else if constexpr (std::is_same_v<T, bool>)
        return {{"type", "boolean"}};
    else if constexpr (std::is_floating_point_v<T>)
        return {{"type", "number"}};
    else if constexpr (std::is_integral_v<T>)
        return {{"type", "integer"}};
    else if constexpr (std::is_same_v<T, std::string>)
        return {{"type", "string"}};
    else if constexpr (is_bounded_text<T>)
        return {{"type", "string"}, {"minLength", T::min_length}, {"maxLength", T::max_length}};
    else if constexpr (DescribedEnum<T>) {
        boost::json::array names;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
            [&](auto d) { names.emplace_back(wire_name(d.name)); });
        return {{"type", "string"}, {"enum", names}};
    } else if constexpr (std::is_same_v<T, Time>)
        return {{"type", "string"}, {"format", "date-time"}};
    else if constexpr (TextLike<T>)
        return {{"type", "string"}, {"description", TextRule<T>::rule()}};
    else {
        std::string const name = SchemaName<T>::name();
        Object const ref{{"$ref", "#/components/schemas/" + name}};
        if (components.contains(name)) return ref;
        components[name] = Object{};  // marks it, should the type reach itself
        Object properties;
        boost::json::array required;
        for_each_member<T>([&](std::string_view member, auto pointer) {
            using Member = std::remove_cvref_t<decltype(std::declval<T&>().*pointer)>;
            properties[member] = schema<Member>(components);
            if (!may_be_absent<Member>) required.emplace_back(member);
        });
        components[name] = Object{
            {"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
        return ref;
    }
}

}  // namespace rapport::json
