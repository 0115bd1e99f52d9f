// Items of the desk: who sees and who changes them, and their rows.
#include "desk/items.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "desk/attributes.hpp"
#include "desk/rules.hpp"
#include "desk/sql.hpp"
#include "desk/views.hpp"
#include "people/agents.hpp"

namespace rapport::desk {
namespace {

template <class AnyId>
std::string subject_of(std::int64_t id) {
    return to_text(AnyId{id});
}

bool is_member(store::Reader& reader, Who const& who, std::optional<TeamId> team) {
    auto const agent = agent_of(who);
    if (!agent || !team) return false;
    auto const teams = people::teams_of(reader, *agent);
    return std::ranges::find(teams, *team) != teams.end();
}

bool may_use(Who const& who, ItemRow const& item, std::vector<TeamId> const& teams) {
    switch (item.audience) {
        case Audience::own:
            return agent_of(who) == item.owner;
        case Audience::team:
            return who.manages || (item.team && std::ranges::find(teams, *item.team) != teams.end());
        case Audience::everyone:
            return true;
    }
    return false;
}

// Whether the viewer may have an item of this audience.
Expected<> may_share(store::Reader& reader, Who const& who, Audience audience, std::optional<TeamId> team) {
    if ((audience == Audience::team) != team.has_value())
        return wrong("/team", "It is not clear whose it is.", "goes with the audience team, and with no other",
                     "name the team, or take another audience");
    if (audience == Audience::own && !agent_of(who))
        return wrong("/audience", "Only a person has things of their own.", "must be team or everyone for an API key",
                     "take another audience");
    if (team) {
        auto const found = people::find_team(reader, *team);
        if (!found || found->retired)
            return fail(ErrorKind::invalid, "team_not_found", "There is no such team.",
                        {{"/team", "must be a team", "choose another one"}});
    }
    bool const may = audience == Audience::own || who.manages || is_member(reader, who, team);
    if (may) return {};
    return fail(ErrorKind::forbidden, "forbidden",
                audience == Audience::everyone ? "You may not change what everyone uses."
                                               : "You may not change what this team uses.");
}

std::string folded(std::string_view shortcut) { return ascii_lower(trimmed(shortcut)); }

// Unique among those of the same people: own ones come before the team's, and these before everyone's.
Expected<> check_shortcut(store::Reader& reader, Who const& who, Kind const& kind, std::optional<std::int64_t> id,
                          ItemWords const& words) {
    if (!words.shortcut) return {};
    auto const wanted = folded(*words.shortcut);
    bool const good = !wanted.empty() && std::ranges::none_of(wanted, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '/' || c == '\\';
    });
    if (!good)
        return wrong("/shortcut", "This cannot be typed as a shortcut.", "has no spaces and slashes",
                     "use letters, digits, - and _");
    for (auto const& other : reader.all<ItemRow>(sql::items_of, kind.noun)) {
        if (other.shortcut != wanted || other.audience != words.audience || other.team != words.team) continue;
        if (words.audience == Audience::own && other.owner != agent_of(who)) continue;
        if (id && other.id == *id) continue;
        return fail(ErrorKind::conflict, "shortcut_exists", "There is something with this shortcut already.",
                    {{"/shortcut", "must be unique", "take another one"}});
    }
    return {};
}

void tell(store::Tx& tx, Act const& act, Kind const& kind, std::string_view verb, std::int64_t id) {
    auto const name = std::string(kind.noun) + '.' + std::string(verb);
    tx.publish({.at = act.now,
                .kind = name,
                .subject = kind.subject(id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, name, kind.subject(id));
}

std::unexpected<Error> no_such(Kind const& kind) {
    return fail(ErrorKind::not_found, "not_found", "There is no such " + std::string(kind.words) + ".");
}

}  // namespace

Kind const canned_replies{"canned_reply", "canned reply", 5000, subject_of<CannedReplyId>};
Kind const macros{"macro", "macro", 2000, subject_of<MacroId>};
Kind const segments{"segment", "segment", 500, subject_of<SegmentId>};
Kind const views{"view", "view", 2000, subject_of<ViewId>};
Kind const rules{"rule", "rule", 200, subject_of<RuleId>};

std::unexpected<Error> wrong(std::string pointer, std::string text, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "invalid_fields", std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

std::optional<AgentId> agent_of(Who const& who) {
    return who.actor.kind == ActorKind::agent ? std::optional(AgentId{who.actor.id}) : std::nullopt;
}

std::vector<ItemRow> items_of(store::Reader& reader, Kind const& kind, Who const& who) {
    auto const agent = agent_of(who);
    auto const teams = agent ? people::teams_of(reader, *agent) : std::vector<TeamId>();
    auto items = reader.all<ItemRow>(sql::items_of, kind.noun);
    std::erase_if(items, [&](ItemRow const& item) { return !may_use(who, item, teams); });
    return items;
}

Expected<ItemRow> find_item(store::Reader& reader, Kind const& kind, Who const& who, std::int64_t id) {
    auto item = reader.one<ItemRow>(sql::find_item, kind.noun, id);
    auto const agent = agent_of(who);
    if (item && may_use(who, *item, agent ? people::teams_of(reader, *agent) : std::vector<TeamId>()))
        return std::move(*item);
    return no_such(kind);
}

bool may_change(store::Reader& reader, Who const& who, ItemRow const& item) {
    if (item.audience == Audience::own) return agent_of(who) == item.owner;
    return who.manages || (item.audience == Audience::team && is_member(reader, who, item.team));
}

Expected<ItemRow> save_item(store::Tx& tx, Act const& act, Who const& who, Kind const& kind,
                            std::optional<std::int64_t> id, ItemWords const& words) {
    if (id) {
        auto const found = find_item(tx, kind, who, *id);
        if (!found) return fail(found.error());
        if (!may_change(tx, who, *found))
            return fail(ErrorKind::forbidden, "forbidden", "You may not change what others use.");
    } else if (tx.one<std::int64_t>(sql::count_items, kind.noun).value_or(0) >= kind.most) {
        return fail(ErrorKind::conflict, "too_many", "There are too many of them already.");
    }
    if (auto const may = may_share(tx, who, words.audience, words.team); !may) return fail(may.error());
    if (auto const good = check_shortcut(tx, who, kind, id, words); !good) return fail(good.error());
    auto const owner = agent_of(who).value_or(AgentId{});
    auto const shortcut = words.shortcut ? std::optional(folded(*words.shortcut)) : std::nullopt;
    auto const key = id ? *id : tx.new_id<CannedReplyId>().value;  // every kind's are of one sequence
    if (id)
        tx.exec(sql::change_item, key, words.audience, owner, words.team, trimmed(words.name), shortcut,
                trimmed(words.folder), words.place, words.body, act.now);
    else
        tx.exec(sql::insert_item, key, kind.noun, words.audience, owner, words.team, trimmed(words.name), shortcut,
                trimmed(words.folder), words.place, words.body, act.now);
    tell(tx, act, kind, id ? "changed" : "created", key);
    return *tx.one<ItemRow>(sql::find_item, kind.noun, key);
}

Expected<> delete_item(store::Tx& tx, Act const& act, Who const& who, Kind const& kind, std::int64_t id) {
    auto const found = find_item(tx, kind, who, id);
    if (!found) return fail(found.error());
    if (!may_change(tx, who, *found))
        return fail(ErrorKind::forbidden, "forbidden", "You may not change what others use.");
    tx.exec(sql::delete_item, id);
    tell(tx, act, kind, "deleted", id);
    return {};
}

}  // namespace rapport::desk
