// Event streams: resume, heartbeat, a client that goes, a client that does not read, drain.
#include <gmock/gmock.h>

#include "net/task_group.hpp"
#include "net/test_server.hpp"

namespace rapport::net {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

struct Feed {
    Signal signal;
    std::atomic<int> ended = 0;
};

struct Ended {
    Feed& feed;
    ~Ended() { ++feed.ended; }
};

// Counts upwards from what the client saw last; each notify() is one event.
Task<Expected<>> follow(Feed& feed, Request&, EventStream& stream) {
    Ended const ended{feed};
    auto const last = stream.last_event_id();
    std::uint64_t seen = last.empty() ? feed.signal.count() : std::stoull(last);
    bool open = co_await stream.open();
    while (open) {
        auto const count = co_await feed.signal.wait(seen, std::chrono::hours(1));
        while (open && seen < count) {
            ++seen;
            open = co_await stream.send(
                {.data = "line\n" + std::to_string(seen), .id = std::to_string(seen), .name = "tick"});
        }
    }
    co_return Expected<>{};
}
Task<Expected<>> flood(Feed& feed, Request&, EventStream& stream) {
    Ended const ended{feed};
    std::string const data(10'000, 'x');
    while (co_await stream.send({.data = data})) {
    }
    co_return Expected<>{};
}
Task<Expected<>> refuse(Request&, EventStream&) { co_return fail(ErrorKind::not_found, "no_feed", "No such feed."); }

Routes routes(Feed& feed) {
    return {
        get<"/events">(anyone, "Events", with(feed, follow)),
        get<"/flood">(anyone, "Flood", with(feed, flood)),
        get<"/none">(anyone, "None", refuse),
    };
}
void wait_for(std::function<bool()> const& so) {
    for (int i = 0; i < 10'000 && !so(); ++i) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_TRUE(so());
}
}  // namespace

TEST(EventStream, sends_events_and_resumes_after_the_last_one) {
    Feed feed;
    TestServer server(routes(feed));
    RawClient client(server);
    client.send(get_text("/events"));
    auto const head = client.until("\r\n\r\n");
    EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream"));
    feed.signal.notify();
    EXPECT_EQ(client.until("\n\n"), "event: tick\nid: 1\ndata: line\ndata: 1\n\n");
    client.close();
    wait_for([&] { return feed.ended == 1; });
    feed.signal.notify();
    feed.signal.notify();
    RawClient again(server);
    again.send(get_text("/events", "Last-Event-ID: 1\r\n"));
    again.until("\r\n\r\n");
    EXPECT_THAT(again.until("\n\n"), HasSubstr("id: 2\n"));
    EXPECT_THAT(again.until("\n\n"), HasSubstr("id: 3\n"));
    RawClient by_query(server);
    by_query.send(get_text("/events?after=2"));
    by_query.until("\r\n\r\n");
    EXPECT_THAT(by_query.until("\n\n"), HasSubstr("id: 3\n"));
}

TEST(EventStream, beats_while_nothing_happens) {
    Feed feed;
    ServerOptions options;
    options.heartbeat = milliseconds(100);
    TestServer server(routes(feed), options);
    RawClient client(server);
    client.send(get_text("/events"));
    client.until("\r\n\r\n");
    EXPECT_EQ(client.until("\n\n"), ":\n\n");
    EXPECT_EQ(client.until("\n\n"), ":\n\n");
}

TEST(EventStream, ends_for_a_client_that_does_not_read) {
    Feed feed;
    ServerOptions options;
    options.write = milliseconds(200);
    TestServer server(routes(feed), options);
    RawClient client(server);
    client.send(get_text("/flood"));
    wait_for([&] { return feed.ended == 1; });
    wait_for([&] { return server.server.counts().streams == 0; });
}

TEST(EventStream, may_be_refused_like_any_request) {
    Feed feed;
    TestServer server(routes(feed));
    RawClient client(server);
    client.send(get_text("/none"));
    auto const response = client.response();
    EXPECT_EQ(status_in(response), 404);
    EXPECT_THAT(response, HasSubstr("no_feed"));
}

TEST(EventStream, ends_when_the_server_drains) {
    Feed feed;
    TestServer server(routes(feed));
    RawClient client(server);
    client.send(get_text("/events"));
    client.until("\r\n\r\n");
    server.server.stop();
    EXPECT_EQ(client.rest(), "");
    EXPECT_EQ(feed.ended, 1);
}

TEST(EventStream, costs_no_request_after_many_clients_went) {
    Feed feed;
    TestServer server(routes(feed));
    for (int round = 0; round < 3; ++round) {
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 50; ++i) {
            clients.push_back(std::make_unique<RawClient>(server));
            clients.back()->send(get_text("/events"));
        }
        for (auto& client : clients) client->until("\r\n\r\n");
        EXPECT_EQ(server.server.counts().streams, 50U);
        clients.clear();
        wait_for([&] { return server.server.counts().connections == 0; });
    }
    EXPECT_EQ(feed.ended, 150);
}

}  // namespace rapport::net
