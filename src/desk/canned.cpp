// Canned replies: words kept ready, by language.
#include "desk/canned.hpp"

#include "desk/items.hpp"
#include "desk/variables.hpp"

namespace rapport::desk {
namespace {

using Body = CannedBody;

CannedReplyView view_of(store::Reader& reader, Who const& who, ItemRow const& row) {
    CannedReplyView view;
    view.id = CannedReplyId{row.id};
    view.name = row.name;
    view.shortcut = row.shortcut;
    view.folder = row.folder;
    view.audience = row.audience;
    view.team = row.team;
    if (row.owner.value != 0) view.owner = row.owner;
    view.versions = body_of<Body>(row.body).versions;
    view.may_change = may_change(reader, who, row);
    view.version = row.version;
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

Expected<ItemWords> words_of(store::Reader& reader, NewCannedReply const& wanted) {
    if (wanted.versions.empty())
        return wrong("/versions", "It says nothing.", "must have a text in one language at least", "write it");
    Body body;
    for (auto const& [language, text] : wanted.versions) {
        auto const pointer = "/versions/" + language;
        if (Locale locale; !from_text(language, locale))
            return wrong(pointer, "This is no language of ours.", "must be one of en, it, th, ja, ko, fa",
                         "take another one");
        if (auto const good = check_words(reader, text.value, pointer); !good) return fail(good.error());
        body.versions[language] = text.value;
    }
    ItemWords words{wanted.name.value, {}, "", wanted.audience, wanted.team, 0, object_of(body)};
    if (wanted.shortcut) words.shortcut = wanted.shortcut->value;
    if (wanted.folder) words.folder = wanted.folder->value;
    return words;
}

Expected<CannedReplyView> save(store::Tx& tx, Act const& act, Who const& who, std::optional<std::int64_t> id,
                               NewCannedReply const& wanted) {
    auto const words = words_of(tx, wanted);
    if (!words) return fail(words.error());
    auto const row = save_item(tx, act, who, canned_replies, id, *words);
    if (!row) return fail(row.error());
    return view_of(tx, who, *row);
}

}  // namespace

Expected<CannedReplyView> create_canned(store::Tx& tx, Act const& act, Who const& who, NewCannedReply const& wanted) {
    return save(tx, act, who, std::nullopt, wanted);
}

Expected<CannedReplyView> change_canned(store::Tx& tx, Act const& act, Who const& who, CannedReplyId id,
                                        NewCannedReply const& wanted) {
    return save(tx, act, who, id.value, wanted);
}

Expected<> delete_canned(store::Tx& tx, Act const& act, Who const& who, CannedReplyId id) {
    return delete_item(tx, act, who, canned_replies, id.value);
}

std::vector<CannedReplyView> list_canned(store::Reader& reader, Who const& who) {
    std::vector<CannedReplyView> out;
    for (auto const& row : items_of(reader, canned_replies, who)) out.push_back(view_of(reader, who, row));
    return out;
}

Expected<Rendered> render_version(store::Reader& reader, Who const& who, CannedReplyId id, json::Object const& values,
                                  Locale locale) {
    auto const row = find_item(reader, canned_replies, who, id.value);
    if (!row) return fail(row.error());
    auto const versions = body_of<Body>(row->body).versions;
    auto found = versions.find(to_text(locale));
    if (found == versions.end()) found = versions.find("en");
    if (found == versions.end()) found = versions.begin();
    Locale taken{};
    from_text(found->first, taken);
    return render_words(found->second, values, taken);
}

Expected<Rendered> render_canned(store::Reader& reader, Office const& office, Who const& who, CannedReplyId id,
                                 NewRendering const& wanted) {
    auto const found = conversation::find_conversation(reader, office, wanted.conversation);
    if (!found) return fail(found.error());
    auto const values = values_of(reader, office, who.actor, wanted.conversation);
    if (!values) return fail(values.error());
    return render_version(reader, who, id, *values, wanted.locale.value_or(found->locale));
}

}  // namespace rapport::desk
