// Drafts: an agent's words for a conversation, sealed; nobody else sees them, nobody else's change touches them.
#include "conversation/reply.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t most_octets = 2 << 20;

struct DraftRow {
    DraftId id;
    std::int64_t version = 0;
    store::Blob wrapped_key, sealed;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(DraftRow, (), (id, version, wrapped_key, sealed, changed_at))

std::string bound_to(DraftId id) { return "draft " + to_text(id); }

std::optional<DraftRow> find(store::Reader& reader, AgentId agent, ConversationId id, MessageKind kind) {
    return reader.one<DraftRow>(sql::find_draft, agent, id, kind);
}

// A draft is what somebody typed, addresses need not be any yet.
Expected<> check_size(DraftWords const& words) {
    std::size_t size = words.text.value.size() + words.html.size() + words.subject.size();
    for (auto const* list : {&words.to, &words.cc})
        for (auto const& one : *list) size += one.size() + 16;
    size += words.attachments.size() * 32;
    if (size <= most_octets) return {};
    return fail(ErrorKind::too_large, "draft_too_large", "The draft is too long to be kept.",
                {{"/words", "at most " + std::to_string(most_octets) + " octets", "shorten it"}});
}

void write(store::Tx& tx, Office const& office, AgentId agent, ConversationId id, MessageKind kind,
           std::optional<DraftRow> const& before, DraftWords const& words, Time now) {
    auto const draft = before ? before->id : tx.new_id<DraftId>();
    auto const key = random_key();
    store::Blob const wrapped{office.keyring.wrap(key)}, sealed{seal(key, json::encode(words), bound_to(draft))};
    if (before)
        tx.exec(sql::change_draft, draft, before->version + 1, wrapped, sealed, now);
    else
        tx.exec(sql::insert_draft, draft, agent, id, kind, wrapped, sealed, now);
}

}  // namespace

Expected<DraftView> find_draft(store::Reader& reader, Office const& office, Actor const& viewer, ConversationId id,
                               MessageKind kind) {
    auto const agent = people::require_agent(viewer);
    if (!agent) return fail(agent.error());
    auto const row = find(reader, *agent, id, kind);
    if (!row) return fail(ErrorKind::not_found, "not_found", "There is no such draft.");
    auto const key = office.keyring.unwrap(row->wrapped_key.bytes);
    if (!key) return fail(key.error());
    auto const plain = open(*key, row->sealed.bytes, bound_to(row->id));
    if (!plain) return fail(plain.error());
    auto words = json::decode<DraftWords>(*plain);
    if (!words) return fail(words.error());
    return DraftView{row->id, id, kind, row->version, std::move(*words), row->changed_at};
}

Expected<DraftView> put_draft(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                              PutDraft const& wanted) {
    auto const agent = people::require_agent(act.actor);
    if (!agent) return fail(agent.error());
    if (auto const good = check_size(wanted.words); !good) return fail(good.error());
    if (!find_row(tx, id)) return fail(no_such_conversation());
    lock_thing(tx, agent->value);
    auto const before = find(tx, *agent, id, wanted.kind);
    if (before ? wanted.version != before->version : wanted.version.has_value())
        return fail(ErrorKind::conflict, "changed_meanwhile",
                    "The draft was changed in another window. Look at it, and decide which one is right.");
    write(tx, office, *agent, id, wanted.kind, before, wanted.words, act.now);
    return find_draft(tx, office, act.actor, id, wanted.kind);
}

Expected<> delete_draft(store::Tx& tx, Act const& act, ConversationId id, MessageKind kind) {
    auto const agent = people::require_agent(act.actor);
    if (!agent) return fail(agent.error());
    tx.exec(sql::delete_draft, *agent, id, kind);
    return {};
}

void put_back(store::Tx& tx, Office const& office, Act const& act, ConversationId id, DraftWords const& words) {
    AgentId const agent{act.actor.id};
    lock_thing(tx, agent.value);
    write(tx, office, agent, id, MessageKind::reply, find(tx, agent, id, MessageKind::reply), words, act.now);
}

}  // namespace rapport::conversation
