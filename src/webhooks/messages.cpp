// The verbs on messages: queue, claim, settle, replay, look, forget.
#include <algorithm>
#include <limits>
#include <random>

#include "webhooks/sql.hpp"
#include "webhooks/webhooks.hpp"

namespace rapport::webhooks {
namespace {

Duration lengthened(Duration wait, double jitter) {
    thread_local std::minstd_rand chance{std::random_device{}()};
    std::uniform_real_distribution<double> share(0.0, jitter);
    return wait + std::chrono::duration_cast<Duration>(wait * share(chance));
}

void tell_of_trouble(store::Tx& tx, std::string_view what, std::string subject, json::Object data, Time now) {
    store::Event event;
    event.at = now;
    event.kind = "webhook." + std::string(what);
    event.subject = std::move(subject);
    event.data = std::move(data);
    tx.publish(std::move(event));
}

void disable(store::Tx& tx, EndpointId endpoint, std::string const& reason, Time now) {
    if (tx.changed(sql::disable_endpoint, endpoint, reason, now) == 1)
        tell_of_trouble(tx, "disabled", to_text(endpoint), {{"reason", reason}}, now);
}

}  // namespace

Filling plan_filling(Endpoint const& endpoint, std::vector<store::Event> const& events) {
    Filling filling{endpoint.position, endpoint.position, {}};
    for (auto const& event : events) {
        if (event.seq <= endpoint.position) continue;
        filling.to = event.seq;
        if (wants(endpoint.events, event.kind)) filling.events.push_back(event);
    }
    return filling;
}

bool fill(store::Tx& tx, Endpoint const& endpoint, Filling const& filling, Time now) {
    if (filling.to <= filling.from) return false;
    // Another node may have done it.
    if (tx.changed(sql::move_position, endpoint.id, filling.from, filling.to) != 1) return false;
    for (auto const& event : filling.events)
        tx.exec(sql::insert_message, tx.new_id<MessageId>(), endpoint.id, event.seq, event.kind, event.subject,
                body_of(event), now);
    return true;
}

std::vector<Claimed> claim(store::Tx& tx, Settings const& settings, EndpointId endpoint, std::size_t most, Time now) {
    // Whoever has not settled it by then is dead.
    auto const lease = now + 2 * std::chrono::duration_cast<Duration>(settings.timeout) + std::chrono::seconds(30);
    return tx.all<Claimed>(sql::claim_messages, endpoint, now, lease, most);
}

MessageState settle(store::Tx& tx, Settings const& settings, EndpointId endpoint, Claimed const& message,
                    Answer const& answer, Time now) {
    auto const status = answer.status > 0 ? std::optional<std::int64_t>(answer.status) : std::nullopt;
    bool const good = answer.status / 100 == 2;
    auto const error = good ? std::nullopt : std::optional(answer.error);
    tx.exec(sql::insert_attempt, message.id, message.attempts, answer.started_at, answer.took.count(), status, error,
            answer.body);
    auto const tries = static_cast<std::size_t>(message.attempts - message.replayed_after);
    bool const over = answer.status == 410 || tries > settings.schedule.size();
    auto const state = good ? MessageState::delivered : over ? MessageState::failed : MessageState::queued;
    std::optional<Time> next;
    if (state == MessageState::queued) {
        auto const wait = lengthened(settings.schedule[tries - 1], settings.jitter);
        next = now + std::max(wait, std::min<Duration>(answer.retry_after.value_or(Duration::zero()),
                                                       std::chrono::hours(24)));
    }
    if (tx.changed(sql::settle_message, message.id, message.attempts, state, next, status, error, now) == 0)
        return state;
    if (good) {
        tx.exec(sql::endpoint_succeeded, endpoint, now);
        return state;
    }
    tx.exec(sql::endpoint_fails, endpoint, now);
    if (state == MessageState::failed)
        tell_of_trouble(tx, "failed", to_text(message.id), {{"webhook", to_text(endpoint)}, {"reason", answer.error}},
                        now);
    if (answer.status == 410) {
        disable(tx, endpoint, "it answered 410 Gone", now);
    } else if (auto const found = find_endpoint(tx, endpoint);
               found && found->failing_since && now - *found->failing_since >= settings.give_up) {
        disable(tx, endpoint, "it has failed since " + to_text(*found->failing_since), now);
    }
    return state;
}

MessageId enqueue_test(store::Tx& tx, people::Act const& act, Endpoint const& endpoint) {
    store::Event event;
    event.at = act.now;
    event.kind = "webhook.test";
    event.subject = to_text(endpoint.id);
    event.data["text"] = "This is a test.";
    auto const id = tx.new_id<MessageId>();
    tx.exec(sql::insert_message, id, endpoint.id, std::optional<std::int64_t>(), event.kind, event.subject,
            body_of(event), act.now);
    people::audit(tx, act, "webhook.tested", to_text(endpoint.id));
    return id;
}

std::vector<Message> list_messages(store::Reader& reader, EndpointId endpoint, std::optional<MessageState> state,
                                   std::optional<MessageId> before, std::size_t limit) {
    std::int64_t const below = before ? before->value : std::numeric_limits<std::int64_t>::max();
    auto const in_state = state ? std::string(json::enum_name(*state)) : std::string();
    return reader.all<Message>(sql::list_messages, endpoint, below, in_state, limit);
}

Expected<Message> find_message(store::Reader& reader, EndpointId endpoint, MessageId id) {
    auto found = reader.one<Message>(sql::find_message, id, endpoint);
    if (!found) return fail(ErrorKind::not_found, "not_found", "There is no such message.");
    return std::move(*found);
}

std::vector<Attempt> attempts_of(store::Reader& reader, MessageId id) {
    return reader.all<Attempt>(sql::attempts_of, id);
}

Expected<> replay(store::Tx& tx, people::Act const& act, EndpointId endpoint, MessageId id) {
    if (auto const message = find_message(tx, endpoint, id); !message) return fail(message.error());
    if (tx.changed(sql::replay_message, id, act.now) == 0)
        return fail(ErrorKind::conflict, "message_is_open", "This message is still being sent.");
    people::audit(tx, act, "webhook.replayed", to_text(id));
    return {};
}

std::int64_t replay_failed(store::Tx& tx, people::Act const& act, EndpointId endpoint, Time since) {
    auto const n = tx.changed(sql::replay_failed, endpoint, act.now, since);
    people::audit(tx, act, "webhook.replayed", to_text(endpoint), people::AuditOutcome::done, {{"messages", n}});
    return n;
}

}  // namespace rapport::webhooks
