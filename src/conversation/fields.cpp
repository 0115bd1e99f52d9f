// Fields: what they are, and their values.
#include "conversation/fields.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <boost/json/array.hpp>

#include "base/text.hpp"
#include "conversation/field_values.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

struct FieldRow {
    FieldId id;
    std::string key, name;
    FieldKind kind{};
    json::Object rules;
    bool required = false;
    std::int64_t place = 0;
    std::optional<Time> retired_at;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(FieldRow, (), (id, key, name, kind, rules, required, place, retired_at, created_at, changed_at))

struct Rules {
    std::vector<std::string> choices;
    std::vector<TeamId> teams;
};
BOOST_DESCRIBE_STRUCT(Rules, (), (choices, teams))

std::unexpected<Error> wrong(std::string pointer, std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

FieldView view_of(FieldRow const& row) {
    auto rules = json::decode<Rules>(json::encode(row.rules));
    require(rules.has_value(), "a field's rules can be read");
    return {row.id,
            row.key,
            row.name,
            row.kind,
            std::move(rules->choices),
            row.required,
            std::move(rules->teams),
            row.place,
            row.retired_at.has_value(),
            row.created_at,
            row.changed_at};
}

json::Object object_of(Rules const& rules) { return json::parse(json::encode(rules))->get_object(); }

Expected<> check_key(store::Tx& tx, std::string const& key) {
    bool const good = key[0] >= 'a' && key[0] <= 'z' && std::ranges::all_of(key, [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                      });
    if (!good)
        return wrong("/key", "A field cannot have this key.",
                     "must be small letters, digits and _, beginning with a letter", "write it like contract_number");
    for (auto const& other : list_fields(tx))
        if (other.key == key)
            return fail(ErrorKind::conflict, "field_exists", "There is a field with this key already.",
                        {{"/key", "must be unique", "take another key"}});
    return {};
}

Expected<std::vector<std::string>> choices_from(FieldKind kind, std::vector<Text<1, 100>> const& wanted) {
    std::vector<std::string> out;
    for (auto const& one : wanted) out.emplace_back(trimmed(one.value));
    bool const needs = kind == FieldKind::choice;
    if (needs == out.empty() || out.size() > most_choices)
        return wrong("/choices", "It is not clear what can be chosen.",
                     needs ? "must have 1 to " + std::to_string(most_choices) + " items" : "goes with the kind choice",
                     needs ? "name the choices" : "leave them out");
    auto sorted = out;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end())
        return wrong("/choices", "A choice stands there twice.", "must be unique", "take one of them away");
    return out;
}

Expected<> check_teams(store::Tx& tx, std::vector<TeamId> const& teams) {
    for (auto const id : teams)
        if (!people::find_team(tx, id))
            return fail(ErrorKind::invalid, "team_not_found", "There is no such team.",
                        {{"/teams", "must be teams", "leave out " + to_text(id)}});
    return {};
}

void tell_of(store::Tx& tx, Act const& act, std::string_view verb, FieldId id) {
    tx.publish({.at = act.now,
                .kind = std::string(verb),
                .subject = to_text(id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, verb, to_text(id));
}

bool is_date(std::string_view text) {
    using namespace std::chrono;
    auto const digits = [&](std::size_t from, std::size_t n) {
        int value = 0;
        for (char const c : text.substr(from, n)) {
            if (c < '0' || c > '9') return -1;
            value = value * 10 + (c - '0');
        }
        return value;
    };
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    int const y = digits(0, 4), m = digits(5, 2), d = digits(8, 2);
    return y >= 1 && m >= 1 && d >= 1 &&
           year_month_day(year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))).ok();
}

}  // namespace

std::vector<FieldView> list_fields(store::Reader& reader) {
    std::vector<FieldView> out;
    for (auto const& row : reader.all<FieldRow>(sql::list_fields)) out.push_back(view_of(row));
    return out;
}

Expected<FieldView> create_field(store::Tx& tx, Act const& act, NewField const& wanted) {
    if (auto const good = check_key(tx, wanted.key.value); !good) return fail(good.error());
    if (list_fields(tx).size() >= most_fields)
        return fail(ErrorKind::conflict, "too_many_fields", "There are too many fields already.");
    auto choices = choices_from(wanted.kind, wanted.choices);
    if (!choices) return fail(choices.error());
    if (auto const good = check_teams(tx, wanted.teams); !good) return fail(good.error());
    auto const id = tx.new_id<FieldId>();
    tx.exec(sql::insert_field, id, wanted.key, trimmed(wanted.name.value), wanted.kind,
            object_of({std::move(*choices), wanted.teams}), wanted.required.value_or(false), wanted.place.value_or(0),
            act.now);
    tell_of(tx, act, "field.created", id);
    return view_of(*tx.one<FieldRow>(sql::find_field, id));
}

Expected<FieldView> change_field(store::Tx& tx, Act const& act, FieldId id, FieldChange const& change) {
    auto const row = tx.one<FieldRow>(sql::find_field, id);
    if (!row) return fail(ErrorKind::not_found, "not_found", "There is no such field.");
    auto view = view_of(*row);
    if (change.choices) {
        auto choices = choices_from(view.kind, *change.choices);
        if (!choices) return fail(choices.error());
        view.choices = std::move(*choices);
    }
    if (change.teams) {
        if (auto const good = check_teams(tx, *change.teams); !good) return fail(good.error());
        view.teams = *change.teams;
    }
    auto const retired = change.retired.value_or(view.retired);
    tx.exec(sql::change_field, id, change.name ? trimmed(change.name->value) : std::string_view(view.name),
            object_of({view.choices, view.teams}), change.required.value_or(view.required),
            change.place.value_or(view.place),
            retired ? std::optional(row->retired_at.value_or(act.now)) : std::nullopt, act.now);
    tell_of(tx, act, "field.changed", id);
    return view_of(*tx.one<FieldRow>(sql::find_field, id));
}

Expected<json::Value> field_value(FieldView const& field, json::Value const& wanted, std::string const& pointer) {
    if (wanted.is_null()) return wanted;
    auto const refuse = [&](std::string rule, std::string fix) -> std::unexpected<Error> {
        return wrong(pointer, "This is no value of the field " + field.key + ".", std::move(rule), std::move(fix));
    };
    switch (field.kind) {
        case FieldKind::number:
            if (wanted.is_number() && std::isfinite(wanted.to_number<double>())) return wanted;
            return refuse("must be a number", "send a number");
        case FieldKind::yes_no:
            if (wanted.is_bool()) return wanted;
            return refuse("must be true or false", "send true or false");
        case FieldKind::text:
        case FieldKind::date:
        case FieldKind::choice:
            break;
    }
    if (!wanted.is_string()) return refuse("must be a string", "send a string");
    std::string_view const text = wanted.get_string();
    if (!is_plain_text(text) || count_characters(text) > longest_value || trimmed(text).empty())
        return refuse("must have 1 to " + std::to_string(longest_value) + " characters", "shorten it, or send null");
    if (field.kind == FieldKind::date && !is_date(text))
        return refuse("must be a date like 2026-12-01", "write it like 2026-12-01");
    if (field.kind == FieldKind::choice && std::ranges::find(field.choices, text) == field.choices.end())
        return refuse("must be one of the field's choices", "choose one of them");
    return wanted;
}

// ---- values

FieldValues values_of(store::Reader& reader, Office const& office, ConversationRow const& row) {
    auto const sealed = reader.one<store::Blob>(sql::field_values, row.id);
    auto const key = sealed ? key_of(office, row.wrapped_key) : std::nullopt;
    if (!key) return {};
    auto const plain = open(*key, sealed->bytes, "fields " + to_text(row.id));
    auto values = plain ? json::decode<FieldValues>(*plain) : Expected<FieldValues>(FieldValues{});
    return values ? std::move(*values) : FieldValues{};
}

void put_values(store::Tx& tx, Office const& office, ConversationRow const& row, FieldValues const& values, Time now) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key) return;
    store::Blob const sealed{seal(*key, json::encode(values), "fields " + to_text(row.id))};
    tx.exec(sql::put_field_values, row.id, sealed, now);
}

Expected<bool> set_values(store::Tx& tx, Office const& office, ConversationRow const& row, FieldValues const& wanted,
                          Time now) {
    if (!row.wrapped_key) return fail(content_erased());
    auto const fields = list_fields(tx);
    auto const before = values_of(tx, office, row);
    auto values = before;
    for (auto const& [key, value] : wanted) {
        auto const pointer = "/fields/" + key;
        auto const field = std::ranges::find(fields, key, &FieldView::key);
        if (field == fields.end() || (field->retired && !value.is_null()))
            return wrong(pointer, "There is no field " + key + ".", "is not known here",
                         "see /v1/conversation-fields for the fields there are");
        auto const good = field_value(*field, value, pointer);
        if (!good) return fail(good.error());
        if (good->is_null())
            values.erase(key);
        else
            values[key] = *good;
    }
    if (values == before) return false;
    put_values(tx, office, row, values, now);
    return true;
}

Expected<> check_required(store::Reader& reader, Office const& office, ConversationRow const& row) {
    std::vector<FieldError> missing;
    std::optional<FieldValues> values;
    for (auto const& field : list_fields(reader)) {
        bool const has_it =
            field.teams.empty() || (row.team && std::ranges::find(field.teams, *row.team) != field.teams.end());
        if (!field.required || field.retired || !has_it) continue;
        if (!values) values = values_of(reader, office, row);
        if (!values->contains(field.key))
            missing.push_back(
                {"/fields/" + field.key, "is required to resolve a conversation", "fill in " + field.name});
    }
    if (missing.empty()) return {};
    return fail(ErrorKind::invalid, "fields_missing", "Fields are missing that a resolved conversation must have.",
                std::move(missing));
}

}  // namespace rapport::conversation
