// Webhooks: systems of the organisation hear of what happens, by signed HTTP requests (Standard Webhooks 1.0). Each
// endpoint has its own position in the journal, so nothing is lost while it is away, paused or slow; messages about one
// subject go out one after the other; what is not taken is tried again, later and later. At least once: a receiver
// tells repetitions by the webhook-id. docs/integrators/webhooks.md.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "net/task_group.hpp"
#include "people/people.hpp"
#include "store/store.hpp"

namespace rapport::store {
class Keyring;
}
namespace rapport::net {
class HttpClient;
}

namespace rapport::webhooks {

struct EndpointTag {
    static constexpr std::string_view prefix = "whk";
};
struct MessageTag {
    static constexpr std::string_view prefix = "msg";
};
using EndpointId = Id<EndpointTag>;
using MessageId = Id<MessageTag>;

// paused: by a person; disabled: it said 410, or failed for days. Both keep their position: once active again, an
// endpoint is told what it missed.
enum class EndpointState : std::uint8_t { active, paused, disabled };
BOOST_DESCRIBE_ENUM(EndpointState, active, paused, disabled)
enum class MessageState : std::uint8_t { queued, attempting, delivered, failed };
BOOST_DESCRIBE_ENUM(MessageState, queued, attempting, delivered, failed)

struct Endpoint {
    EndpointId id;
    std::string url, description;
    std::string events;  // patterns, divided by spaces
    store::Blob wrapped_secret;
    std::optional<store::Blob> old_wrapped_secret;
    std::optional<Time> old_secret_until;
    EndpointState state{};
    std::optional<std::string> reason;
    std::int64_t position = 0;
    std::optional<Time> failing_since, succeeded_at;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(Endpoint, (),
                      (id, url, description, events, wrapped_secret, old_wrapped_secret, old_secret_until, state,
                       reason, position, failing_since, succeeded_at, created_at, changed_at))

struct Message {
    MessageId id;
    EndpointId endpoint;
    std::optional<std::int64_t> seq;
    std::string kind, subject, body;
    MessageState state{};
    std::int64_t attempts = 0;
    std::optional<Time> next_at;
    std::optional<std::int64_t> last_status;
    std::optional<std::string> last_error;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(Message, (),
                      (id, endpoint, seq, kind, subject, body, state, attempts, next_at, last_status, last_error,
                       created_at, changed_at))

struct Attempt {
    std::int64_t number = 0;
    Time started_at{};
    std::int64_t duration_us = 0;
    std::optional<std::int64_t> status;
    std::optional<std::string> error;
    std::string answer;
};
BOOST_DESCRIBE_STRUCT(Attempt, (), (number, started_at, duration_us, status, error, answer))

struct Settings {
    std::vector<std::string> private_hosts = {};  // "host" or "host:port": may be private, and need no TLS
    std::chrono::milliseconds timeout = std::chrono::seconds(15);
    // After each failure; the specification's schedule, some 3.5 days. The last failure ends the message.
    std::vector<Duration> schedule = {std::chrono::seconds(5), std::chrono::minutes(5), std::chrono::minutes(30),
                                      std::chrono::hours(2),   std::chrono::hours(5),   std::chrono::hours(10),
                                      std::chrono::hours(14),  std::chrono::hours(20),  std::chrono::hours(24)};
    double jitter = 0.1;
    Duration give_up = std::chrono::hours(24 * 5);  // an endpoint that has failed for so long is disabled
    std::size_t at_once = 8;                        // requests to one endpoint
    std::int64_t most_open = 2000;                  // messages of one endpoint; the rest waits in the journal
    Duration old_secret_life = std::chrono::hours(24);
    Duration keep = std::chrono::hours(24 * 30);  // messages that have ended
    std::size_t most_endpoints = 50;
};

// ---- Endpoints (endpoints.cpp). Audited.
// ---------------------------------------------------------------------------------

struct NewEndpoint {
    Text<1, 500> url;
    std::optional<Text<0, 200>> description;
    std::vector<Text<1, 100>> events;  // kinds ("delivery.accepted"), all of a noun ("delivery.*"), or "*"
};
BOOST_DESCRIBE_STRUCT(NewEndpoint, (), (url, description, events))
struct EndpointChange {
    std::optional<Text<1, 500>> url;
    std::optional<Text<0, 200>> description;
    std::optional<std::vector<Text<1, 100>>> events;
    std::optional<EndpointState> state;  // active or paused
    bool skip_missed = false;            // begins anew with what happens from now on
};
BOOST_DESCRIBE_STRUCT(EndpointChange, (), (url, description, events, state, skip_missed))

struct Made {
    Endpoint endpoint;
    std::string secret;  // "whsec_…", shown once
};
// Codes: invalid_fields, too_many_webhooks.
Expected<Made> create_endpoint(store::Tx& tx, people::Act const& act, store::Keyring const& keyring,
                               Settings const& settings, NewEndpoint const& wanted);
Expected<Endpoint> change_endpoint(store::Tx& tx, people::Act const& act, Settings const& settings, EndpointId id,
                                   EndpointChange const& change);
// The old secret signs beside the new one for a while, so that the receiver can change over.
Expected<Made> rotate_secret(store::Tx& tx, people::Act const& act, store::Keyring const& keyring,
                             Settings const& settings, EndpointId id);
Expected<> delete_endpoint(store::Tx& tx, people::Act const& act, EndpointId id);
std::vector<Endpoint> endpoints(store::Reader& reader);
Expected<Endpoint> find_endpoint(store::Reader& reader, EndpointId id);

// ---- Messages (messages.cpp)
// ---------------------------------------------------------------------------------------------

// Queues what the journal says after the endpoint's position. False when there was nothing more, or no room.
struct Filling {
    std::int64_t from = 0, to = 0;
    std::vector<store::Event> events;  // those that it wants
};
Filling plan_filling(Endpoint const& endpoint, std::vector<store::Event> const& events);
bool fill(store::Tx& tx, Endpoint const& endpoint, Filling const& filling, Time now);

struct Claimed {
    MessageId id;
    std::string body;
    std::int64_t attempts = 0, replayed_after = 0;
};
BOOST_DESCRIBE_STRUCT(Claimed, (), (id, body, attempts, replayed_after))
std::vector<Claimed> claim(store::Tx& tx, Settings const& settings, EndpointId endpoint, std::size_t most, Time now);

// What became of an attempt.
struct Answer {
    Time started_at{};
    Duration took{};
    int status = 0;           // 0: none came
    std::string error, body;  // why not; and its beginning
    std::optional<Duration> retry_after = {};
};
MessageState settle(store::Tx& tx, Settings const& settings, EndpointId endpoint, Claimed const& message,
                    Answer const& answer, Time now);

MessageId enqueue_test(store::Tx& tx, people::Act const& act, Endpoint const& endpoint);
std::vector<Message> list_messages(store::Reader& reader, EndpointId endpoint, std::optional<MessageState> state,
                                   std::optional<MessageId> before, std::size_t limit);
Expected<Message> find_message(store::Reader& reader, EndpointId endpoint, MessageId id);
std::vector<Attempt> attempts_of(store::Reader& reader, MessageId id);
// One message again (also a delivered one), or all that failed since. The webhook-id stays.
Expected<> replay(store::Tx& tx, people::Act const& act, EndpointId endpoint, MessageId id);
std::int64_t replay_failed(store::Tx& tx, people::Act const& act, EndpointId endpoint, Time since);

// ---- Events and signatures
// -----------------------------------------------------------------------------------------------

// What may go out at all; whatever else the journal holds stays in the house.
struct EventRow {
    std::string_view kind;   // exact, or a prefix that ends with '.'
    std::string_view words;  // for the documentation
};
std::vector<EventRow> const& event_catalogue();
bool may_go_out(std::string_view kind);
bool wants(std::string_view patterns, std::string_view kind);
std::string body_of(store::Event const& event);

// "v1,<base64>": HMAC-SHA256 over "<id>.<seconds>.<body>" (Standard Webhooks 1.0, "Signature scheme").
std::string signature_of(Key256 const& secret, std::string_view id, std::int64_t seconds, std::string_view body);
std::string secret_text(Key256 const& secret);  // "whsec_…"

// ---- The module
// ----------------------------------------------------------------------------------------------------------

class Webhooks {
  public:
    Webhooks(store::Store& store, store::Keyring const& keyring, net::HttpClient& http, Settings settings,
             Clock clock = system_now);

    // Sends until stop. On an io_context that one thread runs; `jobs` runs on the same.
    Task<> run(net::TaskGroup& jobs, net::Stop stop);

    store::Store& store() { return store_; }
    store::Keyring const& keyring() const { return keyring_; }
    Settings const& settings() const { return settings_; }
    Clock const& clock() const { return clock_; }
    void look() { wake_.notify(); }  // something has changed; any thread

  private:
    Task<bool> fill_all(std::vector<Endpoint> const& active);
    Task<> send_due(Endpoint const& endpoint, net::TaskGroup& jobs);
    Task<> send(Endpoint endpoint, Claimed message);
    Task<Answer> ask(Endpoint const& endpoint, Claimed const& message);
    Task<std::chrono::milliseconds> until_due(std::vector<Endpoint> const& active);
    Task<> forget_old();

    store::Store& store_;
    store::Keyring const& keyring_;
    net::HttpClient& http_;
    Settings settings_;
    Clock clock_;
    net::Signal wake_;
    std::atomic<bool> listening_ = false;  // an endpoint is active: commits are worth a look
    std::map<EndpointId, std::size_t> under_way_;
    Time forgot_at_{};
    std::shared_ptr<void> subscription_;
};

}  // namespace rapport::webhooks
