// Segments: named filters over the attributes of customers.
#include "desk/attributes.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "desk/items.hpp"
#include "desk/sql.hpp"

namespace rapport::desk {
namespace {

using Body = SegmentBody;

SegmentView view_of(store::Reader& reader, Who const& who, ItemRow const& row) {
    SegmentView view;
    view.id = SegmentId{row.id};
    view.name = row.name;
    view.audience = row.audience;
    view.team = row.team;
    if (row.owner.value != 0) view.owner = row.owner;
    view.all = body_of<Body>(row.body).all;
    view.may_change = may_change(reader, who, row);
    view.version = row.version;
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

bool needs_value(Is test) { return test != Is::present && test != Is::absent; }

bool fits(Is test, FieldKind kind) {
    switch (test) {
        case Is::at_least:
        case Is::at_most:
            return kind == FieldKind::number || kind == FieldKind::date;
        case Is::contains:
            return kind == FieldKind::text;
        default:
            return true;
    }
}

Expected<> check(store::Reader& reader, std::vector<Condition> const& all) {
    if (all.empty() || all.size() > most_conditions)
        return wrong("/all", "It is not clear who belongs to it.", "from 1 to " + std::to_string(most_conditions),
                     "say what a customer in it meets");
    auto const schema = attribute_schema(reader);
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const& one = all[i];
        auto const pointer = "/all/" + std::to_string(i);
        auto const words = std::ranges::find(schema.attributes, one.attribute, &AttributeWords::key);
        if (words == schema.attributes.end())
            return wrong(pointer + "/attribute", "There is no such attribute.", "must be an attribute of customers",
                         "see /v1/customer-attributes");
        if (!fits(one.test, words->kind))
            return wrong(pointer + "/test", "This test does not fit the attribute.",
                         "must be a test for values of this kind", "use is, is_not, present or absent");
        if (needs_value(one.test) != one.value.has_value())
            return wrong(pointer + "/value", "It is not clear what it is compared with.",
                         needs_value(one.test) ? "is required" : "does not go with this test",
                         needs_value(one.test) ? "add it" : "leave it out");
        if (!one.value) continue;
        conversation::FieldView field;
        field.key = words->key.value;
        field.kind = words->kind;
        for (auto const& choice : words->choices) field.choices.push_back(choice.value);
        if (auto const good = conversation::field_value(field, *one.value, pointer + "/value"); !good)
            return fail(good.error());
    }
    return {};
}

Expected<SegmentView> save(store::Tx& tx, Act const& act, Who const& who, std::optional<std::int64_t> id,
                           NewSegment const& wanted) {
    if (auto const good = check(tx, wanted.all); !good) return fail(good.error());
    ItemWords const words{wanted.name.value, {}, "", wanted.audience, wanted.team, 0, object_of(Body{wanted.all})};
    auto const row = save_item(tx, act, who, segments, id, words);
    if (!row) return fail(row.error());
    return view_of(tx, who, *row);
}

bool is_same(json::Value const& a, json::Value const& b) {
    if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
    return a == b;
}

// Dates are texts that sort.
bool is_before(json::Value const& a, json::Value const& b) {
    if (a.is_number() && b.is_number()) return a.to_number<double>() < b.to_number<double>();
    return a.is_string() && b.is_string() && a.get_string() < b.get_string();
}

bool meets_one(Condition const& one, FieldValues const& values) {
    auto const found = values.find(one.attribute.value);
    bool const is_there = found != values.end() && !found->second.is_null();
    if (one.test == Is::present) return is_there;
    if (one.test == Is::absent) return !is_there;
    if (one.test == Is::is_not) return !is_there || !is_same(found->second, *one.value);
    if (!is_there) return false;
    auto const& value = found->second;
    switch (one.test) {
        case Is::is:
            return is_same(value, *one.value);
        case Is::at_least:
            return !is_before(value, *one.value);
        case Is::at_most:
            return !is_before(*one.value, value);
        case Is::contains:
            return value.is_string() && one.value->is_string() &&
                   ascii_lower(std::string_view(value.get_string()))
                       .contains(ascii_lower(std::string_view(one.value->get_string())));
        default:
            return false;
    }
}

}  // namespace

bool meets(std::vector<Condition> const& all, FieldValues const& values) {
    return std::ranges::all_of(all, [&](Condition const& one) { return meets_one(one, values); });
}

Expected<SegmentView> create_segment(store::Tx& tx, Act const& act, Who const& who, NewSegment const& wanted) {
    return save(tx, act, who, std::nullopt, wanted);
}

Expected<SegmentView> change_segment(store::Tx& tx, Act const& act, Who const& who, SegmentId id,
                                     NewSegment const& wanted) {
    return save(tx, act, who, id.value, wanted);
}

Expected<> delete_segment(store::Tx& tx, Act const& act, Who const& who, SegmentId id) {
    return delete_item(tx, act, who, segments, id.value);
}

std::vector<SegmentView> list_segments(store::Reader& reader, Who const& who) {
    std::vector<SegmentView> out;
    for (auto const& row : items_of(reader, segments, who)) out.push_back(view_of(reader, who, row));
    return out;
}

std::optional<SegmentView> find_segment(store::Reader& reader, SegmentId id) {
    auto const row = reader.one<ItemRow>(sql::find_item, segments.noun, id);
    return row ? std::optional(view_of(reader, Who{}, *row)) : std::nullopt;
}

}  // namespace rapport::desk
