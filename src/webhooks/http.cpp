// Routes of webhooks: endpoints, what each was told, and telling it again.
#include "webhooks/http.hpp"

#include "net/net.hpp"
#include "people/permissions.hpp"
#include "webhooks/wire.hpp"

namespace rapport::webhooks {
namespace {

using net::Body;
using net::Page;
using net::Query;
using net::Request;
using people::act_of;

wire::WebhookView view_of(Endpoint const& e, std::int64_t last_event) {
    wire::WebhookView view{e.id,
                           e.url,
                           e.description,
                           {},
                           e.state,
                           e.reason,
                           std::max<std::int64_t>(last_event - e.position, 0),
                           e.old_secret_until,
                           e.failing_since,
                           e.succeeded_at,
                           e.created_at,
                           e.changed_at};
    std::string_view rest = e.events;
    while (!rest.empty()) {
        auto const end = std::min(rest.find(' '), rest.size());
        view.events.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return view;
}

wire::MessageView view_of(Message const& m) {
    return {m.id,      m.seq,         m.kind,       m.subject,    m.state,     m.attempts,
            m.next_at, m.last_status, m.last_error, m.created_at, m.changed_at};
}

Task<Expected<Page<wire::EventKind>>> get_events(Webhooks&) {
    Page<wire::EventKind> page;
    for (auto const& row : event_catalogue())
        page.items.push_back({std::string(row.kind) + "*", std::string(row.words)});
    co_return page;
}

Task<Expected<Page<wire::WebhookView>>> get_webhooks(Webhooks& w) {
    co_return co_await w.store().read([](store::Reader& reader) -> Expected<Page<wire::WebhookView>> {
        Page<wire::WebhookView> page;
        auto const last = store::Store::last_event(reader);
        for (auto const& endpoint : endpoints(reader)) page.items.push_back(view_of(endpoint, last));
        return page;
    });
}

Task<Expected<wire::WebhookView>> get_webhook(Webhooks& w, EndpointId id) {
    co_return co_await w.store().read([&](store::Reader& reader) -> Expected<wire::WebhookView> {
        auto const endpoint = find_endpoint(reader, id);
        if (!endpoint) return fail(endpoint.error());
        return view_of(*endpoint, store::Store::last_event(reader));
    });
}

Task<Expected<net::Created<wire::WebhookMade>>> post_webhook(Webhooks& w, Request& request, Body<NewEndpoint> body) {
    auto const act = act_of(request);
    auto const made = co_await w.store().write(
        [&](store::Tx& tx) { return create_endpoint(tx, act, w.keyring(), w.settings(), *body); });
    if (!made) co_return fail(made.error());
    w.look();
    co_return net::Created(wire::WebhookMade{view_of(made->endpoint, made->endpoint.position), made->secret});
}

Task<Expected<wire::WebhookView>> patch_webhook(Webhooks& w, Request& request, EndpointId id,
                                                Body<EndpointChange> body) {
    auto const act = act_of(request);
    auto view = co_await w.store().write([&](store::Tx& tx) -> Expected<wire::WebhookView> {
        auto const changed = change_endpoint(tx, act, w.settings(), id, *body);
        if (!changed) return fail(changed.error());
        return view_of(*changed, store::Store::last_event(tx));
    });
    w.look();
    co_return view;
}

Task<Expected<>> delete_webhook(Webhooks& w, Request& request, EndpointId id) {
    auto const act = act_of(request);
    co_return co_await w.store().write([&](store::Tx& tx) { return delete_endpoint(tx, act, id); });
}

Task<Expected<wire::WebhookMade>> post_secret(Webhooks& w, Request& request, EndpointId id) {
    auto const act = act_of(request);
    auto const made =
        co_await w.store().write([&](store::Tx& tx) { return rotate_secret(tx, act, w.keyring(), w.settings(), id); });
    if (!made) co_return fail(made.error());
    co_return wire::WebhookMade{view_of(made->endpoint, made->endpoint.position), made->secret};
}

Task<Expected<net::Accepted<wire::MessageQueued>>> post_test(Webhooks& w, Request& request, EndpointId id) {
    auto const act = act_of(request);
    auto const queued = co_await w.store().write([&](store::Tx& tx) -> Expected<MessageId> {
        auto const endpoint = find_endpoint(tx, id);
        if (!endpoint) return fail(endpoint.error());
        if (endpoint->state != EndpointState::active)
            return fail(ErrorKind::conflict, "webhook_not_active", "This webhook is not active; make it active first.");
        return enqueue_test(tx, act, *endpoint);
    });
    if (!queued) co_return fail(queued.error());
    w.look();
    co_return net::Accepted(wire::MessageQueued{*queued});
}

Task<Expected<Page<wire::MessageView>>> get_messages(Webhooks& w, EndpointId id, Query<wire::MessageQuery> query) {
    auto const limit = static_cast<std::size_t>(std::clamp(query->limit, 1, 200));
    MessageId after;
    if (!query->after.empty() && !from_text(query->after, after))
        co_return fail(ErrorKind::invalid, "bad_cursor", "The cursor is not one of ours.");
    co_return co_await w.store().read([&](store::Reader& reader) -> Expected<Page<wire::MessageView>> {
        if (auto const endpoint = find_endpoint(reader, id); !endpoint) return fail(endpoint.error());
        Page<wire::MessageView> page;
        for (auto const& message :
             list_messages(reader, id, query->state, after ? std::optional(after) : std::nullopt, limit + 1))
            page.items.push_back(view_of(message));
        if (page.items.size() > limit) {
            page.items.resize(limit);
            page.next = to_text(page.items.back().id);
        }
        return page;
    });
}

Task<Expected<wire::MessageDetail>> get_message(Webhooks& w, EndpointId id, MessageId message_id) {
    co_return co_await w.store().read([&](store::Reader& reader) -> Expected<wire::MessageDetail> {
        auto const message = find_message(reader, id, message_id);
        if (!message) return fail(message.error());
        wire::MessageDetail detail{view_of(*message), message->body, {}};
        for (auto const& a : attempts_of(reader, message_id))
            detail.tries.push_back({a.number, a.started_at, a.duration_us / 1000, a.status, a.error, a.answer});
        return detail;
    });
}

Task<Expected<>> post_replay(Webhooks& w, Request& request, EndpointId id, MessageId message) {
    auto const act = act_of(request);
    auto const done = co_await w.store().write([&](store::Tx& tx) { return replay(tx, act, id, message); });
    w.look();
    co_return done;
}

Task<Expected<wire::MessagesReplayed>> post_replay_failed(Webhooks& w, Request& request, EndpointId id,
                                                          Body<wire::ReplayFailed> body) {
    auto const act = act_of(request);
    auto const done = co_await w.store().write([&](store::Tx& tx) -> Expected<wire::MessagesReplayed> {
        if (auto const endpoint = find_endpoint(tx, id); !endpoint) return fail(endpoint.error());
        return wire::MessagesReplayed{replay_failed(tx, act, id, body->since)};
    });
    w.look();
    co_return done;
}

}  // namespace

net::Routes routes(Webhooks& w) {
    using namespace people;
    using net::with;
    return {
        net::get<"/v1/webhooks">(may_read_webhooks, "Webhooks and how they fare", with(w, get_webhooks)),
        net::post<"/v1/webhooks">(may_manage_webhooks, "Add a webhook; answers its secret, once",
                                  with(w, post_webhook)),
        net::get<"/v1/webhooks/events">(may_read_webhooks, "The events that go out", with(w, get_events)),
        net::get<"/v1/webhooks/{id}">(may_read_webhooks, "One webhook", with(w, get_webhook)),
        net::patch<"/v1/webhooks/{id}">(may_manage_webhooks, "Change, pause or wake a webhook", with(w, patch_webhook)),
        net::del<"/v1/webhooks/{id}">(may_manage_webhooks, "Delete a webhook and what it was told",
                                      with(w, delete_webhook)),
        net::post<"/v1/webhooks/{id}/secret">(
            may_manage_webhooks, "A new secret; the old one signs beside it for a day", with(w, post_secret)),
        net::post<"/v1/webhooks/{id}/test">(may_manage_webhooks, "Send a test message", with(w, post_test)),
        net::get<"/v1/webhooks/{id}/messages">(may_read_webhooks, "What it was told, newest first",
                                               with(w, get_messages)),
        net::get<"/v1/webhooks/{id}/messages/{message}">(may_read_webhooks, "One message and its attempts",
                                                         with(w, get_message)),
        net::post<"/v1/webhooks/{id}/messages/{message}/replay">(may_manage_webhooks, "Send one message again",
                                                                 with(w, post_replay)),
        net::post<"/v1/webhooks/{id}/replay">(may_manage_webhooks, "Send again what failed since an instant",
                                              with(w, post_replay_failed)),
    };
}

}  // namespace rapport::webhooks
