// Macros: ordered actions under a name.
#include "desk/actions.hpp"
#include "desk/items.hpp"

namespace rapport::desk {
namespace {

using Body = MacroBody;

MacroView view_of(store::Reader& reader, Who const& who, ItemRow const& row) {
    MacroView view;
    view.id = MacroId{row.id};
    view.name = row.name;
    view.folder = row.folder;
    view.audience = row.audience;
    view.team = row.team;
    if (row.owner.value != 0) view.owner = row.owner;
    view.actions = body_of<Body>(row.body).actions;
    view.may_change = may_change(reader, who, row);
    view.version = row.version;
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

Expected<MacroView> save(store::Tx& tx, Act const& act, Who const& who, std::optional<std::int64_t> id,
                         NewMacro const& wanted) {
    if (auto const good = check_actions(tx, who, wanted.actions); !good) return fail(good.error());
    ItemWords words{wanted.name.value, {}, "", wanted.audience, wanted.team, 0, object_of(Body{wanted.actions})};
    if (wanted.folder) words.folder = wanted.folder->value;
    auto const row = save_item(tx, act, who, macros, id, words);
    if (!row) return fail(row.error());
    return view_of(tx, who, *row);
}

}  // namespace

Expected<MacroView> create_macro(store::Tx& tx, Act const& act, Who const& who, NewMacro const& wanted) {
    return save(tx, act, who, std::nullopt, wanted);
}

Expected<MacroView> change_macro(store::Tx& tx, Act const& act, Who const& who, MacroId id, NewMacro const& wanted) {
    return save(tx, act, who, id.value, wanted);
}

Expected<> delete_macro(store::Tx& tx, Act const& act, Who const& who, MacroId id) {
    return delete_item(tx, act, who, macros, id.value);
}

std::vector<MacroView> list_macros(store::Reader& reader, Who const& who) {
    std::vector<MacroView> out;
    for (auto const& row : items_of(reader, macros, who)) out.push_back(view_of(reader, who, row));
    return out;
}

Expected<MacroView> find_macro(store::Reader& reader, Who const& who, MacroId id) {
    auto const row = find_item(reader, macros, who, id.value);
    if (!row) return fail(row.error());
    return view_of(reader, who, *row);
}

}  // namespace rapport::desk
