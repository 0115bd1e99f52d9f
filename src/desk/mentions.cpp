// Finding, listing and reading mentions.
#include "desk/mentions.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "desk/items.hpp"
#include "desk/sql.hpp"
#include "people/agents.hpp"

namespace rapport::desk {
namespace {

constexpr std::size_t excerpt_octets = 200;

struct MentionRow {
    MessageId message;
    ConversationId conversation;
    ActorKind by_kind{};
    std::int64_t by_id = 0;
    Time at{};
    std::optional<Time> read_at;
};
BOOST_DESCRIBE_STRUCT(MentionRow, (), (message, conversation, by_kind, by_id, at, read_at))

bool is_word(char c) {
    auto const u = static_cast<unsigned char>(c);
    return (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') || u >= 0x80;
}

// Whole characters only.
std::string beginning(std::string_view text) {
    auto end = std::min(text.size(), excerpt_octets);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end));
}

}  // namespace

std::vector<AgentId> named_in(std::string_view text, std::vector<conversation::Assignee> const& people) {
    std::vector<AgentId> out;
    auto const folded = ascii_lower(text);
    for (auto at = folded.find('@'); at != std::string::npos; at = folded.find('@', at + 1)) {
        if (at > 0 && is_word(folded[at - 1])) continue;  // an address
        auto const rest = std::string_view(folded).substr(at + 1);
        conversation::Assignee const* found = nullptr;
        for (auto const& one : people) {
            auto const name = ascii_lower(one.name);
            bool const is_whole =
                rest.size() == name.size() || (rest.size() > name.size() && !is_word(rest[name.size()]));
            if (!name.empty() && rest.starts_with(name) && is_whole && (!found || one.name.size() > found->name.size()))
                found = &one;
        }
        if (found && std::ranges::find(out, found->id) == out.end()) out.push_back(found->id);
    }
    return out;
}

void hear_mentions(store::Tx& tx, Office const& office, std::span<store::Event const> events) {
    std::optional<conversation::AssigneeList> people;
    for (auto const& event : events) {
        if (event.kind != "message.noted") continue;
        auto const* said = event.data.if_contains("message");
        MessageId id;
        if (!said || !said->is_string() || !from_text(std::string_view(said->get_string()), id)) continue;
        auto const message = conversation::find_message(tx, office, id);
        if (!message || message->erased || !message->text.contains('@')) continue;
        if (!people) people = conversation::assignees(tx);
        for (auto const agent : named_in(message->text, people->items)) {
            if (event.actor_kind == ActorKind::agent && event.actor_id == agent.value) continue;  // oneself
            if (tx.changed(sql::insert_mention, agent, id, message->conversation, event.actor_kind, event.actor_id,
                           message->at) != 1)
                continue;
            tx.publish({.at = event.at,
                        .kind = "mention.made",
                        .subject = to_text(message->conversation),
                        .actor_kind = event.actor_kind,
                        .actor_id = event.actor_id,
                        .data = {{"agent", to_text(agent)}, {"message", to_text(id)}}});
        }
    }
}

Expected<MentionPage> list_mentions(store::Reader& reader, Office const& office, Who const& who,
                                    MentionQuery const& query) {
    auto const agent = people::require_agent(who.actor);
    if (!agent) return fail(agent.error());
    MessageId before{std::numeric_limits<std::int64_t>::max()};
    if (!query.after.empty() && !from_text(query.after, before))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 100));
    auto rows = reader.all<MentionRow>(sql::mentions_of, *agent, before, limit + 1);
    MentionPage page;
    page.unread = reader.one<std::int64_t>(sql::count_unread_mentions, *agent).value_or(0);
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = to_text(rows.back().message);
    }
    for (auto const& row : rows) {
        auto const note = conversation::find_message(reader, office, row.message);
        auto const found = note ? conversation::find_conversation(reader, office, note->conversation)
                                : Expected<conversation::ConversationView>(fail(note.error()));
        if (!found) continue;  // taken back
        page.items.push_back({row.message, found->id, found->number, found->subject, note->author.name,
                              beginning(note->text), row.at, row.read_at.has_value()});
    }
    return page;
}

Expected<> read_mentions(store::Tx& tx, Act const& act, ConversationId conversation) {
    auto const agent = people::require_agent(act.actor);
    if (!agent) return fail(agent.error());
    if (tx.changed(sql::read_mentions, *agent, conversation, act.now) > 0)
        tx.publish({.at = act.now,
                    .kind = "mention.read",
                    .subject = to_text(conversation),
                    .actor_kind = act.actor.kind,
                    .actor_id = act.actor.id,
                    .data = {{"agent", to_text(*agent)}}});
    return {};
}

}  // namespace rapport::desk
