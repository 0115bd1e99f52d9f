// Reading schemas, and checking data against them.
#include "templates/schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "base/time.hpp"
#include "templates/formats.hpp"

namespace rapport::templates {
namespace {

using Node = Schema::Node;
using Type = Schema::Type;
using As = Schema::As;

constexpr int most_levels = 6;
constexpr std::size_t most_members = 100;
constexpr std::size_t most_items = 500;
constexpr std::size_t most_faults = 20;
constexpr std::size_t most_sample = 5'000;  // values

constexpr std::array<std::pair<std::string_view, Type>, 6> types{{{"string", Type::string},
                                                                  {"integer", Type::integer},
                                                                  {"number", Type::number},
                                                                  {"boolean", Type::boolean},
                                                                  {"array", Type::array},
                                                                  {"object", Type::object}}};
constexpr std::array<std::pair<std::string_view, As>, 5> formats{
    {{"date", As::date}, {"date-time", As::date_time}, {"email", As::email}, {"uri", As::uri}, {"money", As::money}}};
// What a language of templates uses for itself.
constexpr std::array<std::string_view, 10> reserved{
    "lang",        "dir",        "name",       "organisation",    "reference",
    "confirm_url", "cancel_url", "answer_url", "unsubscribe_url", "today"};

struct SchemaReader {
    bool of_program = false;
    std::vector<FieldError> faults;

    void add(std::string const& pointer, std::string rule, std::string fix) {
        if (faults.size() < most_faults) faults.push_back({pointer, std::move(rule), std::move(fix)});
    }
    std::shared_ptr<Node const> node(json::Value const& value, std::string const& at, int level);
    void keyword(std::string_view key, json::Value const& value, std::string const& at, int level, Node& node);
    void members(json::Value const& value, std::string const& at, int level, Node& node);
    void number(json::Value const& value, std::string const& at, std::optional<double>& out) {
        if (value.is_number())
            out = value.to_number<double>();
        else
            add(at, "must be a number", "give a number");
    }
    void size(json::Value const& value, std::string const& at, std::size_t most, std::size_t& out) {
        if (value.is_int64() && value.get_int64() >= 0 && value.get_int64() <= static_cast<std::int64_t>(most))
            out = static_cast<std::size_t>(value.get_int64());
        else
            add(at, "must be a whole number from 0 to " + std::to_string(most), "correct it");
    }
};

bool is_member_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

void SchemaReader::members(json::Value const& value, std::string const& at, int level, Node& node) {
    auto const* object = value.if_object();
    if (!object || object->size() > most_members)
        return add(at, "must be an object of at most 100 members", "give an object of schemas");
    for (auto const& [key, schema] : *object) {
        std::string const name(std::string_view{key});
        auto const here = at + "/" + name;
        if (!is_member_name(name))
            add(here, "must be named with letters, digits, _ and -", "choose another name");
        else if (level == 0 && !of_program && std::ranges::find(reserved, name) != reserved.end())
            add(here, "is a name that templates have for themselves", "choose another name");
        node.members.push_back({name, false, this->node(schema, here, level + 1)});
    }
}

void SchemaReader::keyword(std::string_view key, json::Value const& value, std::string const& at, int level,
                           Node& node) {
    auto const here = at + "/" + std::string(key);
    if (key == "type" || key == "format" || key == "required" || key == "title" || key == "description" ||
        key == "$schema" || key == "$id" || key == "$comment" || key == "default")
        return;  // type, format and required are read by node(); the rest says nothing about data
    if (key == "properties" && node.type == Type::object) return members(value, here, level, node);
    if (key == "additionalProperties") {
        if (!value.is_bool() || value.get_bool())
            add(here, "must be false: members that are not described are refused", "remove it");
        return;
    }
    if (key == "items" && node.type == Type::array) {
        node.items = this->node(value, here, level + 1);
        return;
    }
    if (key == "enum" && node.type == Type::string) {
        auto const* list = value.if_array();
        if (!list || list->empty() || list->size() > 200)
            return add(here, "must be an array of 1 to 200 strings", "correct it");
        for (auto const& word : *list) {
            if (!word.is_string()) return add(here, "must hold strings only", "correct it");
            node.words.emplace_back(std::string_view(word.get_string()));
        }
        return;
    }
    if (key == "examples") {
        if (auto const* list = value.if_array(); list && !list->empty()) node.example = list->front();
        return;
    }
    bool const is_number = node.type == Type::integer || node.type == Type::number;
    if (key == "minimum" && is_number) return number(value, here, node.least);
    if (key == "maximum" && is_number) return number(value, here, node.most);
    if (key == "minLength" && node.type == Type::string) return size(value, here, 100'000, node.shortest);
    if (key == "maxLength" && node.type == Type::string) return size(value, here, 100'000, node.longest);
    if (key == "minItems" && node.type == Type::array) return size(value, here, most_items, node.shortest);
    if (key == "maxItems" && node.type == Type::array) return size(value, here, most_items, node.longest);
    add(here, "is not one of the keywords that are understood here",
        "see the list in the documentation of templates, or remove it");
}

std::shared_ptr<Node const> SchemaReader::node(json::Value const& value, std::string const& at, int level) {
    auto made = std::make_shared<Node>();
    auto const* object = value.if_object();
    if (!object) {
        add(at, "must be a schema: an object", "write an object with a type");
        return made;
    }
    if (level > most_levels) {
        add(at, "must be nested at most 6 deep", "make the data flatter");
        return made;
    }
    auto const word = [&](char const* key) -> std::string_view {
        auto const* found = object->if_contains(key);
        return found && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
    };
    auto const type = std::ranges::find(types, word("type"), &std::pair<std::string_view, Type>::first);
    if (type == types.end()) {
        add(at + "/type", "must be one of string, integer, number, boolean, array, object", "name the type");
        return made;
    }
    made->type = type->second;
    if (made->type == Type::array) made->longest = most_items;
    if (object->contains("format")) {
        auto const format = std::ranges::find(formats, word("format"), &std::pair<std::string_view, As>::first);
        bool const fits = format != formats.end() &&
                          (format->second == As::money ? made->type == Type::object : made->type == Type::string);
        if (fits)
            made->format = format->second;
        else
            add(at + "/format", "must be date, date-time, email or uri of a string, or money of an object",
                "correct it");
    }
    for (auto const& [key, item] : *object) keyword(key, item, at, level, *made);
    if (auto const* required = object->if_contains("required")) {
        auto const* list = required->if_array();
        if (!list) add(at + "/required", "must be an array of names", "correct it");
        for (std::size_t i = 0; list && i < list->size(); ++i) {
            auto const* name = (*list)[i].if_string();
            auto const found = std::ranges::find_if(
                made->members, [&](auto const& m) { return name && m.name == std::string_view(*name); });
            if (found == made->members.end())
                add(at + "/required/" + std::to_string(i), "must be the name of one of the properties", "correct it");
            else
                found->required = true;
        }
    }
    if (made->type == Type::array && !made->items) add(at + "/items", "is required of an array", "describe the items");
    bool const no_number = made->least && made->most && *made->least > *made->most;
    if (no_number || made->shortest > made->longest)
        add(at, "must leave something between its least and its most", "correct its limits");
    return made;
}

struct Checker {
    std::vector<FieldError> faults;

    void add(std::string const& at, std::string rule, std::string fix) {
        if (faults.size() < most_faults) faults.push_back({at, std::move(rule), std::move(fix)});
    }
    void text(Node const& node, std::string_view value, std::string const& at);
    void number(Node const& node, json::Value const& value, std::string const& at);
    void object(Node const& node, json::Object const& value, std::string const& at);
    void value(Node const& node, json::Value const& value, std::string const& at);
};

bool is_link(std::string_view text) {
    auto const lower = ascii_lower(text.substr(0, 8));
    return (lower.starts_with("https://") || lower.starts_with("http://")) && text.size() <= 2000 &&
           text.find_first_of(" \t\r\n\"<>\\") == std::string_view::npos && text.size() > 10;
}

void Checker::text(Node const& node, std::string_view value, std::string const& at) {
    if (!is_plain_text(value))
        return add(at, "must be UTF-8 text without control characters", "remove the control characters");
    auto const n = count_characters(value);
    if (n < node.shortest || n > node.longest)
        return add(at,
                   "must have " + std::to_string(node.shortest) + " to " + std::to_string(node.longest) + " characters",
                   "it has " + std::to_string(n));
    if (!node.words.empty() && std::ranges::find(node.words, value) == node.words.end()) {
        std::string all;
        for (auto const& word : node.words) all += (all.empty() ? "" : ", ") + word;
        return add(at, "must be one of " + all.substr(0, 300), "use one of these");
    }
    EmailAddress address;
    if (node.format == As::date && !is_date(value)) add(at, "must be a date like 2026-12-01", "correct it");
    if (node.format == As::date_time && (is_date(value) || !time_from_text(value)))
        add(at, "must be an instant like 2026-12-01T09:30:00Z", "correct it");
    if (node.format == As::email && !from_text(value, address))
        add(at, "must be an e-mail address like name@example.org", "correct it");
    if (node.format == As::uri && !is_link(value))
        add(at, "must be a link that begins with https:// or http://", "correct it");
}

void Checker::number(Node const& node, json::Value const& value, std::string const& at) {
    auto const number = value.to_number<double>();
    if (node.type == Type::integer && (number != std::floor(number) || std::abs(number) > 9e15))
        return add(at, "must be a whole number", "round it");
    if (node.least && number < *node.least) add(at, "must be at least " + json::encode(*node.least), "correct it");
    if (node.most && number > *node.most) add(at, "must be at most " + json::encode(*node.most), "correct it");
}

void Checker::object(Node const& node, json::Object const& value, std::string const& at) {
    for (auto const& member : node.members) {
        auto const* found = value.if_contains(member.name);
        bool const absent = !found || found->is_null();
        if (absent && member.required) add(at + "/" + member.name, "is required", "add this member");
        if (!absent) this->value(*member.node, *found, at + "/" + member.name);
    }
    for (auto const& [key, ignored] : value)
        if (!node.find(key))
            add(at + "/" + std::string(std::string_view(key)), "is not known to this kind of notice",
                "remove it, or correct its name");
}

void Checker::value(Node const& node, json::Value const& value, std::string const& at) {
    auto const wrong = [&](std::string_view what) {
        add(at, "must be " + std::string(what), "send that, not " + json::kind_name(value));
    };
    switch (node.type) {
        case Type::string:
            if (!value.is_string()) return wrong("a string");
            return text(node, std::string_view(value.get_string()), at);
        case Type::integer:
        case Type::number:
            if (!value.is_number()) return wrong("a number");
            return number(node, value, at);
        case Type::boolean:
            if (!value.is_bool()) wrong("true or false");
            return;
        case Type::array: {
            auto const* list = value.if_array();
            if (!list) return wrong("an array");
            if (list->size() < node.shortest || list->size() > node.longest)
                return add(
                    at, "must have " + std::to_string(node.shortest) + " to " + std::to_string(node.longest) + " items",
                    "correct it");
            for (std::size_t i = 0; i < list->size(); ++i)
                this->value(*node.items, (*list)[i], at + "/" + std::to_string(i));
            return;
        }
        case Type::object:
            if (!value.is_object()) return wrong("an object");
            if (node.format == As::money) {
                auto const shown = format_value(value, {How::money, {}}, {});
                if (!shown || value.get_object().size() != 2)
                    add(at, "must be money: {\"amount\": 1234, \"currency\": \"EUR\"}, the amount in cents",
                        "correct it");
                return;
            }
            return object(node, value.get_object(), at);
    }
}

// A value of the node's form that fits it, where one is found; the node's own example only if it fits.
json::Value sample_of(std::string_view name, Node const& node);

bool fits(Node const& node, json::Value const& value) {
    Checker checker;
    checker.value(node, value, {});
    return checker.faults.empty();
}

json::Value sample_text(std::string_view name, Node const& node) {
    auto const padded = [&](std::string_view before, std::string_view after) {
        std::string text(before);
        while (text.size() + after.size() < node.shortest) text += 'x';
        return text += after;
    };
    std::vector<std::string> texts = node.words;
    if (node.format == As::date) texts.insert(texts.end(), {"2026-12-01", "2026-12-01T09:30:00Z"});
    if (node.format == As::date_time) texts.emplace_back("2026-12-01T09:30:00Z");
    if (node.format == As::email) texts.insert(texts.end(), {padded("name", "@example.org"), "a@b"});
    if (node.format == As::uri) texts.insert(texts.end(), {padded("https://example.org/", ""), "http://a.b/"});
    texts.push_back(padded(name, "").substr(0, node.longest));
    auto const good =
        std::ranges::find_if(texts, [&](auto const& text) { return fits(node, json::Value(std::string_view(text))); });
    return json::Value(good != texts.end() ? *good : texts.front());
}

json::Value sample_number(Node const& node) {
    constexpr double most = std::numeric_limits<double>::max();
    double const low = node.least.value_or(-most), high = node.most.value_or(most);
    double const number = std::min(std::max(2.0, low), high);
    double const whole = std::ceil(number) <= high ? std::ceil(number) : std::floor(number);
    bool const is_whole = std::abs(whole) <= 9e15 && (node.type == Type::integer || whole == number);
    return is_whole ? json::Value(static_cast<std::int64_t>(whole)) : json::Value(number);
}

std::size_t sample_size(Node const& node) {
    return std::clamp<std::size_t>(2, node.shortest, std::max(node.shortest, node.longest));
}

// How many values sample_of() makes, up to one more than `most`.
std::size_t count_of_sample(Node const& node, std::size_t most) {
    std::size_t n = 1;
    if (node.items) n += std::min(most, sample_size(node) * count_of_sample(*node.items, most));
    for (auto const& member : node.members) n = std::min(most, n) + count_of_sample(*member.node, most);
    return std::min(n, most + 1);
}

json::Value sample_of(std::string_view name, Node const& node) {
    if (!node.example.is_null() && fits(node, node.example)) return node.example;
    switch (node.type) {
        case Type::string:
            return sample_text(name, node);
        case Type::integer:
        case Type::number:
            return sample_number(node);
        case Type::boolean:
            return json::Value(true);
        case Type::array: {
            boost::json::array list;
            for (auto left = sample_size(node); left > 0; --left) list.push_back(sample_of(name, *node.items));
            return list;
        }
        case Type::object:
            break;
    }
    if (node.format == As::money) return json::Object{{"amount", 1234}, {"currency", "EUR"}};
    json::Object object;
    for (auto const& member : node.members) object[member.name] = sample_of(member.name, *member.node);
    return object;
}

}  // namespace

Schema::Member const* Schema::Node::find(std::string_view name) const {
    auto const found = std::ranges::find(members, name, &Member::name);
    return found != members.end() ? &*found : nullptr;
}

Expected<Schema> Schema::read(json::Object const& schema, std::string_view pointer) {
    SchemaReader reader;
    Schema made;
    std::string const at(pointer);
    made.root_ = reader.node(schema, at, 0);
    if (reader.faults.empty() && (made.root_->type != Type::object || made.root_->format != As::none))
        reader.add(at + "/type", "must be object: a notice's data are named values", "write \"type\": \"object\"");
    if (reader.faults.empty() && count_of_sample(*made.root_, most_sample) > most_sample)
        reader.add(at, "must not ask for more than 5,000 values", "ask for fewer items");
    if (reader.faults.empty())
        for (auto const& fault : made.faults(made.sample(), at))
            reader.add(fault.pointer, "must allow some value", "correct its limits, formats and words");
    if (reader.faults.empty()) return made;
    return fail(ErrorKind::invalid, "schema_invalid", "The schema cannot be used; see fields.",
                std::move(reader.faults));
}

std::vector<FieldError> Schema::faults(json::Object const& data, std::string_view pointer) const {
    Checker checker;
    checker.object(*root_, data, std::string(pointer));
    return std::move(checker.faults);
}

Schema Schema::of_program(json::Object const& schema) {
    SchemaReader reader;
    reader.of_program = true;
    Schema made;
    made.root_ = reader.node(schema, "", 0);
    require(reader.faults.empty(), "a schema of the program is sound");
    return made;
}

json::Object Schema::sample() const { return sample_of("", *root_).get_object(); }

}  // namespace rapport::templates
