// The only writer of a conversation's row: state by the table, version, placements, labels and counters in step.
#include <algorithm>

#include "conversation/csat/csat.hpp"
#include "conversation/routing/expected.hpp"
#include "conversation/routing/routing.hpp"
#include "conversation/rows.hpp"
#include "conversation/sla/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

std::string bound_to(ConversationId id) { return "conversation " + to_text(id); }

}  // namespace

Error no_such_conversation() { return {ErrorKind::not_found, "not_found", "There is no such conversation.", {}, 0}; }
Error content_erased() { return {ErrorKind::gone, "content_erased", "These words have been erased for good.", {}, 0}; }

std::optional<ConversationRow> find_row(store::Reader& reader, ConversationId id) {
    return reader.one<ConversationRow>(sql::find_conversation, id);
}

void lock_thing(store::Tx& tx, std::int64_t id) {
    auto const mixed = static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15ULL;
    tx.lock(static_cast<std::int64_t>(mixed >> 34 | std::uint64_t{1} << 30));  // beyond the numbers that others use
}

std::optional<ConversationRow> lock_row(store::Tx& tx, ConversationId id) {
    lock_thing(tx, id.value);
    return find_row(tx, id);
}

std::optional<Key256> key_of(Office const& office, std::optional<store::Blob> const& wrapped) {
    if (!wrapped) return std::nullopt;
    auto const key = office.keyring.unwrap(wrapped->bytes);
    return key ? std::optional(*key) : std::nullopt;
}

Cover cover_of(Office const& office, ConversationRow const& row) {
    auto const key = key_of(office, row.wrapped_key);
    if (!key || !row.sealed) return {};
    auto const plain = open(*key, row.sealed->bytes, bound_to(row.id));
    auto const cover = plain ? json::decode<Cover>(*plain) : Expected<Cover>(fail(plain.error()));
    return cover ? *cover : Cover{};
}

void set_cover(Office const& office, ConversationRow& row, Cover const& cover) {
    auto const key = key_of(office, row.wrapped_key);
    if (key) row.sealed = store::Blob{seal(*key, json::encode(cover), bound_to(row.id))};
}

void tell(store::Tx& tx, ConversationRow const& row, std::string_view kind, Actor const& actor, Time now,
          json::Object data) {
    data["number"] = row.number;
    tx.publish({.at = now,
                .kind = std::string(kind),
                .subject = to_text(row.id),
                .customer = row.customer ? std::optional(row.customer->value) : std::nullopt,
                .actor_kind = actor.kind,
                .actor_id = actor.id,
                .data = std::move(data)});
}

Expected<> move(ConversationRow& row, Verb verb, Time now) {
    auto const* step = transition(row.state, verb);
    if (!step) return fail(not_allowed(row.state, verb));
    if (!step->to) return {};
    if (*step->to != State::snoozed) row.snoozed_until.reset();
    row.resolved_at = *step->to == State::resolved ? std::optional(now) : std::nullopt;
    // A conversation that waits for nobody keeps no one waiting.
    if (*step->to == State::resolved || *step->to == State::spam || verb == Verb::answer) row.waiting_since.reset();
    row.state = *step->to;
    return {};
}

ConversationRow open_conversation(store::Tx& tx, Office const& office, Actor const& actor, Opening const& opening,
                                  Time at) {
    ConversationRow row;
    row.id = tx.new_id<ConversationId>();
    row.number = tx.one<std::int64_t>(sql::next_number).value();
    row.customer = opening.customer;
    row.mailbox = opening.mailbox;
    row.state = opening.state;
    row.team = opening.team;
    row.assignee = opening.assignee;
    row.locale = opening.locale;
    row.about = opening.about;
    row.follows = opening.follows;
    row.channel = opening.channel;
    row.opened_at = row.last_at = row.changed_at = at;
    if (opening.waits) row.waiting_since = at;
    row.version = 1;
    row.wrapped_key = store::Blob{office.keyring.wrap(random_key())};
    set_cover(office, row, opening.cover);
    tx.exec(sql::insert_conversation, row.id, row.number, row.customer, row.mailbox, row.state, row.priority, row.team,
            row.assignee, row.locale, row.about, row.follows, row.waiting_since, row.opened_at, row.last_at,
            *row.wrapped_key, *row.sealed, row.channel);
    for (auto& scope : scopes_of(row)) count(tx, std::move(scope), row.state, 1);
    place(tx, row, row.mailbox);
    if (opening.told)
        tell(tx, row, "conversation.opened", actor, at,
             {{"channel", json::enum_name(row.channel)}, {"mailbox", to_text(row.mailbox)}});
    return row;
}

namespace {

void number_change(ConversationRow const& before, ConversationRow& after, Time now) {
    after.version = before.version + 1;
    after.changed_at = std::max(now, before.changed_at);
}

void write_row(store::Tx& tx, ConversationRow const& before, ConversationRow const& after) {
    auto const changed =
        tx.changed(sql::change_conversation, after.id, before.version, after.customer, after.mailbox, after.state,
                   after.priority, after.team, after.assignee, after.merged_into, after.snoozed_until,
                   after.waiting_since, after.resolved_at, after.last_at, after.messages, after.version,
                   after.changed_at, after.sealed, after.sla_terms, after.sla_next_at, after.due_at, after.due);
    // It was read under a lock that every writer takes.
    if (changed != 1) throw store::UniqueViolation("the conversation was changed by somebody else");
    if (before.state != after.state) {
        for (auto& scope : scopes_of(before)) count(tx, std::move(scope), before.state, -1);
        for (auto& scope : scopes_of(after)) count(tx, std::move(scope), after.state, 1);
        for (auto const mailbox : placements_of(tx, after.id)) {
            count(tx, to_text(mailbox), before.state, -1);
            count(tx, to_text(mailbox), after.state, 1);
        }
        for (auto const label : labels_of(tx, after.id)) {
            count(tx, to_text(label), before.state, -1);
            count(tx, to_text(label), after.state, 1);
        }
    } else if (before.assignee != after.assignee || before.team != after.team) {
        for (auto& scope : scopes_of(before)) count(tx, std::move(scope), before.state, -1);
        for (auto& scope : scopes_of(after)) count(tx, std::move(scope), after.state, 1);
    }
    if (before.state != after.state || before.last_at != after.last_at) {
        tx.exec(sql::move_placements, after.id, after.state, after.last_at);
        tx.exec(sql::move_labels, after.id, after.state, after.last_at);
    }
}

}  // namespace

void commit(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now, MessageRow const* said) {
    number_change(before, after, now);
    routing::give(tx, before, after, now);
    sla::follow(tx, before, after, now, said);
    if (said) sample_reply(tx, before, *said);
    csat::follow(tx, before, after, now);
    write_row(tx, before, after);
    routing::free_up(tx, before, after, now);
}

void commit_past(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now) {
    number_change(before, after, now);
    write_row(tx, before, after);
    if (after.opened_at != before.opened_at) tx.exec(sql::set_opened_at, after.id, after.opened_at);
}

void commit_clocks(store::Tx& tx, ConversationRow const& row) {
    tx.exec(sql::change_clocks, row.id, row.sla_next_at, row.due_at, row.due);
}

std::vector<MailboxId> placements_of(store::Reader& reader, ConversationId id) {
    return reader.all<MailboxId>(sql::placements_of, id);
}
std::vector<LabelId> labels_of(store::Reader& reader, ConversationId id) {
    return reader.all<LabelId>(sql::labels_of, id);
}

void place(store::Tx& tx, ConversationRow const& row, MailboxId mailbox) {
    if (tx.changed(sql::insert_placement, row.id, mailbox, row.state, row.last_at) == 1)
        count(tx, to_text(mailbox), row.state, 1);
}
void unplace(store::Tx& tx, ConversationRow const& row, MailboxId mailbox) {
    if (tx.changed(sql::delete_placement, row.id, mailbox) == 1) count(tx, to_text(mailbox), row.state, -1);
}
void label(store::Tx& tx, ConversationRow const& row, LabelId label) {
    if (tx.changed(sql::insert_labelled, row.id, label, row.state, row.last_at) == 1)
        count(tx, to_text(label), row.state, 1);
}
void unlabel(store::Tx& tx, ConversationRow const& row, LabelId label) {
    if (tx.changed(sql::delete_labelled, row.id, label) == 1) count(tx, to_text(label), row.state, -1);
}

}  // namespace rapport::conversation
