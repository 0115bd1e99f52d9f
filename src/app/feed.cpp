// The feed and its route.
#include "app/feed.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include "people/people.hpp"
#include "people/permissions.hpp"

namespace rapport::app {
namespace {

constexpr std::size_t batch = 200;
constexpr auto alive_every = std::chrono::seconds(45);
constexpr auto longest_stream =
    std::chrono::hours(1);  // then sessions and keys that have expired meanwhile are noticed

struct EventFilter {
    std::optional<std::string> subject{};
    std::optional<std::int64_t> after{};  // read by the stream: see EventStream::last_event_id()
};
BOOST_DESCRIBE_STRUCT(EventFilter, (), (subject, after))

// What a page sees of an event. Who did it stands in the audit log, for those who may read that.
struct EventView {
    std::int64_t seq;
    Time at;
    std::string kind, subject;
    std::optional<people::CustomerId> customer;
    json::Object data;
};
BOOST_DESCRIBE_STRUCT(EventView, (), (seq, at, kind, subject, customer, data))

// Which permission shows events of a kind; whoever may read events sees the others.
bool may_see(net::Viewer const& viewer, store::Event const& event) {
    struct Row {
        std::string_view prefix;
        net::Permission permission;
    };
    static constexpr Row rows[] = {{"delivery.", people::may_read_deliveries},
                                   {"notice.", people::may_read_deliveries},
                                   {"bulk.", people::may_read_deliveries},
                                   {"schedule.", people::may_read_deliveries},
                                   {"digest.", people::may_read_deliveries},
                                   {"throttle.", people::may_read_deliveries},
                                   {"customer.", people::may_read_customers},
                                   {"preferences.", people::may_read_customers},
                                   {"consent.", people::may_read_customers},
                                   {"suppression.", people::may_read_suppressions},
                                   {"bounce.", people::may_read_suppressions},
                                   {"conversation.", people::may_read_conversations},
                                   {"message.", people::may_read_conversations},
                                   {"looking.", people::may_read_conversations},
                                   {"seen.", people::may_read_conversations},
                                   {"mailbox.", people::may_read_conversations},
                                   {"canned_reply.", people::may_read_conversations},
                                   {"field.", people::may_read_conversations},
                                   {"segment.", people::may_read_conversations},
                                   {"view.", people::may_read_conversations},
                                   {"mention.", people::may_read_conversations},
                                   {"rule.", people::may_read_conversations},
                                   {"macro.", people::may_read_conversations},
                                   {"attributes.", people::may_read_customers},
                                   {"pickup.", people::may_manage_mailboxes},
                                   {"import.", people::may_read_conversations},
                                   {"label.", people::may_read_conversations},
                                   {"team.", people::may_read_conversations},
                                   {"chat_site.", people::may_read_conversations},
                                   {"form.", people::may_read_conversations},
                                   {"article.", people::may_read_knowledge},
                                   {"help_category.", people::may_read_knowledge},
                                   {"help_product.", people::may_read_knowledge},
                                   {"help_file.", people::may_read_knowledge},
                                   {"help.", people::may_read_knowledge},
                                   {"sla.", people::may_read_conversations},
                                   {"routing.", people::may_read_conversations},
                                   {"presence.", people::may_read_conversations},
                                   {"outbox.", people::may_read_outbox},
                                   {"agent.", people::may_read_agents},
                                   {"webhook.", people::may_read_webhooks},
                                   {"api_key.", people::may_manage_keys},
                                   {"session.", people::may_read_agents}};
    for (auto const& row : rows)
        if (event.kind.starts_with(row.prefix)) return viewer.may(row.permission);
    return true;
}

// Whose rights may have changed with the event: their stream ends, and when they come again, they are asked who they
// are.
bool changes_rights_of(net::Viewer const& viewer, store::Event const& event) {
    static constexpr std::string_view kinds[] = {"agent.changed", "agent.password_changed", "session.ended",
                                                 "api_key.revoked"};
    if (std::ranges::find(kinds, event.kind) == std::end(kinds)) return false;
    auto const& actor = viewer.actor;
    return event.subject == (actor.kind == ActorKind::api_key ? to_text(people::ApiKeyId{actor.id})
                                                              : to_text(people::AgentId{actor.id}));
}

net::StreamEvent to_stream(store::Event const& event) {
    EventView view{event.seq, event.at, event.kind, event.subject, {}, event.data};
    if (event.customer) view.customer = people::CustomerId{*event.customer};
    return {json::encode(view), std::to_string(event.seq), {}};
}

struct Reading {
    net::EventStream& stream;
    net::Viewer const& viewer;
    std::optional<std::string> const& subject;
    std::int64_t newest;  // when the viewer was let in
};

// Passes on what the viewer may see. False: the stream is over. Apart from follow(), whose frame every idle stream
// keeps.
Task<bool> pass_on(Reading const& reading, std::span<Feed::EventPointer const> events) {
    for (auto const& event : events) {
        // Older changes were known when the viewer was let in.
        if (event->seq > reading.newest && changes_rights_of(reading.viewer, *event)) co_return false;
        if (reading.subject && *reading.subject != event->subject) continue;
        if (!may_see(reading.viewer, *event)) continue;
        auto message = to_stream(*event);
        bool const sent = co_await reading.stream.send(std::move(message));
        if (!sent) co_return false;
    }
    co_return true;
}

// What no journal has: named, so that who does not know of it is not disturbed; without a number to resume from.
Task<bool> pass_by(Reading const& reading, std::span<Feed::PassingPointer const> all) {
    auto const& actor = reading.viewer.actor;
    for (auto const& one : all) {
        bool const theirs = !one->only || (actor.kind == ActorKind::agent && actor.id == one->only->value);
        if (!theirs || (reading.subject && *reading.subject != one->event.subject)) continue;
        if (!may_see(reading.viewer, one->event)) continue;
        auto message = to_stream(one->event);
        message.id.clear();
        message.name = "passing";
        bool const sent = co_await reading.stream.send(std::move(message));
        if (!sent) co_return false;
    }
    co_return true;
}

Task<Expected<>> follow(Feed& feed, net::Request& request, net::Query<EventFilter> filter, net::EventStream& stream) {
    auto const ends = std::chrono::steady_clock::now() + longest_stream;
    auto seen = feed.signal().count();
    auto passed = feed.passed_count();
    auto const newest = co_await feed.last();
    std::int64_t at = newest;
    auto const last = stream.last_event_id();
    if (!last.empty()) {
        auto const [end, error] = std::from_chars(last.data(), last.data() + last.size(), at);
        if (error != std::errc() || end != last.data() + last.size() || at < 0)
            co_return fail(ErrorKind::invalid, "bad_event_id", "Last-Event-ID must be a number that this stream gave.");
    }
    if (!co_await stream.open()) co_return Expected<>{};
    Reading const reading{stream, request.viewer(), filter->subject, newest};
    auto told = std::chrono::steady_clock::time_point{};
    while (stream.is_open() && std::chrono::steady_clock::now() < ends) {
        if (auto const now = std::chrono::steady_clock::now(); now - told >= alive_every) {
            told = now;
            co_await feed.say_alive(request.viewer().actor);
        }
        auto const passing = feed.passed(passed);
        if (!passing.empty()) {
            bool const heard = co_await pass_by(reading, passing);
            if (!heard) break;
        }
        auto const events = co_await feed.after(at);
        if (events.empty()) {
            seen = co_await feed.signal().wait(seen, std::chrono::minutes(1));
            continue;
        }
        bool const goes_on = co_await pass_on(reading, events);
        if (!goes_on) break;
        at = events.back()->seq;
    }
    co_return Expected<>{};
}

}  // namespace

Feed::Feed(store::Store& store) : store_(store) {
    subscription_ = store_.subscribe([this](std::int64_t) { committed_.notify(); });
}

Task<> Feed::say_alive(Actor const& actor) {
    if (!alive_ || actor.kind != ActorKind::agent) co_return;
    try {
        co_await alive_(people::AgentId{actor.id});
    } catch (Unavailable const&) {
        // Nobody is the less there because the database is away; the next time comes.
    }
}

void Feed::pass(store::Event event, std::optional<people::AgentId> only) {
    auto one = std::make_shared<Passing const>(Passing{std::move(event), only});
    {
        std::scoped_lock const lock(mutex_);
        passing_.push_back(std::move(one));
        if (passing_.size() > passing_kept) passing_.pop_front();
        ++passed_;
    }
    signal_.notify();
}

std::uint64_t Feed::passed_count() {
    std::scoped_lock const lock(mutex_);
    return passed_;
}

std::vector<Feed::PassingPointer> Feed::passed(std::uint64_t& at) {
    std::scoped_lock const lock(mutex_);
    auto const missed = std::min<std::uint64_t>(passed_ - at, passing_.size());
    at = passed_;
    return {passing_.end() - static_cast<std::ptrdiff_t>(missed), passing_.end()};
}

Task<std::int64_t> Feed::last() {
    {
        std::scoped_lock const lock(mutex_);
        if (newest_ > 0) co_return newest_;
    }
    co_return co_await store_.read([](store::Reader& reader) { return store::Store::last_event(reader); });
}

Task<std::vector<Feed::EventPointer>> Feed::after(std::int64_t seq) {
    std::vector<EventPointer> found;
    {
        std::scoped_lock const lock(mutex_);
        if (seq >= newest_ && newest_ > 0) co_return found;
        if (!recent_.empty() && recent_.front()->seq <= seq + 1) {
            for (auto const& event : recent_)
                if (event->seq > seq && found.size() < batch) found.push_back(event);
            co_return found;
        }
    }
    auto events =
        co_await store_.read([seq](store::Reader& reader) { return store::Store::events_after(reader, seq, batch); });
    for (auto& event : events) found.push_back(std::make_shared<store::Event const>(std::move(event)));
    co_return found;
}

Task<> Feed::run(net::Stop stop) {
    std::uint64_t seen = committed_.count();
    // Run again after a failure, it goes on where it was: what is kept in memory has no gap.
    std::int64_t at = 0;
    {
        std::scoped_lock const lock(mutex_);
        at = newest_;
    }
    if (at == 0) {
        at = co_await store_.read([](store::Reader& reader) { return store::Store::last_event(reader); });
        std::scoped_lock const lock(mutex_);
        newest_ = at;
    }
    // A commit of another node has no hint here: look once a second.
    do {
        bool any = false;
        while (true) {
            auto events = co_await store_.read(
                [at](store::Reader& reader) { return store::Store::events_after(reader, at, batch); });
            if (events.empty()) break;
            at = events.back().seq;
            any = true;
            std::scoped_lock const lock(mutex_);
            newest_ = at;
            for (auto& event : events) recent_.push_back(std::make_shared<store::Event const>(std::move(event)));
            while (recent_.size() > kept) recent_.pop_front();
        }
        if (any) signal_.notify();
    } while (co_await stop.wait(committed_, seen, std::chrono::seconds(1)));
}

net::Routes routes(Feed& feed) {
    return {net::get<"/v1/events">(
        people::may_read_events,
        "What happens, as server-sent events; resumes after Last-Event-ID or ?after=", net::with(feed, follow))};
}

}  // namespace rapport::app
