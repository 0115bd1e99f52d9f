// The verbs on letters: enqueue, forget, retry, cancel; and looking at them.
#include <limits>

#include "post/sql.hpp"
#include "post/states.hpp"
#include "post/templates.hpp"

namespace rapport::post {
namespace {

constexpr Duration default_age = std::chrono::hours(24 * 5);  // RFC 5321 §4.5.4.1
constexpr Duration second_chance = std::chrono::hours(24);    // what a retried letter gets that had expired

char const wake_key = 0;

// One journal line for all letters of a commit: it wakes the dispatcher.
store::Flush<Time> const wake = [](store::Tx& tx, std::vector<Time>& queued) {
    tx.publish(
        {.at = queued.back(), .kind = "outbox.queued", .subject = "outbox", .data = {{"letters", queued.size()}}});
};

void publish_state(store::Tx& tx, OutboxItem const& item, std::string_view what, Time now) {
    tx.publish({.at = now,
                .kind = "outbox." + std::string(what),
                .subject = to_text(item.id),
                .data = {{"owner", item.owner}, {"purpose", item.purpose}}});
}

std::unexpected<Error> wrong_state(State state, std::string_view verb) {
    return fail(ErrorKind::conflict, "letter_state",
                "A letter that is " + std::string(json::enum_name(state)) + " cannot be " + std::string(verb) + ".");
}

}  // namespace

OutboxId enqueue(store::Tx& tx, Letter const& letter, Time now) {
    require(letter.template_name.empty() || is_template(letter.template_name),
            "a letter names one of the stock templates, or its owner keeps its words");
    require(!letter.unsubscribe_url || channels::email::is_unsubscribe_url(*letter.unsubscribe_url),
            "an address to unsubscribe at can stand in a header field");
    auto const id = tx.new_id<OutboxId>();
    Time const due = std::max(now, letter.not_before.value_or(now));
    Time const expires = letter.expires_at.value_or(due + default_age);
    auto const priority = letter.stream == "promotional" ? Priority::bulk : letter.priority;
    tx.exec(sql::add_letter, id, letter.owner, letter.purpose, letter.to, letter.locale, letter.template_name,
            letter.data, static_cast<std::int64_t>(priority), now, expires, due, letter.stream, letter.unsubscribe_url,
            letter.list);
    tx.leave<Time>(&wake_key, now, wake);
    return id;
}

void forget(store::Tx& tx, std::string_view owner, Time now) { tx.exec(sql::forget_letters, owner, now); }

std::vector<OutboxItem> letters_of(store::Reader& reader, std::string_view owner) {
    return reader.all<OutboxItem>(sql::letters_of_owner, owner);
}

std::optional<OutboxItem> find_letter(store::Reader& reader, OutboxId id) {
    return reader.one<OutboxItem>(sql::find_letter, id);
}

std::vector<Attempt> attempts_of(store::Reader& reader, OutboxId id) {
    return reader.all<Attempt>(sql::attempts_of, id);
}

std::vector<OutboxItem> list_letters(store::Reader& reader, std::optional<State> state, std::optional<OutboxId> before,
                                     std::size_t limit) {
    std::int64_t const below = before ? before->value : std::numeric_limits<std::int64_t>::max();
    if (state && *state != State::accepted)
        return reader.all<OutboxItem>(sql::list_letters_not_accepted, below, limit, *state);
    if (state) return reader.all<OutboxItem>(sql::list_letters_in_state, below, limit, *state);
    return reader.all<OutboxItem>(sql::list_letters, below, limit);
}

Expected<> retry(store::Tx& tx, OutboxId id, Time now) {
    auto const item = find_letter(tx, id);
    if (!item) return fail(ErrorKind::not_found, "not_found", "There is no such letter.");
    if (!transition(item->state, Verb::retry)) return wrong_state(item->state, "sent again");
    if (tx.one<std::int64_t>(sql::has_data, id) != 1)
        return fail(ErrorKind::conflict, "letter_gone",
                    "The letter's content has been wiped; it cannot be sent again.");
    if (tx.changed(sql::requeue_letter, id, now, now + second_chance, item->state) != 1)
        return wrong_state(item->state, "sent again");
    tx.leave<Time>(&wake_key, now, wake);
    publish_state(tx, *item, "retried", now);
    return {};
}

Expected<> cancel(store::Tx& tx, OutboxId id, Time now) {
    auto const item = find_letter(tx, id);
    if (!item) return fail(ErrorKind::not_found, "not_found", "There is no such letter.");
    auto const to =
        item->state == State::unknown ? transition(item->state, Verb::give_up) : transition(item->state, Verb::cancel);
    if (!to) return wrong_state(item->state, "cancelled");
    auto const reply = item->state == State::unknown ? "given up by a person" : "cancelled by a person";
    if (tx.changed(sql::stop_letter, id, *to, reply, now, item->state) != 1)
        return wrong_state(item->state, "cancelled");
    publish_state(tx, *item, json::enum_name(*to), now);
    return {};
}

}  // namespace rapport::post
