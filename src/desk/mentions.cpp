// Finding, listing and reading mentions.
#include "desk/mentions.hpp"

#include <algorithm>
#include <limits>

#include "desk/items.hpp"
#include "desk/sql.hpp"
#include "people/agents.hpp"
#include "post/post.hpp"
#include "search/text.hpp"

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

struct Mentioned {
    AgentId agent;
    ConversationId conversation;
};
BOOST_DESCRIBE_STRUCT(Mentioned, (), (agent, conversation))

using Letters = std::vector<search::Letter>;

bool is_spaced_word(char32_t c) { return (c >= U'0' && c <= U'9') || search::script_of(c) == search::Script::spaced; }

bool begins(Letters const& text, std::size_t at, std::u32string const& name) {
    if (name.empty() || text.size() - at < name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i)
        if (text[at + i].c != name[i]) return false;
    return at + name.size() == text.size() || !is_spaced_word(text[at + name.size()].c);
}

// Whole characters only.
std::string beginning(std::string_view text) {
    auto end = std::min(text.size(), excerpt_octets);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end));
}

}  // namespace

std::vector<AgentId> named_in(std::string_view text, std::vector<conversation::Assignee> const& people) {
    std::vector<std::pair<AgentId, std::u32string>> names;
    for (auto const& one : people) {
        auto& name = names.emplace_back(one.id, std::u32string()).second;
        for (auto const& letter : search::normalise(one.name)) name.push_back(letter.c);
    }
    std::vector<AgentId> out;
    auto const letters = search::normalise(text);
    std::size_t seen = 0;
    for (std::size_t at = 0; at < letters.size() && seen < most_ats; ++at) {
        if (letters[at].c != U'@') continue;
        ++seen;
        if (at > 0 && is_spaced_word(letters[at - 1].c)) continue;  // an address
        std::pair<AgentId, std::u32string> const* found = nullptr;
        for (auto const& one : names)
            if (begins(letters, at + 1, one.second) && (!found || one.second.size() > found->second.size()))
                found = &one;
        if (found && std::ranges::find(out, found->first) == out.end()) out.push_back(found->first);
    }
    return out;
}

namespace {

// The number and the link, no word of the conversation.
void write_to(store::Tx& tx, Office const& office, AgentId id, conversation::ConversationView const& about,
              std::string const& by, Time now) {
    auto const agent = people::find_agent(tx, id);
    EmailAddress to;
    if (!agent || agent->disabled_at || !from_text(agent->email, to)) return;
    json::Object data{{"name", agent->name},
                      {"number", std::to_string(about.number)},
                      {"link", office.settings.instance + "/console/inbox/" + to_text(about.id)}};
    if (!by.empty()) data["by"] = by;
    post::enqueue(tx, {to_text(about.id), "mention", to, agent->locale, "mention", std::move(data)}, now);
}

std::optional<MessageId> note_in(store::Event const& event) {
    auto const* said = event.data.if_contains("message");
    MessageId id;
    if (!said || !said->is_string() || !from_text(std::string_view(said->get_string()), id)) return std::nullopt;
    return id;
}

// Where messages go from one conversation to another, both are named: as the subject, and in the data.
bool moves_messages(std::string_view kind) {
    return kind == "conversation.merged" || kind == "conversation.took_in" || kind == "conversation.unmerged" ||
           kind == "conversation.gave_back" || kind == "conversation.split";
}

void follow_notes(store::Tx& tx, store::Event const& event) {
    std::vector<std::string> names{event.subject};
    for (auto const* member : {"into", "from", "conversation"})
        if (auto const* named = event.data.if_contains(member); named && named->is_string())
            names.emplace_back(named->get_string());
    for (auto const& name : names) {
        ConversationId held;
        if (!from_text(name, held)) continue;
        for (auto const note : tx.all<MessageId>(sql::mentioned_in, held))
            if (auto const now_in = conversation::conversation_of(tx, note); now_in && *now_in != held)
                tx.exec(sql::move_mentions, note, *now_in);
    }
}

void forget_note(store::Tx& tx, MessageId note, Time at) {
    for (auto const& one : tx.all<Mentioned>(sql::mentioned_by, note))
        tx.publish({.at = at,
                    .kind = "mention.withdrawn",
                    .subject = to_text(one.conversation),
                    .data = {{"agent", to_text(one.agent)}, {"message", to_text(note)}}});
    tx.exec(sql::delete_mentions, note);
}

}  // namespace

void mention(store::Tx& tx, Office const& office, std::span<AgentId const> agents, MessageId note, Actor const& by,
             Time now) {
    auto const held = conversation::conversation_of(tx, note);
    if (!held) return;
    std::optional<Expected<conversation::ConversationView>> about;  // read where somebody wishes a mail
    for (auto const agent : agents) {
        if (by.kind == ActorKind::agent && by.id == agent.value) continue;  // oneself
        if (tx.changed(sql::insert_mention, agent, note, *held, by.kind, by.id, now) != 1) continue;
        tx.publish({.at = now,
                    .kind = "mention.made",
                    .subject = to_text(*held),
                    .actor_kind = by.kind,
                    .actor_id = by.id,
                    .data = {{"agent", to_text(agent)}, {"message", to_text(note)}}});
        if (!tx.one<bool>(sql::wishes_mail, agent).value_or(false)) continue;
        if (!about) about = conversation::find_conversation(tx, office, *held);
        auto const message = conversation::find_message(tx, office, note);
        if (*about) write_to(tx, office, agent, **about, message ? message->author.name : "", now);
    }
}

void hear_mentions(store::Tx& tx, Office const& office, std::span<store::Event const> events) {
    std::optional<conversation::AssigneeList> people;
    for (auto const& event : events) {
        if (moves_messages(event.kind)) follow_notes(tx, event);
        auto const note = note_in(event);
        if (!note) continue;
        if (event.kind == "message.withdrawn") forget_note(tx, *note, event.at);
        if (event.kind != "message.noted") continue;
        auto const message = conversation::find_message(tx, office, *note);
        if (!message || message->erased || !message->text.contains('@')) continue;
        if (!people) people = conversation::assignees(tx);
        mention(tx, office, named_in(message->text, people->items), *note,
                {event.actor_kind, event.actor_id, message->author.name}, event.at);
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

Expected<MentionWishes> mention_wishes(store::Reader& reader, Actor const& actor) {
    auto const agent = people::require_agent(actor);
    if (!agent) return fail(agent.error());
    return MentionWishes{reader.one<bool>(sql::wishes_mail, *agent).value_or(false)};
}

Expected<MentionWishes> wish_mentions(store::Tx& tx, Act const& act, MentionWishes const& wishes) {
    auto const agent = people::require_agent(act.actor);
    if (!agent) return fail(agent.error());
    tx.exec(sql::wish, *agent, wishes.mail, act.now);
    return wishes;
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
