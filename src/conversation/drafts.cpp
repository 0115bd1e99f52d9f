// Drafts: an agent's words for a conversation, sealed; nobody else sees them, nobody else's change touches them.
#include "conversation/drafts.hpp"

#include "base/text.hpp"
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

// Words that came back while a newer draft stood: they wait beside it.
constexpr std::string_view returned = "returned";

std::optional<DraftRow> find(store::Reader& reader, AgentId agent, ConversationId id, std::string_view kind) {
    return reader.one<DraftRow>(sql::find_draft, agent, id, kind);
}

Expected<DraftWords> words_of(Office const& office, DraftRow const& row) {
    auto const key = office.keyring.unwrap(row.wrapped_key.bytes);
    if (!key) return fail(key.error());
    auto const plain = open(*key, row.sealed.bytes, bound_to(row.id));
    if (!plain) return fail(plain.error());
    return json::decode<DraftWords>(*plain);
}

// Those that still wait to be attached.
std::vector<AttachmentUpload> files_of(store::Reader& reader, Office const& office, Actor const& owner,
                                       std::vector<AttachmentId> const& ids) {
    std::vector<AttachmentUpload> out;
    for (auto const id : ids) {
        auto const row = reader.one<AttachmentRow>(sql::find_attachment, id);
        if (!row || row->message || row->owner_kind != owner.kind || row->owner_id != owner.id) continue;
        if (auto name = name_of(office, *row)) out.push_back({id, std::move(name->name), row->media_type, row->size});
    }
    return out;
}

bool says_nothing(DraftWords const& words) {
    return trimmed(words.text.value).empty() && words.html.empty() && words.attachments.empty();
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

void write(store::Tx& tx, Office const& office, AgentId agent, ConversationId id, std::string_view kind,
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
    auto const row = find(reader, *agent, id, json::enum_name(kind));
    if (!row) return fail(ErrorKind::not_found, "not_found", "There is no such draft.");
    auto words = words_of(office, *row);
    if (!words) return fail(words.error());
    auto files = files_of(reader, office, viewer, words->attachments);
    DraftView view{row->id, id, kind, row->version, std::move(*words), std::move(files), {}, row->changed_at};
    if (auto const other = kind == MessageKind::reply ? find(reader, *agent, id, returned) : std::nullopt)
        if (auto came_back = words_of(office, *other)) view.returned = std::move(*came_back);
    return view;
}

Expected<std::vector<DraftView>> drafts_of(store::Reader& reader, Office const& office, Actor const& viewer,
                                           ConversationId id) {
    auto const agent = people::require_agent(viewer);
    if (!agent) return fail(agent.error());
    if (!find_row(reader, id)) return fail(no_such_conversation());
    std::vector<DraftView> drafts;
    for (auto const kind : {MessageKind::reply, MessageKind::note}) {
        if (!find(reader, *agent, id, json::enum_name(kind))) continue;
        auto draft = find_draft(reader, office, viewer, id, kind);
        if (!draft) return fail(draft.error());
        drafts.push_back(std::move(*draft));
    }
    return drafts;
}

Expected<DraftView> put_draft(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                              PutDraft const& wanted) {
    auto const agent = people::require_agent(act.actor);
    if (!agent) return fail(agent.error());
    if (auto const good = check_size(wanted.words); !good) return fail(good.error());
    if (!find_row(tx, id)) return fail(no_such_conversation());
    lock_thing(tx, agent->value);
    auto const kind = json::enum_name(wanted.kind);
    auto const before = find(tx, *agent, id, kind);
    if (before ? wanted.version != before->version : wanted.version.has_value())
        return fail(ErrorKind::conflict, "changed_meanwhile",
                    "The draft was changed in another window. Look at it, and decide which one is right.");
    write(tx, office, *agent, id, kind, before, wanted.words, act.now);
    return find_draft(tx, office, act.actor, id, wanted.kind);
}

Expected<> delete_draft(store::Tx& tx, Act const& act, ConversationId id, MessageKind kind) {
    auto const agent = people::require_agent(act.actor);
    if (!agent) return fail(agent.error());
    tx.exec(sql::delete_draft, *agent, id, kind);
    // What came back takes the place that is free now.
    if (kind == MessageKind::reply) tx.exec(sql::move_draft, *agent, id, returned, kind);
    return {};
}

Expected<> delete_returned(store::Tx& tx, Act const& act, ConversationId id) {
    auto const agent = people::require_agent(act.actor);
    if (!agent) return fail(agent.error());
    tx.exec(sql::delete_draft, *agent, id, returned);
    return {};
}

void put_back(store::Tx& tx, Office const& office, Act const& act, ConversationId id, DraftWords const& words) {
    AgentId const agent{act.actor.id};
    lock_thing(tx, agent.value);
    auto const kind = json::enum_name(MessageKind::reply);
    auto const newer = find(tx, agent, id, kind);
    auto const says = newer ? words_of(office, *newer) : Expected<DraftWords>(DraftWords{});
    if (!newer || (says && says_nothing(*says))) return write(tx, office, agent, id, kind, newer, words, act.now);
    auto const before = find(tx, agent, id, returned);
    auto both = words;
    if (auto const older = before ? words_of(office, *before) : Expected<DraftWords>(DraftWords{});
        older && !says_nothing(*older)) {
        both.text.value += "\n\n" + older->text.value;
        if (!both.html.empty() || !older->html.empty()) both.html += "<br>" + older->html;
        both.attachments.insert(both.attachments.end(), older->attachments.begin(), older->attachments.end());
    }
    write(tx, office, agent, id, returned, before, both, act.now);
}

}  // namespace rapport::conversation
