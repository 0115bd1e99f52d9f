// One message goes into one conversation: its row, the conversation's state and cover, its place, the event.
#include "conversation/entry.hpp"

#include <algorithm>

namespace rapport::conversation {

bool is_past(Office const& office, ConversationRow const& row, bool automatic, Time at) {
    return row.state == State::resolved && row.resolved_at && !automatic &&
           at - *row.resolved_at > office.settings.reopen_within;
}

void add_message(store::Tx& tx, Office const& office, ConversationRow const& before, Entry const& entry) {
    auto after = before;
    auto row = entry.message.row;
    auto const verb = row.automatic ? Verb::hear_automatic : Verb::hear;
    bool const was_resolved = before.state == State::resolved;
    bool const moved = move(after, verb, entry.at).has_value();
    after.last_at = std::max(before.last_at, entry.at);
    ++after.messages;
    if (verb == Verb::hear && moved && after.state == State::open && !after.waiting_since)
        after.waiting_since = entry.at;
    auto cover = cover_of(office, before);
    cover.preview = entry.preview;
    if (!entry.name.empty()) cover.name = entry.name;
    set_cover(office, after, cover);

    row.conversation = row.origin = before.id;
    row.author_kind = ActorKind::customer;
    row.author_id = entry.customer.value_or(CustomerId{}).value;
    row.participant = entry.take_part(before.id);
    row.matched_by = entry.by;
    row.claims = entry.claims;
    auto words = entry.message.words;
    words.matched = entry.why;
    keep_message(tx, office, entry.message, row, words);
    place(tx, before, entry.mailbox);
    commit(tx, before, after, entry.at, &row);

    Actor const actor{ActorKind::customer, row.author_id};
    json::Object data{{"message", to_text(row.id)},
                      {"channel", json::enum_name(row.channel)},
                      {"matched_by", json::enum_name(entry.by)}};
    if (row.automatic) data["automatic"] = true;
    tell(tx, after, "message.received", actor, entry.at, std::move(data));
    if (was_resolved && after.state == State::open)
        tell(tx, after, "conversation.reopened", actor, entry.at, {{"by", "message"}});
}

}  // namespace rapport::conversation
