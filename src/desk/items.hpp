// What canned replies, macros and their like have in common: a name, a folder, and whose they are. Internal to the
// module.
#pragma once

#include "desk/wire.hpp"

namespace rapport::desk {

struct ItemRow {
    std::int64_t id = 0;
    Audience audience{};
    AgentId owner;
    std::optional<TeamId> team;
    std::string name;
    std::optional<std::string> shortcut;
    std::string folder;
    std::int64_t place = 0;
    json::Object body;
    std::int64_t version = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(ItemRow, (),
                      (id, audience, owner, team, name, shortcut, folder, place, body, version, created_at, changed_at))

struct Kind {
    std::string_view noun;   // of rows and events
    std::string_view words;  // "canned reply"
    std::int64_t most = 0;
    std::string (*subject)(std::int64_t id) = nullptr;
};
extern Kind const canned_replies;
extern Kind const macros;
extern Kind const segments;
extern Kind const views;
extern Kind const rules;

// What is wanted of an item; its body has been checked.
struct ItemWords {
    std::string_view name;
    std::optional<std::string> shortcut;
    std::string folder;
    Audience audience{};
    std::optional<TeamId> team;
    std::int64_t place = 0;
    json::Object body;
};

std::optional<AgentId> agent_of(Who const& who);
// Those that the viewer may use, in order.
std::vector<ItemRow> items_of(store::Reader& reader, Kind const& kind, Who const& who);
// What the viewer may not use does not exist.
Expected<ItemRow> find_item(store::Reader& reader, Kind const& kind, Who const& who, std::int64_t id);
bool may_change(store::Reader& reader, Who const& who, ItemRow const& item);
// A new one, or another text of `id`. Codes: forbidden, not_found, team_not_found, shortcut_exists, too_many,
// invalid_fields.
Expected<ItemRow> save_item(store::Tx& tx, Act const& act, Who const& who, Kind const& kind,
                            std::optional<std::int64_t> id, ItemWords const& words);
Expected<> delete_item(store::Tx& tx, Act const& act, Who const& who, Kind const& kind, std::int64_t id);

std::unexpected<Error> wrong(std::string pointer, std::string text, std::string rule, std::string fix);

template <class T>
json::Object object_of(T const& body) {
    return json::parse(json::encode(body))->get_object();
}
// Bodies were checked before they were kept.
template <class T>
T body_of(json::Object const& object) {
    auto body = json::decode<T>(json::encode(object));
    require(body.has_value(), "what the desk keeps can be read");
    return std::move(*body);
}

}  // namespace rapport::desk
