// What the API of webhooks takes and shows.
#pragma once

#include "webhooks/webhooks.hpp"

namespace rapport::webhooks::wire {

struct WebhookView {
    EndpointId id;
    std::string url, description;
    std::vector<std::string> events;
    EndpointState state{};
    std::optional<std::string> reason;  // why it was disabled
    std::int64_t behind = 0;            // lines of the journal that it has not been asked about yet
    std::optional<Time> old_secret_until, failing_since, succeeded_at;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(WebhookView, (),
                      (id, url, description, events, state, reason, behind, old_secret_until, failing_since,
                       succeeded_at, created_at, changed_at))

struct WebhookMade {
    WebhookView webhook;
    std::string secret;  // shown once
};
BOOST_DESCRIBE_STRUCT(WebhookMade, (), (webhook, secret))

struct EventKind {
    std::string pattern, words;
};
BOOST_DESCRIBE_STRUCT(EventKind, (), (pattern, words))

struct MessageView {
    MessageId id;
    std::optional<std::int64_t> seq;
    std::string kind, subject;
    MessageState state{};
    std::int64_t attempts = 0;
    std::optional<Time> next_at;
    std::optional<std::int64_t> last_status;
    std::optional<std::string> last_error;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(MessageView, (),
                      (id, seq, kind, subject, state, attempts, next_at, last_status, last_error, created_at,
                       changed_at))

struct AttemptView {
    std::int64_t number = 0;
    Time started_at{};
    std::int64_t duration_ms = 0;
    std::optional<std::int64_t> status;
    std::optional<std::string> error;
    std::string answer;
};
BOOST_DESCRIBE_STRUCT(AttemptView, (), (number, started_at, duration_ms, status, error, answer))

struct MessageDetail {
    MessageView message;
    std::string body;  // as it is signed and sent
    std::vector<AttemptView> tries;
};
BOOST_DESCRIBE_STRUCT(MessageDetail, (), (message, body, tries))

struct MessageQuery {
    std::optional<MessageState> state{};
    std::string after{};
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(MessageQuery, (), (state, after, limit))

struct MessageQueued {
    MessageId id;
};
BOOST_DESCRIBE_STRUCT(MessageQueued, (), (id))

struct ReplayFailed {
    Time since{};
};
BOOST_DESCRIBE_STRUCT(ReplayFailed, (), (since))
struct MessagesReplayed {
    std::int64_t messages = 0;
};
BOOST_DESCRIBE_STRUCT(MessagesReplayed, (), (messages))

}  // namespace rapport::webhooks::wire
