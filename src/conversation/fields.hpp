// Fields of the organisation's own on conversations: text, number, date, a choice, yes or no. What an agent types may
// tell of a person: values stand sealed under the conversation's key and go with it.
#pragma once

#include "conversation/conversation.hpp"

namespace rapport::conversation {

struct FieldTag {
    static constexpr std::string_view prefix = "fld";
};
using FieldId = Id<FieldTag>;

enum class FieldKind : std::uint8_t { text, number, date, choice, yes_no };
BOOST_DESCRIBE_ENUM(FieldKind, text, number, date, choice, yes_no)

inline constexpr std::size_t most_fields = 100;
inline constexpr std::size_t most_choices = 100;
inline constexpr std::size_t longest_value = 500;  // characters

struct NewField {
    Text<1, 40> key;  // that the API and variables name it by: small letters, digits and _
    Text<1, 100> name;
    FieldKind kind{};
    std::vector<Text<1, 100>> choices;  // of kind choice
    std::optional<bool> required;       // a conversation cannot be resolved without it
    std::vector<TeamId> teams;          // whose conversations have it; empty: all
    std::optional<std::int64_t> place;  // smaller ones are shown first
};
BOOST_DESCRIBE_STRUCT(NewField, (), (key, name, kind, choices, required, teams, place))

struct FieldChange {
    std::optional<Text<1, 100>> name;
    std::optional<std::vector<Text<1, 100>>> choices;
    std::optional<bool> required;
    std::optional<std::vector<TeamId>> teams;
    std::optional<std::int64_t> place;
    std::optional<bool> retired;  // takes no values any more; those that are there stay
};
BOOST_DESCRIBE_STRUCT(FieldChange, (), (name, choices, required, teams, place, retired))

struct FieldView {
    FieldId id;
    std::string key, name;
    FieldKind kind{};
    std::vector<std::string> choices;
    bool required = false;
    std::vector<TeamId> teams;
    std::int64_t place = 0;
    bool retired = false;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(FieldView, (),
                      (id, key, name, kind, choices, required, teams, place, retired, created_at, changed_at))

// Publish field.created, field.changed; audited. Codes: field_exists, invalid_fields, team_not_found, too_many_fields.
Expected<FieldView> create_field(store::Tx& tx, Act const& act, NewField const& wanted);
Expected<FieldView> change_field(store::Tx& tx, Act const& act, FieldId id, FieldChange const& change);
std::vector<FieldView> list_fields(store::Reader& reader);  // in the order of their places

// By key. null takes a value away.
using FieldValues = std::map<std::string, json::Value>;
// What is wrong with a value of this field; the value as it is kept.
Expected<json::Value> field_value(FieldView const& field, json::Value const& wanted, std::string const& pointer);

}  // namespace rapport::conversation
