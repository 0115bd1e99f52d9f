// The job: moves what endpoints want from the journal into their queues, and sends what is due.
#include "base/log.hpp"
#include "net/client.hpp"
#include "store/keyring.hpp"
#include "webhooks/sql.hpp"
#include "webhooks/webhooks.hpp"

namespace rapport::webhooks {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t events_at_once = 500;
constexpr std::size_t kept_answer = 500;
constexpr auto gather = 20ms;  // what is committed within it goes into one transaction
constexpr auto look_again = 1000ms;

// The answer's beginning as text that a page may show.
std::string beginning_of(std::string_view body) {
    std::string text(body.substr(0, kept_answer));
    while (!text.empty() && !is_plain_text(text)) text.pop_back();  // also a character that was cut
    return text;
}

std::optional<Duration> retry_after_of(net::HttpReply const& reply) {
    auto const field = reply.headers.find("Retry-After");
    if (field.empty() || field.size() > 6 || field.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;  // the form with a date is not heard: the schedule decides
    return std::chrono::seconds(std::stol(std::string(field)));
}

}  // namespace

Webhooks::Webhooks(store::Store& store, store::Keyring const& keyring, net::HttpClient& http, Settings settings,
                   Clock clock)
    : store_(store), keyring_(keyring), http_(http), settings_(std::move(settings)), clock_(std::move(clock)) {
    subscription_ = store_.subscribe([this](std::int64_t) {
        if (listening_) wake_.notify();
    });
}

Task<> Webhooks::run(net::TaskGroup& jobs, net::Stop stop) {
    for (std::uint64_t seen = wake_.count();;) {
        auto const all = co_await store_.read([](store::Reader& reader) { return endpoints(reader); });
        std::vector<Endpoint> active;
        for (auto const& endpoint : all)
            if (endpoint.state == EndpointState::active) active.push_back(endpoint);
        listening_ = !active.empty();
        bool const more = co_await fill_all(active);
        for (auto const& endpoint : active) co_await send_due(endpoint, jobs);
        if (clock_() - forgot_at_ > std::chrono::minutes(10)) co_await forget_old();
        auto const wait = more ? 0ms : co_await until_due(active);
        bool go_on = co_await stop.wait(wake_, seen, wait);
        if (go_on && !active.empty()) go_on = co_await stop.sleep(gather);
        if (!go_on) co_return;
    }
}

// True when the journal holds more for somebody.
Task<bool> Webhooks::fill_all(std::vector<Endpoint> const& active) {
    bool more = false;
    for (auto const& endpoint : active) {
        auto const filling = co_await store_.read([&](store::Reader& reader) -> std::optional<Filling> {
            auto const open =
                reader.one<std::int64_t>(sql::open_messages, endpoint.id, settings_.most_open).value_or(0);
            if (open >= settings_.most_open) return std::nullopt;
            return plan_filling(endpoint, store::Store::events_after(reader, endpoint.position, events_at_once));
        });
        if (!filling || filling->to <= filling->from) continue;
        auto const now = clock_();
        co_await store_.write([&](store::Tx& tx) { return fill(tx, endpoint, *filling, now); });
        more = more || filling->to - filling->from >= static_cast<std::int64_t>(events_at_once);
    }
    co_return more;
}

Task<> Webhooks::send_due(Endpoint const& endpoint, net::TaskGroup& jobs) {
    auto const busy = under_way_[endpoint.id];
    if (busy >= settings_.at_once) co_return;
    auto const now = clock_();
    // Look before claiming: most looks find nothing, and need no transaction.
    auto const due =
        co_await store_.read([&](store::Reader& r) { return r.one<std::optional<Time>>(sql::next_due, endpoint.id); });
    if (!due || !*due || **due > now) co_return;
    auto const claimed = co_await store_.write(
        [&](store::Tx& tx) { return claim(tx, settings_, endpoint.id, settings_.at_once - busy, now); });
    under_way_[endpoint.id] += claimed.size();
    for (auto const& message : claimed)
        jobs.spawn("webhook", [this, endpoint, message](net::Stop) { return send(endpoint, message); });
}

Task<> Webhooks::send(Endpoint endpoint, Claimed message) {
    struct Done {
        Webhooks& of;
        EndpointId endpoint;
        ~Done() {
            --of.under_way_[endpoint];
            of.wake_.notify();
        }
    } const done{*this, endpoint.id};
    auto const answer = co_await ask(endpoint, message);
    auto const now = clock_();
    auto const state =
        co_await store_.write([&](store::Tx& tx) { return settle(tx, settings_, endpoint.id, message, answer, now); });
    if (state != MessageState::delivered)
        log::info("webhook_not_taken", {{"webhook", to_text(endpoint.id)},
                                        {"message", to_text(message.id)},
                                        {"attempt", message.attempts},
                                        {"reason", answer.error}});
}

Task<Answer> Webhooks::ask(Endpoint const& endpoint, Claimed const& message) {
    Answer answer;
    answer.started_at = clock_();
    auto const started = std::chrono::steady_clock::now();
    auto const secret = keyring_.unwrap(endpoint.wrapped_secret.bytes);
    if (!secret) {
        answer.error = "its secret does not open with this installation's master key";
        co_return answer;
    }
    auto const id = to_text(message.id);
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(answer.started_at.time_since_epoch()).count();
    auto signatures = signature_of(*secret, id, seconds, message.body);
    if (endpoint.old_wrapped_secret && endpoint.old_secret_until && answer.started_at < *endpoint.old_secret_until)
        if (auto const old = keyring_.unwrap(endpoint.old_wrapped_secret->bytes))
            signatures += " " + signature_of(*old, id, seconds, message.body);
    net::HttpRequest request{.method = "POST", .url = endpoint.url, .body = message.body};
    request.headers.add("Content-Type", "application/json");
    request.headers.add("webhook-id", id);
    request.headers.add("webhook-timestamp", std::to_string(seconds));
    request.headers.add("webhook-signature", signatures);
    request.timeout = settings_.timeout;
    request.response_limit = 64 << 10;
    auto const reply = co_await http_.send(std::move(request));
    answer.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
    if (!reply) {
        answer.error = reply.error().text;
        co_return answer;
    }
    answer.status = reply->status;
    answer.body = beginning_of(reply->body);
    answer.retry_after = retry_after_of(*reply);
    if (answer.status / 100 != 2) answer.error = "it answered " + std::to_string(answer.status);
    co_return answer;
}

Task<std::chrono::milliseconds> Webhooks::until_due(std::vector<Endpoint> const& active) {
    auto const now = clock_();
    auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(look_again);
    for (auto const& endpoint : active) {
        if (under_way_[endpoint.id] >= settings_.at_once) continue;  // woken when one of them ends
        auto const next = co_await store_.read(
            [&](store::Reader& r) { return r.one<std::optional<Time>>(sql::next_due, endpoint.id); });
        if (next && *next)
            wait = std::min(wait, std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(**next - now)));
    }
    co_return wait;
}

Task<> Webhooks::forget_old() {
    constexpr std::size_t at_once = 1000;
    auto const now = clock_();
    co_await store_.write([&](store::Tx& tx) {
        tx.exec(sql::forget_attempts, now - settings_.keep, at_once);
        tx.exec(sql::forget_messages, now - settings_.keep, at_once);
        return true;
    });
    forgot_at_ = now;
}

}  // namespace rapport::webhooks
