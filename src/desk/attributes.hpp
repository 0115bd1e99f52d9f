// What the organisation's systems know of customers: typed values described by one schema; and segments, named filters
// over them, evaluated when they are looked at.
#pragma once

#include "conversation/fields.hpp"
#include "desk/wire.hpp"

namespace rapport::desk {

struct SegmentTag {
    static constexpr std::string_view prefix = "seg";
};
using SegmentId = Id<SegmentTag>;

using conversation::FieldKind;
using conversation::FieldValues;

inline constexpr std::size_t most_attributes = 100;
inline constexpr std::size_t most_conditions = 20;

// ---- the schema: one for all customers

struct AttributeWords {
    Text<1, 40> key;  // small letters, digits and _: {{customer.attributes.plan|none}}
    Text<1, 100> name;
    FieldKind kind{};
    std::vector<Text<1, 100>> choices;  // of kind choice
};
BOOST_DESCRIBE_STRUCT(AttributeWords, (), (key, name, kind, choices))
struct AttributeSchema {
    std::vector<AttributeWords> attributes;
};
BOOST_DESCRIBE_STRUCT(AttributeSchema, (), (attributes))

AttributeSchema attribute_schema(store::Reader& reader);
// All of it. Values whose attribute is gone, or of another kind now, are not shown any more. Publishes
// attributes.described; audited. Code invalid_fields.
Expected<AttributeSchema> describe_attributes(store::Tx& tx, Act const& act, AttributeSchema const& wanted);

// ---- a customer's

struct SegmentName {
    SegmentId id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(SegmentName, (), (id, name))
struct PutAttributes {
    FieldValues values;
};
BOOST_DESCRIBE_STRUCT(PutAttributes, (), (values))
struct CustomerAttributes {
    CustomerId customer;
    FieldValues values;
    std::vector<SegmentName> segments;  // of those that the viewer sees
    std::optional<Time> changed_at;
};
BOOST_DESCRIBE_STRUCT(CustomerAttributes, (), (customer, values, segments, changed_at))

// Whether what is kept of them can be opened.
bool opens_attributes(store::Reader& reader, Office const& office, CustomerId customer);
FieldValues attributes_of(store::Reader& reader, Office const& office, CustomerId customer);
Expected<CustomerAttributes> find_attributes(store::Reader& reader, Office const& office, Who const& who,
                                             CustomerId customer);
// All of them: what is left out is gone. Publishes customer.attributes_changed where something changed. Codes:
// not_found, invalid_fields.
Expected<CustomerAttributes> put_attributes(store::Tx& tx, Office const& office, Act const& act, Who const& who,
                                            CustomerId customer, PutAttributes const& wanted);

// ---- segments

enum class Is : std::uint8_t { is, is_not, at_least, at_most, contains, present, absent };
BOOST_DESCRIBE_ENUM(Is, is, is_not, at_least, at_most, contains, present, absent)
struct Condition {
    Text<1, 40> attribute;
    Is test{};
    std::optional<json::Value> value;  // but of present and absent
};
BOOST_DESCRIBE_STRUCT(Condition, (), (attribute, test, value))
struct NewSegment {
    ItemName name;
    Audience audience{};
    std::optional<TeamId> team;
    std::vector<Condition> all;  // a customer in it meets all of them
};
BOOST_DESCRIBE_STRUCT(NewSegment, (), (name, audience, team, all))
// As it is kept.
struct SegmentBody {
    std::vector<Condition> all;
};
BOOST_DESCRIBE_STRUCT(SegmentBody, (), (all))
struct SegmentView {
    SegmentId id;
    std::string name;
    Audience audience{};
    std::optional<TeamId> team;
    std::optional<AgentId> owner;
    std::vector<Condition> all;
    bool may_change = false;
    std::int64_t version = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(SegmentView, (),
                      (id, name, audience, team, owner, all, may_change, version, created_at, changed_at))

Expected<SegmentView> create_segment(store::Tx& tx, Act const& act, Who const& who, NewSegment const& wanted);
Expected<SegmentView> change_segment(store::Tx& tx, Act const& act, Who const& who, SegmentId id,
                                     NewSegment const& wanted);
Expected<> delete_segment(store::Tx& tx, Act const& act, Who const& who, SegmentId id);
std::vector<SegmentView> list_segments(store::Reader& reader, Who const& who);
// Whoever may use it: for what the program does by itself.
std::optional<SegmentView> find_segment(store::Reader& reader, SegmentId id);
// Pure.
bool meets(std::vector<Condition> const& all, FieldValues const& values);

}  // namespace rapport::desk
