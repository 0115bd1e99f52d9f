// Labels of conversations.
#include <algorithm>

#include "base/text.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

constexpr std::int64_t most_labels = 1000;
constexpr std::string_view usual_colour = "#5b6b7b";

struct StateCount {
    State state{};
    std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(StateCount, (), (state, n))

Expected<> check_colour(std::optional<Colour> const& colour) {
    if (!colour) return {};
    auto const& text = colour->value;
    bool const good = text[0] == '#' && std::ranges::all_of(text.substr(1), [](char c) {
                          return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
                      });
    if (text.size() == 7 && good) return {};
    return fail(ErrorKind::invalid, "invalid_fields", "This is no colour.",
                {{"/colour", "must be # and six hexadecimal digits", "write it like #1a6b3c"}});
}

Expected<> check_name(store::Tx& tx, LabelId id, std::string_view name) {
    auto const other = tx.one<LabelId>(sql::label_of_name, ascii_lower(trimmed(name)));
    if (!other || *other == id) return {};
    return fail(ErrorKind::conflict, "label_exists", "There is a label of this name already.",
                {{"/name", "must be unique", "take another name"}});
}

std::unexpected<Error> no_such_label() {
    return fail(ErrorKind::not_found, "label_not_found", "There is no such label.");
}

void tell_of(store::Tx& tx, Act const& act, std::string_view verb, LabelId id) {
    tx.publish({.at = act.now,
                .kind = std::string(verb),
                .subject = to_text(id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, verb, to_text(id));
}

std::optional<LabelView> find_label(store::Reader& reader, LabelId id) {
    return reader.one<LabelView>(sql::find_label, id);
}

}  // namespace

std::vector<LabelView> list_labels(store::Reader& reader) { return reader.all<LabelView>(sql::list_labels); }

Expected<LabelView> create_label(store::Tx& tx, Act const& act, NewLabel const& wanted) {
    if (auto const good = check_colour(wanted.colour); !good) return fail(good.error());
    if (auto const good = check_name(tx, {}, wanted.name.value); !good) return fail(good.error());
    if (tx.one<std::int64_t>(sql::count_labels).value_or(0) >= most_labels)
        return fail(ErrorKind::conflict, "too_many_labels", "There are too many labels already.");
    auto const id = tx.new_id<LabelId>();
    auto const colour = wanted.colour ? wanted.colour->value : std::string(usual_colour);
    tx.exec(sql::insert_label, id, trimmed(wanted.name.value), ascii_lower(trimmed(wanted.name.value)), colour,
            act.now);
    tell_of(tx, act, "label.created", id);
    return *find_label(tx, id);
}

Expected<LabelView> change_label(store::Tx& tx, Act const& act, LabelId id, LabelChange const& change) {
    auto const found = find_label(tx, id);
    if (!found) return no_such_label();
    if (auto const good = check_colour(change.colour); !good) return fail(good.error());
    auto const name = change.name ? change.name->value : found->name;
    if (auto const good = check_name(tx, id, name); !good) return fail(good.error());
    tx.exec(sql::change_label, id, trimmed(name), ascii_lower(trimmed(name)),
            change.colour ? change.colour->value : found->colour, act.now);
    tell_of(tx, act, "label.changed", id);
    return *find_label(tx, id);
}

Expected<> delete_label(store::Tx& tx, Act const& act, LabelId id) {
    if (!find_label(tx, id)) return no_such_label();
    for (auto const& row : tx.all<StateCount>(sql::count_labelled, id)) count(tx, to_text(id), row.state, -row.n);
    tx.exec(sql::delete_labelled_all, id);
    tx.exec(sql::delete_label, id);
    tell_of(tx, act, "label.deleted", id);
    return {};
}

}  // namespace rapport::conversation
