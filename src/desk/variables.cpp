// The variables of canned replies and actions, their shapes and values.
#include "desk/variables.hpp"

#include <boost/json/array.hpp>

#include "desk/attributes.hpp"
#include "people/agents.hpp"
#include "templates/schema.hpp"
#include "templates/templates.hpp"

namespace rapport::desk {
namespace {

struct Known {
    std::string_view object, member, type;
    bool always = false;
};
constexpr Known known[] = {{"customer", "name", "string"},        {"customer", "external_id", "string"},
                           {"customer", "language", "string"},    {"conversation", "number", "integer", true},
                           {"conversation", "subject", "string"}, {"conversation", "opened", "date-time", true},
                           {"agent", "name", "string"},           {"mailbox", "name", "string", true},
                           {"mailbox", "address", "string", true}};

void describe(json::Object& object, std::string_view key, FieldKind kind) {
    std::string_view type = "string";
    if (kind == FieldKind::number) type = "number";
    if (kind == FieldKind::yes_no) type = "boolean";
    json::Object shape{{"type", type}};
    if (kind == FieldKind::date) shape["format"] = "date";
    object["properties"].get_object()[key] = std::move(shape);
}

json::Object empty_object() { return {{"type", "object"}, {"properties", json::Object{}}}; }

templates::Schema schema(store::Reader& reader) {
    json::Object objects;
    boost::json::array required;
    for (auto const& one : known) {
        if (!objects.contains(one.object)) {
            objects[one.object] =
                json::Object{{"type", "object"}, {"properties", json::Object{}}, {"required", boost::json::array{}}};
            required.emplace_back(one.object);
        }
        auto& object = objects[one.object].get_object();
        json::Object shape{{"type", one.type == "date-time" ? "string" : one.type}};
        if (one.type == "date-time") shape["format"] = "date-time";
        object["properties"].get_object()[one.member] = std::move(shape);
        if (one.always) object["required"].get_array().emplace_back(one.member);
    }
    auto attributes = empty_object(), fields = empty_object();
    for (auto const& one : attribute_schema(reader).attributes) describe(attributes, one.key.value, one.kind);
    for (auto const& one : conversation::list_fields(reader))
        if (!one.retired) describe(fields, one.key, one.kind);
    auto const add = [&](std::string_view object, std::string_view member, json::Object shape) {
        auto& into = objects[object].get_object();
        into["properties"].get_object()[member] = std::move(shape);
        into["required"].get_array().emplace_back(member);
    };
    add("customer", "attributes", std::move(attributes));
    add("conversation", "fields", std::move(fields));
    return templates::Schema::of_program({{"type", "object"}, {"required", required}, {"properties", objects}});
}

void put(json::Object& object, std::string_view name, std::string_view value) {
    if (!value.empty()) object[name] = value;
}

}  // namespace

std::vector<Variable> variables(store::Reader& reader) {
    std::vector<Variable> out;
    for (auto const& one : known) out.push_back({std::string(one.object) + '.' + std::string(one.member), one.always});
    for (auto const& one : attribute_schema(reader).attributes)
        out.push_back({"customer.attributes." + one.key.value, false});
    for (auto const& one : conversation::list_fields(reader))
        if (!one.retired) out.push_back({"conversation.fields." + one.key, false});
    return out;
}

Expected<> check_words(store::Reader& reader, std::string_view text, std::string const& pointer) {
    auto const made = templates::Template::compile(text, templates::Form::text, {.pointer = pointer});
    if (!made) return fail(made.error());
    auto const shapes = schema(reader);
    templates::Schema const* const scopes[] = {&shapes};
    auto faults = made->check(scopes);
    if (faults.empty()) return {};
    return fail(ErrorKind::invalid, "template_invalid", "The words use variables that cannot be filled in.",
                std::move(faults));
}

Expected<json::Object> values_of(store::Reader& reader, Office const& office, Actor const& actor, ConversationId id) {
    auto const found = conversation::find_conversation(reader, office, id);
    if (!found) return fail(found.error());
    json::Object customer, conversation{{"number", found->number}, {"opened", to_text(found->opened_at)}}, agent,
        mailbox;
    put(conversation, "subject", found->subject);
    if (found->from.customer)
        if (auto const known_customer = people::find_customer(reader, *found->from.customer)) {
            put(customer, "name", known_customer->name);
            put(customer, "external_id", known_customer->external_id.value_or(""));
            put(customer, "language", to_text(known_customer->locale));
        }
    // As a mail says, where we know no better; an address is no name.
    if (!customer.contains("name") && found->from.customer && !found->from.name.contains('@'))
        put(customer, "name", found->from.name);
    json::Object attributes, fields;
    if (found->from.customer)
        for (auto& [key, value] : attributes_of(reader, office, *found->from.customer)) attributes[key] = value;
    for (auto const& [key, value] : found->fields) fields[key] = value;
    customer["attributes"] = std::move(attributes);
    conversation["fields"] = std::move(fields);
    if (actor.kind == ActorKind::agent)
        if (auto const one = people::find_agent(reader, AgentId{actor.id})) put(agent, "name", one->name);
    for (auto const& box : conversation::list_mailboxes(reader))
        if (box.id == found->mailbox) mailbox = {{"name", box.name}, {"address", box.address.value}};
    return json::Object{{"customer", std::move(customer)},
                        {"conversation", std::move(conversation)},
                        {"agent", std::move(agent)},
                        {"mailbox", std::move(mailbox)}};
}

Expected<Rendered> render_words(std::string_view text, json::Object const& values, Locale locale) {
    auto const made = templates::Template::compile(text, templates::Form::text);
    if (!made) return fail(made.error());
    std::vector<templates::Gap> gaps;
    json::Object const* const scopes[] = {&values};
    auto words = made->render(scopes, {.locale = locale}, &gaps);
    if (!words) return fail(words.error());
    Rendered out{std::move(*words), locale, {}};
    for (auto& gap : gaps) out.gaps.push_back({std::move(gap.variable), std::move(gap.gives)});
    return out;
}

}  // namespace rapport::desk
