// Merging, which can be undone, and splitting. Messages move; what they are called and who may answer them follows.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

constexpr int most_merges = 20;
constexpr std::size_t most_split = 500;

std::unexpected<Error> wrong(std::string pointer, std::string code, std::string text, std::string rule,
                             std::string fix) {
    return fail(ErrorKind::invalid, std::move(code), std::move(text),
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

struct Pair {
    ConversationRow one, other;
};

// Always in one order, so that two nodes never wait for each other crosswise.
std::optional<Pair> lock_both(store::Tx& tx, ConversationId one, ConversationId other) {
    lock_thing(tx, std::min(one, other).value);
    lock_thing(tx, std::max(one, other).value);
    auto first = find_row(tx, one), second = find_row(tx, other);
    if (!first || !second) return std::nullopt;
    return Pair{std::move(*first), std::move(*second)};
}

// A conversation, and what was merged into it before.
void add_origins(store::Reader& reader, ConversationId id, std::set<ConversationId>& out, int depth = 0) {
    if (depth > most_merges || !out.insert(id).second) return;
    for (auto const merged : reader.all<ConversationId>(sql::merged_into, id))
        add_origins(reader, merged, out, depth + 1);
}

std::int64_t move_messages(store::Tx& tx, ConversationId from, ConversationId to,
                           std::set<ConversationId> const& origins) {
    std::int64_t moved = 0;
    for (auto const origin : origins) {
        moved += tx.one<std::int64_t>(sql::count_of_origin, from, origin).value_or(0);
        tx.exec(sql::move_messages, from, to, origin);
    }
    return moved;
}

void add_time(ConversationRow& row, store::Reader& reader) {
    if (auto const last = reader.one<Time>(sql::last_message_at, row.id)) row.last_at = *last;
}

// What is open stays somebody's duty.
void take_over(ConversationRow& into, ConversationRow const& from, Time now) {
    if (from.state == State::open && into.state != State::open) {
        if (auto const moved = move(into, Verb::reopen, now); !moved) return;
    }
    if (from.waiting_since && into.state == State::open)
        into.waiting_since = std::min(into.waiting_since.value_or(*from.waiting_since), *from.waiting_since);
}

}  // namespace

Expected<Merged> merge_rows(store::Tx& tx, ConversationId from, ConversationId into, Time now) {
    auto const both = lock_both(tx, from, into);
    if (!both) return fail(no_such_conversation());
    auto const& [source, target] = *both;
    if (!source.wrapped_key || !target.wrapped_key) return fail(content_erased());
    if (target.state == State::merged || target.state == State::spam)
        return fail(not_allowed(target.state, Verb::merge));
    auto gone = source, kept = target;
    if (auto const moved = move(gone, Verb::merge, now); !moved) return fail(moved.error());
    std::set<ConversationId> origins;
    add_origins(tx, from, origins);
    kept.messages += move_messages(tx, from, into, origins);
    gone.messages = 0;
    gone.merged_into = into;
    gone.waiting_since.reset();
    kept.last_at = std::max(kept.last_at, source.last_at);
    take_over(kept, source, now);
    for (auto const& one : participants_of(tx, from))
        if (!find_participant(tx, into, one.folded))
            tx.exec(sql::copy_participant, tx.new_id<ParticipantId>(), into, one.folded, one.address, one.role,
                    one.came_with.value_or(from), now);
    for (auto const mailbox : placements_of(tx, from)) place(tx, target, mailbox);
    commit(tx, source, gone, now);
    commit(tx, target, kept, now);
    tx.exec(sql::settle_suggestion, from, into, now);
    return Merged{std::move(gone), std::move(kept)};
}

Expected<ConversationView> merge(store::Tx& tx, Office const& office, Act const& act, ConversationId from,
                                 ConversationId into) {
    if (from == into)
        return wrong("/into", "same_conversation", "A conversation cannot be merged into itself.",
                     "must be another conversation", "choose another one");
    auto const done = merge_rows(tx, from, into, act.now);
    if (!done) return fail(done.error());
    tell(tx, done->gone, "conversation.merged", act.actor, act.now, {{"into", to_text(into)}});
    tell(tx, done->kept, "conversation.took_in", act.actor, act.now, {{"from", to_text(from)}});
    people::audit(tx, act, "conversation.merged", to_text(from), people::AuditOutcome::done, {{"into", to_text(into)}});
    return find_conversation(tx, office, into);
}

Expected<ConversationView> unmerge(store::Tx& tx, Office const& office, Act const& act, ConversationId id) {
    auto const before = find_row(tx, id);
    if (!before) return fail(no_such_conversation());
    if (before->state != State::merged || !before->merged_into) return fail(not_allowed(before->state, Verb::unmerge));
    std::vector<ConversationId> above{*before->merged_into};  // where it stands, and where that stands
    for (int i = 0; i < most_merges; ++i) {
        auto const row = find_row(tx, above.back());
        if (!row || !row->merged_into) break;
        above.push_back(*row->merged_into);
    }
    auto const holder = above.back();
    auto const both = lock_both(tx, id, holder);
    if (!both || both->one.state != State::merged) return fail(not_allowed(before->state, Verb::unmerge));
    auto const& [source, target] = *both;
    auto back = source, kept = target;
    if (auto const moved = move(back, Verb::unmerge, act.now); !moved) return fail(moved.error());
    std::set<ConversationId> origins;
    add_origins(tx, id, origins);
    back.messages = move_messages(tx, holder, id, origins);
    kept.messages -= back.messages;
    back.merged_into.reset();
    add_time(back, tx);
    add_time(kept, tx);
    // Who came with it goes with it, unless they have written there since.
    for (auto const place : above)
        for (auto const origin : origins) tx.exec(sql::drop_participants, place, origin);
    commit(tx, source, back, act.now);
    commit(tx, target, kept, act.now);
    tell(tx, back, "conversation.unmerged", act.actor, act.now, {{"from", to_text(holder)}});
    tell(tx, kept, "conversation.gave_back", act.actor, act.now, {{"conversation", to_text(id)}});
    people::audit(tx, act, "conversation.unmerged", to_text(id));
    return find_conversation(tx, office, id);
}

Expected<ConversationView> split(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                                 NewSplit const& wanted) {
    auto const before = lock_row(tx, id);
    if (!before) return fail(no_such_conversation());
    if (!before->wrapped_key) return fail(content_erased());
    if (before->state == State::merged) return fail(not_allowed(before->state, Verb::reopen));
    std::set<MessageId> const ids(wanted.messages.begin(), wanted.messages.end());
    if (ids.empty() || ids.size() > most_split)
        return wrong("/messages", "invalid_fields", "It is not clear which messages go.",
                     "from 1 to " + std::to_string(most_split), "name them");
    if (static_cast<std::int64_t>(ids.size()) >= before->messages)
        return wrong("/messages", "nothing_left", "Nothing would be left of the conversation.",
                     "must leave a message behind", "leave one out");
    std::vector<MessageRow> rows;
    std::vector<std::string> named;
    std::string subject = wanted.subject ? wanted.subject->value : std::string(), name;
    for (auto const message : ids) {
        auto row = find_message_row(tx, message);
        if (!row || row->conversation != id || row->state == MessageState::withdrawn)
            return wrong("/messages", "not_found", "The conversation has no message " + to_text(message) + ".",
                         "must be messages of this conversation", "leave it out");
        if (auto const words = words_of(office, *row)) {
            if (subject.empty()) subject = words->subject;
            if (row->direction == Direction::in)
                name = words->from.name.empty() ? words->from.address : words->from.name;
            for (auto const* list : {&words->to, &words->cc})
                for (auto const& one : *list) named.push_back(ascii_lower(one.address));
            named.push_back(ascii_lower(words->from.address));
        }
        rows.push_back(std::move(*row));
    }
    Opening opening{before->customer, before->mailbox, before->team, before->assignee, before->locale};
    opening.follows = id;
    opening.channel = before->channel;
    opening.waits = before->waiting_since.has_value();
    auto const cover = cover_of(office, *before);
    opening.cover = {subject.empty() ? cover.subject : subject, cover.preview, name.empty() ? cover.name : name};
    auto const made = open_conversation(tx, office, act.actor, opening, act.now);
    for (auto const& row : rows) tx.exec(sql::send_message_to, row.id, made.id);
    for (auto const& one : participants_of(tx, id))
        if (std::ranges::find(named, one.folded) != named.end())
            tx.exec(sql::copy_participant, tx.new_id<ParticipantId>(), made.id, one.folded, one.address, one.role,
                    std::optional<ConversationId>(), act.now);
    auto grown = made, left = *before;
    grown.messages = static_cast<std::int64_t>(rows.size());
    left.messages -= grown.messages;
    add_time(grown, tx);
    add_time(left, tx);
    commit(tx, made, grown, act.now);
    commit(tx, *before, left, act.now);
    tell(tx, left, "conversation.split", act.actor, act.now, {{"into", to_text(made.id)}});
    people::audit(tx, act, "conversation.split", to_text(id), people::AuditOutcome::done, {{"into", to_text(made.id)}});
    return find_conversation(tx, office, made.id);
}

}  // namespace rapport::conversation
