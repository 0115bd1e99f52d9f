// Attributes of customers: the schema, and values sealed under a key of the customer's own.
#include "desk/attributes.hpp"

#include <algorithm>
#include <set>

#include "desk/items.hpp"
#include "desk/sql.hpp"
#include "people/merged.hpp"

namespace rapport::desk {
namespace {

struct ValuesRow {
    store::Blob wrapped_key, sealed;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(ValuesRow, (), (wrapped_key, sealed, changed_at))

std::string bound_to(CustomerId id) { return "attributes " + to_text(id); }

conversation::FieldView as_field(AttributeWords const& words) {
    conversation::FieldView field;
    field.key = words.key.value;
    field.kind = words.kind;
    for (auto const& one : words.choices) field.choices.push_back(one.value);
    return field;
}

Expected<> check_schema(AttributeSchema const& wanted) {
    if (wanted.attributes.size() > most_attributes)
        return wrong("/attributes", "There are too many attributes.", "at most " + std::to_string(most_attributes),
                     "leave some out");
    std::set<std::string> keys;
    for (std::size_t i = 0; i < wanted.attributes.size(); ++i) {
        auto const& one = wanted.attributes[i];
        auto const pointer = "/attributes/" + std::to_string(i);
        auto const& key = one.key.value;
        bool const good = key[0] >= 'a' && key[0] <= 'z' && std::ranges::all_of(key, [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                          });
        if (!good)
            return wrong(pointer + "/key", "An attribute cannot have this key.",
                         "must be small letters, digits and _, beginning with a letter", "write it like plan_name");
        if (!keys.insert(key).second)
            return wrong(pointer + "/key", "An attribute stands there twice.", "must be unique",
                         "take one of them away");
        if ((one.kind == FieldKind::choice) == one.choices.empty() || one.choices.size() > conversation::most_choices)
            return wrong(pointer + "/choices", "It is not clear what can be chosen.",
                         one.kind == FieldKind::choice
                             ? "must have 1 to " + std::to_string(conversation::most_choices) + " items"
                             : "goes with the kind choice",
                         one.kind == FieldKind::choice ? "name the choices" : "leave them out");
    }
    return {};
}

// Those that fit the schema as it is now.
FieldValues fitting(store::Reader& reader, FieldValues values) {
    auto const schema = attribute_schema(reader);
    std::erase_if(values, [&](auto const& one) {
        for (auto const& words : schema.attributes)
            if (words.key.value == one.first)
                return !conversation::field_value(as_field(words), one.second, "").has_value();
        return true;
    });
    return values;
}

std::optional<FieldValues> kept_values(Office const& office, CustomerId customer, std::optional<ValuesRow> const& row) {
    if (!row) return std::nullopt;
    auto const key = office.keyring.unwrap(row->wrapped_key.bytes);
    auto const plain =
        key ? open(*key, row->sealed.bytes, bound_to(customer)) : Expected<std::string>(fail(key.error()));
    auto values = plain ? json::decode<FieldValues>(*plain) : Expected<FieldValues>(fail(plain.error()));
    return values ? std::optional(std::move(*values)) : std::nullopt;
}

}  // namespace

AttributeSchema attribute_schema(store::Reader& reader) {
    auto const kept = reader.one<json::Object>(sql::attribute_schema);
    return kept ? body_of<AttributeSchema>(*kept) : AttributeSchema{};
}

Expected<AttributeSchema> describe_attributes(store::Tx& tx, Act const& act, AttributeSchema const& wanted) {
    if (auto const good = check_schema(wanted); !good) return fail(good.error());
    tx.exec(sql::put_attribute_schema, object_of(wanted), act.now);
    tx.publish({.at = act.now,
                .kind = "attributes.described",
                .subject = "customer-attributes",
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, "attributes.described", "customer-attributes");
    return wanted;
}

FieldValues attributes_of(store::Reader& reader, Office const& office, CustomerId customer) {
    auto const records = people::records_of(reader, customer);
    auto const root = records.front();
    auto const row = reader.one<ValuesRow>(sql::customer_attributes, root);
    auto values = kept_values(office, root, row).value_or(FieldValues{});
    // What was written of the person since then stands alone; what was known of each before stands together.
    Time merged_at{};
    if (records.size() > 1)
        for (auto const& merge : people::merges_between(reader, root, root))
            merged_at = std::max(merged_at, merge.merged_at);
    if (!row || row->changed_at < merged_at)
        for (auto const record : std::span(records).subspan(1))
            for (auto& [key, value] :
                 kept_values(office, record, reader.one<ValuesRow>(sql::customer_attributes, record))
                     .value_or(FieldValues{}))
                values.emplace(key, value);
    return fitting(reader, std::move(values));
}

bool opens_attributes(store::Reader& reader, Office const& office, CustomerId customer) {
    auto const row = reader.one<ValuesRow>(sql::customer_attributes, customer);
    return !row || kept_values(office, customer, row).has_value();
}

Expected<CustomerAttributes> find_attributes(store::Reader& reader, Office const& office, Who const& who,
                                             CustomerId customer) {
    if (!people::find_customer(reader, customer))
        return fail(ErrorKind::not_found, "not_found", "There is no such customer.");
    auto const root = people::person_of(reader, customer);
    CustomerAttributes out{root, attributes_of(reader, office, root), {}, {}};
    for (auto const& segment : list_segments(reader, who))
        if (meets(segment.all, out.values)) out.segments.push_back({segment.id, segment.name});
    if (auto const row = reader.one<ValuesRow>(sql::customer_attributes, root)) out.changed_at = row->changed_at;
    return out;
}

Expected<CustomerAttributes> put_attributes(store::Tx& tx, Office const& office, Act const& act, Who const& who,
                                            CustomerId named, PutAttributes const& wanted) {
    if (!people::find_customer(tx, named)) return fail(ErrorKind::not_found, "not_found", "There is no such customer.");
    auto const customer = people::person_of(tx, named);
    if (people::erased_at(tx, customer)) return people::customer_erased();
    auto const schema = attribute_schema(tx);
    FieldValues values;
    for (auto const& [key, value] : wanted.values) {
        auto const pointer = "/values/" + key;
        auto const words =
            std::ranges::find(schema.attributes, key, [](AttributeWords const& one) { return one.key.value; });
        if (words == schema.attributes.end())
            return wrong(pointer, "There is no attribute " + key + ".", "is not known here",
                         "describe it first: PUT /v1/customer-attributes");
        auto const good = conversation::field_value(as_field(*words), value, pointer);
        if (!good) return fail(good.error());
        if (!good->is_null()) values[key] = *good;
    }
    auto const before = kept_values(office, customer, tx.one<ValuesRow>(sql::customer_attributes, customer));
    // Of a person with several records what is written stands alone from now on, whatever it was before.
    if (before != values || people::records_of(tx, customer).size() > 1) {
        auto const key = random_key();
        tx.exec(sql::put_customer_attributes, customer, store::Blob{office.keyring.wrap(key)},
                store::Blob{seal(key, json::encode(values), bound_to(customer))}, act.now);
        tx.publish({.at = act.now,
                    .kind = "customer.attributes_changed",
                    .subject = to_text(customer),
                    .customer = customer.value,
                    .actor_kind = act.actor.kind,
                    .actor_id = act.actor.id});
    }
    return find_attributes(tx, office, who, customer);
}

}  // namespace rapport::desk
