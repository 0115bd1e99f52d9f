// The server's connections as raw sockets see them: pipelining, cut requests, limits, deadlines, drain.
#include <gmock/gmock.h>

#include <future>

#include "net/task_group.hpp"
#include "net/test_server.hpp"

namespace rapport::net {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

struct Note {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(Note, (), (text))

Task<Expected<Note>> echo(Request&, Body<Note> body) { co_return std::move(body.value); }
Task<Response> upload(Request& request) { co_return text(std::to_string(request.body().size())); }
Task<Expected<Note>> receive(Request&, BodyStream& body) {
    std::size_t size = 0, pieces = 0;
    while (true) {
        auto const piece = co_await body.next();
        if (!piece) co_return fail(piece.error());
        if (piece->empty()) break;
        if (piece->starts_with("stop")) co_return fail(ErrorKind::invalid, "stopped", "No more of this.");
        size += piece->size();
        ++pieces;
    }
    co_return Note{std::to_string(size) + (pieces > 1 ? " in pieces" : "")};
}
Task<Expected<Response>> pieces(Request&, int n) {
    auto left = std::make_shared<int>(n);
    auto next = [left, n]() -> Task<std::string> {
        if (n == 13 && *left == 1) throw std::runtime_error("broken half-way");
        co_return (*left)-- > 0 ? std::string(1'000, 'p') : std::string();
    };
    co_return attachment(PieceBody{next}, "text/csv", "report.csv");
}
Task<Response> slow(Request&) {
    co_await sleep(milliseconds(300));
    co_return text("done");
}
Task<Response> endless(Request&) {
    co_await sleep(std::chrono::hours(1));
    co_return text("never");
}

Routes routes() {
    return {
        get<"/ping">(anyone, "Ping", [](Request&) -> Task<Response> { co_return text("pong"); }),
        get<"/who/{name}">(anyone, "Name", [](Request&, std::string name) -> Task<Response> { co_return text(name); }),
        post<"/notes">(anyone, "Echo", echo),
        post<"/upload">(anyone, "Size", upload, {.kind = Kind::upload, .body_limit = 100'000}),
        post<"/receive">(anyone, "Read while it arrives", receive, {.body_limit = 300'000}),
        get<"/pieces/{n}">(anyone, "Made while it is sent", pieces, {.kind = Kind::file}),
        get<"/slow">(anyone, "Slow", slow),
        get<"/endless">(anyone, "Endless", endless, {.deadline = std::chrono::seconds(1)}),
        get<"/broken">(anyone, "Broken", [](Request&) -> Task<Response> { throw std::runtime_error("secret detail"); }),
        get<"/full">(anyone, "Full", [](Request&) -> Task<Response> { throw Unavailable("disk full"); }),
        get<"/big">(anyone, "Big", [](Request&) -> Task<Response> { co_return text(std::string(20 << 20, 'x')); },
                    {.compress = false}),
    };
}

ServerOptions hasty() {
    ServerOptions options;
    options.idle = options.header = options.body_grace = options.write = milliseconds(300);
    options.drain = milliseconds(1'500);
    return options;
}

}  // namespace

TEST(Session, tells_the_handler_when_the_answer_has_left_whole_and_only_then) {
    std::atomic<int> left = 0;
    auto const answer = [&left](std::size_t size) {
        return [&left, size](Request&) -> Task<Response> {
            auto response = text(std::string(size, 'x'));
            response.may_compress = false;
            response.after_sent = [&left]() -> Task<> {
                co_await sleep(milliseconds(20));
                ++left;
            };
            co_return response;
        };
    };
    Routes const routes{get<"/small">(anyone, "Small", answer(10)), get<"/large">(anyone, "Large", answer(64 << 20))};
    TestServer server(routes, hasty());
    {
        RawClient client(server);
        client.send("HEAD /small HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(status_in(client.response(false)), 200);
        EXPECT_EQ(left, 0) << "HEAD sends nothing of it";
        EXPECT_EQ(status_in(client.ask(get_text("/small"))), 200);
        EXPECT_EQ(status_in(client.ask(get_text("/small"))), 200);
        EXPECT_GE(left, 1) << "before the next request is read";
    }
    while (left < 2) std::this_thread::sleep_for(milliseconds(5));
    {
        RawClient client(server);
        client.send(get_text("/large"));
        EXPECT_EQ(status_in(client.until("\r\n\r\n")), 200);
    }
    RawClient another(server);
    EXPECT_EQ(status_in(another.ask(get_text("/small"))), 200);
    std::this_thread::sleep_for(milliseconds(500));  // longer than a write may take
    EXPECT_EQ(left, 3) << "the connection broke before the end of the large one";
}

TEST(Session, answers_and_keeps_the_connection) {
    TestServer server(routes());
    RawClient client(server);
    for (int i = 0; i < 3; ++i) {
        auto const response = client.ask(get_text("/ping"));
        EXPECT_EQ(status_in(response), 200);
        EXPECT_EQ(body_in(response), "pong");
    }
}

TEST(Session, answers_pipelined_requests_in_order) {
    TestServer server(routes());
    RawClient client(server);
    std::string many;
    for (int i = 0; i < 50; ++i) many += get_text("/who/" + std::to_string(i));
    many += post_text("/upload", "application/octet-stream", std::string(3'000, 'a'));
    many += get_text("/who/last");
    client.send(many);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(body_in(client.response()), std::to_string(i));
    EXPECT_EQ(body_in(client.response()), "3000");
    EXPECT_EQ(body_in(client.response()), "last");
}

TEST(Session, takes_a_request_in_single_octets) {
    TestServer server(routes());
    RawClient client(server);
    for (char c : post_text("/notes", "application/json", R"({"text":"hi"})")) client.send({&c, 1});
    EXPECT_EQ(body_in(client.response()), R"({"text":"hi"})");
}

TEST(Session, takes_chunked_bodies_up_to_the_limit) {
    TestServer server(routes());
    RawClient client(server);
    std::string const head = "POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(body_in(client.ask(head + "5\r\nhello\r\n6; a=b\r\n world\r\n0\r\n\r\n")), "11");
    EXPECT_EQ(body_in(client.ask(get_text("/ping"))), "pong");
    std::string large = head;
    for (int i = 0; i < 20; ++i) large += "2000\r\n" + std::string(0x2000, 'x') + "\r\n";
    client.send(large);
    auto const refused = client.response();
    EXPECT_EQ(status_in(refused), 413);
    EXPECT_THAT(refused, HasSubstr("Connection: close"));
}

TEST(Session, refuses_a_large_body_before_reading_it) {
    TestServer server(routes());
    RawClient client(server);
    client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n");
    auto const response = client.response();
    EXPECT_EQ(status_in(response), 413);
    EXPECT_THAT(response, HasSubstr("body_too_large"));
}

TEST(Session, says_continue_when_the_body_is_welcome) {
    TestServer server(routes());
    RawClient client(server);
    client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(body_in(client.ask("abcd")), "4");
}

TEST(Session, gives_a_body_to_its_handler_while_it_arrives) {
    TestServer server(routes());
    RawClient client(server);
    std::string const large(250'000, 'a');
    EXPECT_THAT(client.ask(post_text("/receive", "text/csv", large)), HasSubstr(R"({"text":"250000 in pieces"})"));
    EXPECT_THAT(client.ask(post_text("/receive", "text/csv", "")), HasSubstr(R"({"text":"0"})"));  // goes on
    client.send("POST /receive HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n");
    client.send("3\r\nxyz\r\n0\r\n\r\n");
    EXPECT_THAT(client.response(), HasSubstr(R"({"text":"8)"));
    EXPECT_THAT(client.ask(post_text("/receive", "text/csv", "abc", "Expect: 100-continue\r\n")),
                HasSubstr("100 Continue"));
}

TEST(Session, ends_a_body_that_is_too_long_or_that_its_handler_does_not_want) {
    TestServer server(routes());
    {
        RawClient client(server);
        client.send("POST /receive HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 4; ++i) client.send("186a0\r\n" + std::string(100'000, 'x') + "\r\n");
        auto const answer = client.rest();
        EXPECT_THAT(answer, HasSubstr("413"));
        EXPECT_THAT(answer, HasSubstr("more than 300000 octets"));
    }
    RawClient client(server);
    client.send("POST /receive HTTP/1.1\r\nHost: h\r\nContent-Length: 250000\r\n\r\nstop");
    auto const answer = client.rest();  // the connection ends: nobody reads the rest
    EXPECT_THAT(answer, HasSubstr("\"code\":\"stopped\""));
}

TEST(Session, ends_a_body_that_arrives_too_slowly_or_not_at_all) {
    TestServer server(routes(), hasty());
    RawClient client(server);
    client.send("POST /receive HTTP/1.1\r\nHost: h\r\nContent-Length: 250000\r\n\r\nabc");
    EXPECT_THAT(client.rest(), HasSubstr("request_timeout"));
}

TEST(Session, sends_a_body_that_is_made_meanwhile) {
    TestServer server(routes());
    {
        RawClient client(server);
        client.send(get_text("/pieces/3"));
        auto const answer = client.until("\r\n0\r\n\r\n");
        EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
        EXPECT_THAT(answer, HasSubstr("filename=\"report.csv\""));
        EXPECT_EQ(std::ranges::count(answer, 'p'),
                  std::ranges::count(answer.substr(0, answer.find("\r\n\r\n")), 'p') + 3'000);
        EXPECT_THAT(client.ask(get_text("/ping")), HasSubstr("pong"));  // the connection goes on
        client.send(get_text("/pieces/0"));
        client.until("\r\n\r\n0\r\n\r\n");
        client.send(get_text("/pieces/13"));
        EXPECT_THAT(client.rest(), testing::Not(HasSubstr("\r\n0\r\n\r\n")));  // broken: no end, so that it shows
    }
    RawClient old(server);
    old.send("GET /pieces/2 HTTP/1.0\r\nHost: h\r\n\r\n");
    auto const answer = old.rest();
    EXPECT_THAT(answer, testing::Not(HasSubstr("chunked")));
    EXPECT_EQ(body_in(answer), std::string(2'000, 'p'));
}

TEST(Session, bounds_addresses_and_header_fields) {
    TestServer server(routes());
    EXPECT_EQ(status_in(RawClient(server).ask(get_text("/" + std::string(9'000, 'a')))), 414);
    EXPECT_EQ(status_in(RawClient(server).ask("GET /" + std::string(60'000, 'a'))), 414);
    EXPECT_EQ(status_in(RawClient(server).ask(get_text("/ping", "X: " + std::string(17'000, 'a') + "\r\n"))), 431);
    std::string many;
    for (int i = 0; i < 101; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    EXPECT_EQ(status_in(RawClient(server).ask(get_text("/ping", many))), 431);
    EXPECT_EQ(status_in(RawClient(server).ask("GET /ping HTTP/1.1\r\nHost: h\r\nX: " + std::string(60'000, 'a'))), 431);
}

TEST(Session, refuses_what_is_not_a_plain_request) {
    TestServer server(routes());
    EXPECT_EQ(status_in(RawClient(server).ask("hello there\r\n\r\n")), 400);
    EXPECT_EQ(status_in(RawClient(server).ask("GET /ping HTTP/1.1\r\n\r\n")), 400);
    EXPECT_EQ(status_in(RawClient(server).ask("GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")), 400);
    EXPECT_EQ(status_in(RawClient(server).ask("GET /ping HTTP/2.0\r\nHost: a\r\n\r\n")), 505);
    EXPECT_EQ(status_in(RawClient(server).ask(
                  "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")),
              400);
    EXPECT_EQ(status_in(RawClient(server).ask(
                  "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n")),
              400);
    EXPECT_EQ(status_in(RawClient(server).ask("POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n")), 400);
    EXPECT_EQ(status_in(RawClient(server).ask("GET /ping HTTP/1.1\r\nHost: a\r\nbad field\r\n\r\n")), 400);
    EXPECT_EQ(status_in(RawClient(server).ask("BREW /ping HTTP/1.1\r\nHost: a\r\n\r\n")), 405);
}

TEST(Session, ends_idle_slow_and_half_requests) {
    TestServer server(routes(), hasty());
    RawClient idle(server), slow_loris(server), half_body(server);
    slow_loris.send("GET /ping HTTP/1.1\r\nHost:");
    half_body.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc");
    EXPECT_EQ(idle.rest(), "");
    EXPECT_EQ(status_in(slow_loris.rest()), 408);
    EXPECT_EQ(status_in(half_body.rest()), 408);
    RawClient cut(server);
    cut.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc");
    cut.shutdown_send();
    EXPECT_EQ(cut.rest(), "");
}

TEST(Session, ends_a_client_that_does_not_read) {
    TestServer server(routes(), hasty());
    RawClient client(server);
    client.send(get_text("/big"));
    while (server.server.counts().requests != 1) std::this_thread::yield();
    while (server.server.counts().connections != 0) std::this_thread::yield();
}

TEST(Session, gives_up_a_handler_at_its_deadline) {
    TestServer server(routes(), hasty());
    RawClient client(server);
    auto const response = client.ask(get_text("/endless"));
    EXPECT_EQ(status_in(response), 503);
    EXPECT_THAT(response, HasSubstr("handler_timeout"));
    EXPECT_EQ(body_in(client.ask(get_text("/ping"))), "pong");
}

TEST(Session, tells_nothing_of_what_broke) {
    TestServer server(routes());
    RawClient client(server);
    auto const broken = client.ask(get_text("/broken", "X-Request-Id: abc-1\r\n"));
    EXPECT_EQ(status_in(broken), 500);
    EXPECT_THAT(broken, HasSubstr("\"request_id\":\"abc-1\""));
    EXPECT_THAT(broken, Not(HasSubstr("secret detail")));
    auto const full = client.ask(get_text("/full"));
    EXPECT_EQ(status_in(full), 503);
    EXPECT_THAT(full, HasSubstr("Retry-After: 1"));
}

TEST(Session, refuses_connections_beyond_the_cap) {
    ServerOptions options;
    options.max_connections = 2;
    TestServer server(routes(), options);
    RawClient a(server), b(server);
    a.ask(get_text("/ping"));
    b.ask(get_text("/ping"));
    RawClient c(server);
    EXPECT_EQ(status_in(c.rest()), 503);
    EXPECT_EQ(server.server.counts().refused, 1U);
    EXPECT_EQ(body_in(a.ask(get_text("/ping"))), "pong");
}

TEST(Session, drains_what_is_under_way_and_closes_the_idle) {
    TestServer server(routes());
    RawClient idle(server), busy(server);
    idle.ask(get_text("/ping"));
    busy.send(get_text("/slow"));
    while (server.server.counts().connections < 2) std::this_thread::yield();
    std::this_thread::sleep_for(milliseconds(50));
    auto stopping = std::async(std::launch::async, [&] { server.server.stop(); });
    auto const answer = busy.rest();
    EXPECT_EQ(status_in(answer), 200);
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_EQ(idle.rest(), "");
    stopping.get();
    EXPECT_EQ(server.server.counts().connections, 0U);
}

TEST(Session, cuts_what_does_not_end_while_draining) {
    auto options = hasty();
    options.drain = milliseconds(200);
    TestServer server(routes(), options);
    RawClient busy(server);
    busy.send(get_text("/endless"));
    while (server.server.counts().connections < 1) std::this_thread::yield();
    std::this_thread::sleep_for(milliseconds(50));
    server.server.stop();
    EXPECT_EQ(server.server.counts().connections, 0U);
}

TEST(Session, answers_http_1_0_and_closes) {
    TestServer server(routes());
    RawClient client(server);
    client.send("GET /ping HTTP/1.0\r\n\r\n");
    EXPECT_EQ(body_in(client.rest()), "pong");
}

TEST(Server, says_so_when_its_port_is_taken) {
    TestServer server(routes());
    Threads threads;
    ServerOptions options;
    options.port = server.server.port();
    Server second(options, routes(), nobody);
    auto const contexts = threads.all();
    EXPECT_THAT([&] { second.start(contexts); },
                testing::ThrowsMessage<std::runtime_error>(HasSubstr("cannot listen")));
}

}  // namespace rapport::net
