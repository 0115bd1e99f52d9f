// What other modules write and undo: see writing.hpp.
#include "conversation/writing.hpp"

#include <algorithm>

#include "conversation/field_values.hpp"
#include "conversation/reply.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

Stood stood(store::Reader& reader, Office const& office, ConversationRow const& row) {
    return {{row.state, row.snoozed_until, row.waiting_since, row.resolved_at, row.priority, row.team, row.assignee,
             labels_of(reader, row.id), values_of(reader, office, row)},
            row.version};
}

void relabel(store::Tx& tx, ConversationRow const& row, std::vector<LabelId> const& wanted) {
    auto const present = labels_of(tx, row.id);
    for (auto const id : present)
        if (std::ranges::find(wanted, id) == wanted.end()) unlabel(tx, row, id);
    for (auto const id : wanted)  // one that was deleted meanwhile does not come back
        if (std::ranges::find(present, id) == present.end() && tx.one<LabelId>(sql::label_exists, id))
            label(tx, row, id);
}

std::string kept_elsewhere(ConversationId id) { return "kept fields " + to_text(id); }

}  // namespace

Expected<Plan> plan_writing(store::Reader& reader, Office const& office, Act const& act, ConversationId id,
                            NewMessage const& wanted) {
    auto planned = plan_message(reader, office, act, id, wanted);
    if (!planned) return fail(planned.error());
    return std::make_shared<PlannedMessage const>(std::move(*planned));
}

Expected<MessageId> write(store::Tx& tx, Office const& office, Act const& act, Plan const& plan) {
    return write_message(tx, office, act, *plan);
}

std::optional<Stood> standing_of(store::Reader& reader, Office const& office, ConversationId id) {
    auto const row = find_row(reader, id);
    return row ? std::optional(stood(reader, office, *row)) : std::nullopt;
}

std::optional<Stood> lock_standing(store::Tx& tx, Office const& office, ConversationId id) {
    auto const row = lock_row(tx, id);
    return row ? std::optional(stood(tx, office, *row)) : std::nullopt;
}

Expected<> restore(store::Tx& tx, Office const& office, Act const& act, ConversationId id, Standing const& to) {
    auto const before = lock_row(tx, id);
    if (!before) return fail(no_such_conversation());
    if (before->state == State::merged || to.state == State::merged)
        return fail(not_allowed(before->state, Verb::reopen));
    auto after = *before;
    auto const present = labels_of(tx, id);
    after.state = to.state;
    after.snoozed_until = to.snoozed_until;
    after.waiting_since = to.waiting_since;
    after.resolved_at = to.resolved_at;
    after.priority = to.priority;
    after.team = to.team;
    after.assignee = to.assignee;
    relabel(tx, *before, to.labels);
    after.relabelled = labels_of(tx, id) != present;
    if (values_of(tx, office, *before) != to.fields) put_values(tx, office, *before, to.fields, act.now);
    commit(tx, *before, after, act.now);
    tell(tx, after, "conversation.restored", act.actor, act.now, {{"from", json::enum_name(before->state)}});
    return {};
}

std::optional<Bytes> sealed_fields(store::Reader& reader, Office const& office, ConversationId id,
                                   FieldValues const& values) {
    auto const row = find_row(reader, id);
    auto const key = row ? key_of(office, row->wrapped_key) : std::nullopt;
    return key ? std::optional<Bytes>(seal(*key, json::encode(values), kept_elsewhere(id))) : std::nullopt;
}

std::optional<FieldValues> opened_fields(store::Reader& reader, Office const& office, ConversationId id,
                                         ByteView sealed) {
    auto const row = find_row(reader, id);
    auto const key = row ? key_of(office, row->wrapped_key) : std::nullopt;
    auto const plain = key ? open(*key, sealed, kept_elsewhere(id)) : Expected<std::string>(fail(content_erased()));
    auto values = plain ? json::decode<FieldValues>(*plain) : Expected<FieldValues>(fail(plain.error()));
    return values ? std::optional(std::move(*values)) : std::nullopt;
}

std::optional<ConversationId> conversation_of(store::Reader& reader, MessageId id) {
    auto const row = find_message_row(reader, id);
    return row && row->state != MessageState::withdrawn ? std::optional(row->conversation) : std::nullopt;
}

}  // namespace rapport::conversation
