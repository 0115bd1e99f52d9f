// What an agent has seen, and what an answer crossed. Nothing is written when a message comes in: a mark is the last
// message that the agent saw, and what is newer is found by one range of the thread's index.
#include <algorithm>

#include "base/text.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {
namespace {

Expected<AgentId> agent_in(Actor const& actor) {
    if (actor.kind == ActorKind::agent) return AgentId{actor.id};
    return fail(ErrorKind::forbidden, "agents_only", "Only a person has seen something, or not.");
}

// What came before an agent did is not new to them: identifiers rise with time.
std::int64_t seen_everywhere(store::Reader& reader, AgentId agent) {
    auto const marked = reader.one<std::int64_t>(sql::seen_everywhere, agent).value_or(0);
    auto const who = people::find_agent(reader, agent);
    if (!who) return marked;
    return std::max(marked, IdSource(0, [at = who->created_at] { return at; }).next_value());
}

}  // namespace

Expected<> mark_seen(store::Tx& tx, Act const& act, ConversationId id, MessageId up_to) {
    auto const agent = agent_in(act.actor);
    if (!agent) return fail(agent.error());
    if (!find_row(tx, id)) return fail(no_such_conversation());
    auto const before = tx.one<MessageId>(sql::find_seen, *agent, id);
    if ((before ? before->value : seen_everywhere(tx, *agent)) >= up_to.value) return {};
    // Beyond the newest there is nothing that could have been seen.
    MessageId const newest{tx.one<std::int64_t>(sql::newest_message).value_or(0)};
    tx.exec(sql::put_seen, *agent, id, std::min(up_to, newest));
    return {};
}

Expected<> mark_unseen(store::Tx& tx, Act const& act, ConversationId id) {
    auto const agent = agent_in(act.actor);
    if (!agent) return fail(agent.error());
    if (!find_row(tx, id)) return fail(no_such_conversation());
    auto const last = tx.one<MessageId>(sql::last_person_heard, id);
    if (!last)
        return fail(ErrorKind::conflict, "nothing_to_see", "Nobody has written here yet but we: there is nothing new.");
    tx.exec(sql::put_seen, *agent, id, MessageId{last->value - 1});
    return {};
}

Expected<> mark_all_seen(store::Tx& tx, Act const& act) {
    auto const agent = agent_in(act.actor);
    if (!agent) return fail(agent.error());
    auto const newest = tx.one<std::int64_t>(sql::newest_message).value_or(0);
    tx.exec(sql::put_seen_everywhere, *agent, newest);
    tx.exec(sql::forget_seen, *agent, newest);
    return {};
}

std::vector<ConversationId> unseen_of(store::Reader& reader, AgentId agent, std::vector<ConversationId> const& ids) {
    if (ids.empty()) return {};
    std::string list = "[";
    for (auto const id : ids) list += (list.size() > 1 ? "," : "") + std::to_string(id.value);
    return reader.all<ConversationId>(sql::unseen_of, agent, seen_everywhere(reader, agent), list + "]");
}

void fill_unread(store::Reader& reader, Actor const& viewer, std::vector<ConversationSummary>& items) {
    if (viewer.kind != ActorKind::agent) return;
    std::vector<ConversationId> ids;
    for (auto const& one : items) ids.push_back(one.id);
    auto const found = unseen_of(reader, AgentId{viewer.id}, ids);
    for (auto& one : items) one.unread = std::ranges::find(found, one.id) != found.end();
}

void fill_unread(store::Reader& reader, Actor const& viewer, ConversationSummary& item) {
    if (viewer.kind == ActorKind::agent) item.unread = !unseen_of(reader, AgentId{viewer.id}, {item.id}).empty();
}

std::vector<MessageRow> written_since(store::Reader& reader, ConversationId id, MessageId seen, Actor const& writer) {
    return reader.all<MessageRow>(sql::messages_since, id, seen, writer.kind, writer.id);
}

Error answered_meanwhile(store::Reader& reader, Office const& office, std::vector<MessageRow> const& since) {
    Error error{ErrorKind::conflict, "answered_meanwhile", "", {}, 0};
    bool answered = false;
    for (auto const& row : since) {
        std::string who = "The customer";
        if (row.author_kind == ActorKind::agent)
            if (auto const agent = people::find_agent(reader, AgentId{row.author_id})) who = agent->name;
        if (row.author_kind == ActorKind::api_key) who = "A program";
        if (row.author_kind == ActorKind::customer)
            if (auto const words = words_of(office, row); words && !words->from.name.empty()) who = words->from.name;
        answered = answered || row.direction == Direction::out;
        auto const* what = row.direction == Direction::note  ? " left a note"
                           : row.direction == Direction::out ? " answered"
                                                             : " wrote";
        error.fields.push_back({"/seen", who + what + " at " + to_text(row.at) + " (" + to_text(row.id) + ")",
                                "read it; then send with seen " + to_text(since.back().id) + ", or without"});
    }
    error.text = answered ? "Somebody else has answered since this answer was begun. Look at it before you send."
                          : "Something has been written since this answer was begun. Look at it before you send.";
    return error;
}

}  // namespace rapport::conversation
