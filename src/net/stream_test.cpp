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
// Says something more often than anybody is asked whether they are there.
Task<Expected<>> chatter(Request&, EventStream& stream) {
    for (bool open = true; open; open = co_await stream.send({.data = "x"})) co_await sleep(milliseconds(20));
    co_return Expected<>{};
}
Task<Expected<>> refuse(Request&, EventStream&) { co_return fail(ErrorKind::not_found, "no_feed", "No such feed."); }

Routes routes(Feed& feed) {
    return {
        get<"/events">(anyone, "Events", with(feed, follow)),
        get<"/flood">(anyone, "Flood", with(feed, flood)),
        get<"/none">(anyone, "None", refuse),
        get<"/chatter">(anyone, "Chatter", chatter),
    };
}
void wait_for(std::function<bool()> const& so) {
    for (int i = 0; i < 10'000 && !so(); ++i) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_TRUE(so());
}

std::string socket_text(std::string const& path, std::string const& more = {}) {
    return get_text(path,
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                    "dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                        more);
}
std::string const empty_ping("\x89\x80\0\0\0\0", 6), empty_pong("\x8A\x80\0\0\0\0", 6);
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

// CORS does not bind a WebSocket, and a cookie goes with it from other hosts of the same site.
TEST(WebSocket, is_opened_to_pages_of_our_own_alone) {
    Feed feed;
    TestServer server(routes(feed));
    auto const status = [&](std::string const& fields) {
        RawClient client(server);
        client.send(socket_text("/events", fields));
        return status_in(client.until("\r\n\r\n"));
    };
    EXPECT_EQ(status("Origin: http://shop.h\r\n"), 403);
    EXPECT_EQ(status("Origin: http://h\r\nSec-Fetch-Site: same-site\r\n"), 403);
    EXPECT_EQ(status("Origin: http://h\r\n"), 101);
    EXPECT_EQ(status("Origin: http://h\r\nSec-Fetch-Site: same-origin\r\n"), 101);
    EXPECT_EQ(status(""), 101) << "a program";
    RawClient reader(server);
    reader.send(get_text("/events", "Origin: http://shop.h\r\n"));
    EXPECT_EQ(status_in(reader.until("\r\n\r\n")), 200) << "what it reads, CORS keeps from the page";
}

TEST(WebSocket, stays_open_however_much_is_said_on_it) {
    Feed feed;
    ServerOptions options;
    options.heartbeat = milliseconds(200);
    TestServer server(routes(feed), options);
    RawClient client(server);
    client.send(socket_text("/chatter"));
    client.until("\r\n\r\n");
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(client.until(std::string("\x89\0", 2)).ends_with(std::string("\x89\0", 2))) << "a ping";
        EXPECT_FALSE(client.closed);
        client.send(empty_pong);
    }
    EXPECT_THAT(client.rest(), HasSubstr("\x81\x01x")) << "who answers no more is left in the end";
}

TEST(WebSocket, answers_a_client_that_did_not_wait) {
    Feed feed;
    TestServer server(routes(feed));
    RawClient client(server);
    client.send(socket_text("/events") + empty_ping);
    client.until("\r\n\r\n");
    EXPECT_EQ(client.until(std::string("\x8A\0", 2)), std::string("\x8A\0", 2));
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
