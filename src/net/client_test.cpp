// The HTTP client against our own server, and TLS from both ends.
#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdlib>
#include <filesystem>

#include "net/client.hpp"
#include "net/task_group.hpp"
#include "net/test_server.hpp"

namespace rapport::net {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

Routes routes() {
    return {
        get<"/ping">(anyone, "Ping",
                     [](Request& r) -> Task<Response> { co_return text(std::string(r.header("X-Test")) + "pong"); }),
        post<"/size">(
            anyone, "Size",
            [](Request& r) -> Task<Response> { co_return text(std::to_string(r.body().size()) + r.media_type()); },
            {.kind = Kind::upload}),
        get<"/large">(anyone, "Large", [](Request&) -> Task<Response> { co_return text(std::string(100'000, 'x')); }),
        get<"/never">(anyone, "Never",
                      [](Request&) -> Task<Response> {
                          co_await sleep(std::chrono::hours(1));
                          co_return text("");
                      }),
        get<"/away">(anyone, "Away", [](Request&) -> Task<Response> { co_return see_other("/ping"); }),
        get<"/far">(anyone, "Far",
                    [](Request& r) -> Task<Response> {
                        co_return see_other(
                            "http://127.0.0.2:" + std::string(r.header("Host").substr(r.header("Host").find(':') + 1)) +
                            "/ping");
                    }),
        get<"/missing">(anyone, "Missing",
                        [](Request&) -> Task<Expected<Response>> { co_return fail(ErrorKind::not_found, "x", "y"); }),
    };
}
HttpClientOptions here() {
    HttpClientOptions options;
    options.allowed_private = {"127.0.0.1", "localhost"};
    return options;
}
ServerOptions short_drain() {
    ServerOptions options;
    options.drain = milliseconds(100);
    return options;
}

// A self-signed certificate for localhost, made by the openssl command.
struct Certificate {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("rapport-tls-" + std::to_string(::getpid()));
    std::filesystem::path certificate = folder / "cert.pem", key = folder / "key.pem";
    Certificate() {
        std::filesystem::create_directories(folder);
        make();
    }
    ~Certificate() { std::filesystem::remove_all(folder); }
    void make() const {
        std::string const command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
            "-addext subjectAltName=DNS:localhost -keyout " +
            key.string() + " -out " + certificate.string() + " 2>/dev/null";
        EXPECT_EQ(std::system(command.c_str()), 0);
    }
};

}  // namespace

TEST(HttpClient, sends_and_receives) {
    TestServer server(routes());
    HttpClient client(here());
    HttpRequest request{.url = server.url("/ping")};
    request.headers.add("X-Test", "a");
    auto const reply = client.send_now(request);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "apong");
    EXPECT_EQ(reply->headers.find("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(reply->address, "127.0.0.1");
    HttpRequest post{.method = "POST", .url = server.url("/size"), .body = std::string(50'000, 'x')};
    post.headers.add("Content-Type", "application/timestamp-query");
    EXPECT_EQ(client.send_now(post)->body, "50000application/timestamp-query");
    EXPECT_EQ(client.send_now({.url = server.url("/missing")})->status, 404);
    EXPECT_EQ(client.send_now({.method = "HEAD", .url = server.url("/ping")})->status, 200);
}

TEST(HttpClient, is_awaited_by_coroutines) {
    TestServer server(routes());
    HttpClient client(here());
    auto const ask = [](HttpClient& c, std::string url) -> Task<int> {
        HttpRequest request{.url = std::move(url)};
        auto const reply = co_await c.send(std::move(request));
        co_return reply ? reply->status : -1;
    };
    std::vector<std::future<int>> replies;
    for (int i = 0; i < 100; ++i)
        replies.push_back(
            asio::co_spawn(server.threads.first().get_executor(), ask(client, server.url("/ping")), asio::use_future));
    for (auto& reply : replies) EXPECT_EQ(reply.get(), 200);
}

TEST(HttpClient, keeps_out_of_private_networks) {
    TestServer server(routes());
    HttpClient client;
    auto const refused = client.send_now({.url = server.url("/ping")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "http_forbidden_address");
    auto const by_name = client.send_now({.url = "http://localhost:" + std::to_string(server.server.port()) + "/ping"});
    ASSERT_FALSE(by_name);
    EXPECT_EQ(by_name.error().code, "http_forbidden_address");
    EXPECT_EQ(client.send_now({.url = "http://[::ffff:127.0.0.1]:1/"}).error().code, "http_forbidden_address");
    EXPECT_EQ(client.send_now({.url = "http://2130706433/"}).error().code, "http_forbidden_address");
    EXPECT_EQ(server.server.counts().requests, 0U);
    HttpClientOptions port_only;
    port_only.allowed_private = {"127.0.0.1:" + std::to_string(server.server.port())};
    HttpClient exact(port_only);
    EXPECT_TRUE(exact.send_now({.url = server.url("/ping")}));
    EXPECT_EQ(exact.send_now({.url = "http://127.0.0.1:1/"}).error().code, "http_forbidden_address");
}

TEST(HttpClient, knows_private_addresses) {
    for (auto const* closed : {"127.0.0.1",       "10.1.2.3",        "172.16.0.1",    "172.31.255.255",
                               "192.168.1.1",     "169.254.169.254", "100.64.0.1",    "0.0.0.0",
                               "224.0.0.1",       "255.255.255.255", "::1",           "::",
                               "fe80::1",         "fc00::1",         "fd12::1",       "ff02::1",
                               "::ffff:10.0.0.1", "64:ff9b::a00:1",  "2002:7f00:1::", "2001:db8::1",
                               "nonsense"})
        EXPECT_TRUE(is_private_address(closed)) << closed;
    for (auto const* open :
         {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"})
        EXPECT_FALSE(is_private_address(open)) << open;
}

TEST(HttpClient, bounds_time_and_size) {
    TestServer server(routes(), short_drain());
    HttpClient client(here());
    EXPECT_EQ(client.send_now({.url = server.url("/large"), .response_limit = 1'000}).error().code, "http_too_large");
    EXPECT_EQ(client.send_now({.url = server.url("/never"), .timeout = milliseconds(100)}).error().code,
              "http_timeout");
    EXPECT_EQ(client.send_now({.url = "http://127.0.0.1:1/"}).error().code, "http_unreachable");
}

TEST(HttpClient, takes_only_web_addresses) {
    HttpClient client(here());
    for (auto const* url :
         {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "nonsense", "", "http://user:pw@127.0.0.1/"})
        EXPECT_EQ(client.send_now({.url = url}).error().code, "http_bad_url") << url;
}

TEST(HttpClient, follows_redirects_only_when_told_and_never_into_private_networks) {
    TestServer server(routes());
    HttpClient client(here());
    EXPECT_EQ(client.send_now({.url = server.url("/away")})->status, 303);
    EXPECT_EQ(client.send_now({.url = server.url("/away"), .redirects = 1})->body, "pong");
    EXPECT_EQ(client.send_now({.url = server.url("/far"), .redirects = 1}).error().code, "http_forbidden_address");
}

TEST(HttpClient, ignores_proxies_of_the_environment) {
    TestServer server(routes());
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    HttpClient client(here());
    auto const reply = client.send_now({.url = server.url("/ping")});
    ::unsetenv("http_proxy");
    EXPECT_TRUE(reply);
}

TEST(HttpClient, cuts_what_is_under_way_when_told_to_stop) {
    TestServer server(routes(), short_drain());
    HttpClient client(here());
    auto const began = std::chrono::steady_clock::now();
    std::thread stopper([&] {
        while (server.server.counts().connections == 0) std::this_thread::yield();
        client.stop();
        client.stop();
    });
    auto const cut = client.send_now({.url = server.url("/never")});
    stopper.join();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, "http_stopped");
    auto const late = client.send_now({.url = server.url("/ping")});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "http_stopped");
}

TEST(HttpClient, tells_those_who_wait_when_it_ends) {
    TestServer server(routes(), short_drain());
    auto client = std::make_unique<HttpClient>(here());
    auto const wait = [](HttpClient& c, std::string url) -> Task<std::string> {
        HttpRequest request{.url = std::move(url)};
        auto const reply = co_await c.send(std::move(request));
        co_return reply ? "replied" : reply.error().code;
    };
    auto waiting =
        asio::co_spawn(server.threads.first().get_executor(), wait(*client, server.url("/never")), asio::use_future);
    while (server.server.counts().connections == 0) std::this_thread::yield();
    client.reset();
    EXPECT_EQ(waiting.get(), "http_stopped");
}

TEST(Tls, serves_by_1_2_and_later_and_reloads_its_certificate) {
    Certificate const files;
    ServerOptions options;
    options.tls = TlsOptions{"127.0.0.1", 0, files.certificate, files.key};
    TestServer server(routes(), options);
    auto const url = "https://localhost:" + std::to_string(server.server.tls_port()) + "/ping";
    auto trusting = here();
    trusting.certificate_authorities = files.certificate.string();
    {
        HttpClient client(trusting);
        auto const reply = client.send_now({.url = url});
        ASSERT_TRUE(reply) << reply.error().text;
        EXPECT_EQ(reply->body, "pong");
        EXPECT_EQ(reply->headers.find("Strict-Transport-Security"), "max-age=31536000");
    }
    EXPECT_EQ(HttpClient(here()).send_now({.url = url}).error().code, "http_tls");
    auto const handshake = [&](std::string const& version) {
        std::string const command = "openssl s_client -connect 127.0.0.1:" + std::to_string(server.server.tls_port()) +
                                    ' ' + version + " -cipher DEFAULT@SECLEVEL=0 </dev/null >/dev/null 2>&1";
        return std::system(command.c_str()) == 0;
    };
    EXPECT_TRUE(handshake("-tls1_3"));
    EXPECT_TRUE(handshake("-tls1_2"));
    EXPECT_FALSE(handshake("-tls1_1"));
    files.make();
    EXPECT_EQ(HttpClient(trusting).send_now({.url = url}).error().code, "http_tls");  // the old one still answers
    server.server.reload_certificate();
    EXPECT_TRUE(HttpClient(trusting).send_now({.url = url}));
    std::filesystem::remove(files.key);
    EXPECT_THROW(server.server.reload_certificate(), std::runtime_error);
    EXPECT_TRUE(HttpClient(trusting).send_now({.url = url}));
}

TEST(Tls, ends_a_handshake_that_does_not_come) {
    Certificate const files;
    ServerOptions options;
    options.header = milliseconds(200);
    options.tls = TlsOptions{"127.0.0.1", 0, files.certificate, files.key};
    TestServer server(routes(), options);
    RawClient silent(server.server.tls_port());
    EXPECT_EQ(silent.rest(), "");
    RawClient plain(server.server.tls_port());
    plain.send(get_text("/ping"));
    EXPECT_THAT(plain.rest(), Not(HasSubstr("pong")));
}

}  // namespace rapport::net
