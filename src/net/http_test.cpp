// What responses say: errors, validators, ranges, compression, static files, permissions, origins, fields that are
// always there.
#include <brotli/decode.h>
#include <gmock/gmock.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "net/compress.hpp"
#include "net/finish.hpp"
#include "net/test_server.hpp"

namespace rapport::net {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Thing {
    Text<1, 20> title;
    std::optional<int> stars;
    EmailAddress owner;
};
BOOST_DESCRIBE_STRUCT(Thing, (), (title, stars, owner))
struct ThingTag {
    static constexpr std::string_view prefix = "thg";
};
using ThingId = Id<ThingTag>;
struct Filter {
    std::optional<std::string> q;
    int limit = 50;
    bool open = false;
    std::vector<std::string> state;
};
BOOST_DESCRIBE_STRUCT(Filter, (), (q, limit, open, state))
struct CodeForm {
    std::string code;
    bool agree = false;
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(CodeForm, (), (code, agree, note))

std::string const letters = [] {
    std::string out;
    for (int i = 0; i < 2'000; ++i) out += "line " + std::to_string(i % 37) + "\n";
    return out;
}();

std::filesystem::path scratch_file() {
    static auto const path = [] {
        auto const name = std::filesystem::temp_directory_path() / ("rapport-net-" + std::to_string(::getpid()));
        std::ofstream(name) << letters;
        return name;
    }();
    return path;
}

struct Store {
    int changes = 0;
};
inline constexpr Permission may_read{"things.read"}, may_write{"things.write"};

Task<Expected<Created<Thing>>> make(Store& store, Request&, Body<Thing> body) {
    ++store.changes;
    co_return Created{std::move(*body)};
}
Task<Expected<Ok<Filter>>> list(Store&, Query<Filter> query) { co_return Ok{std::move(*query)}; }
Task<Expected<>> change(Store& store, Request& request, ThingId id) {
    if (id.value == 404) co_return fail(ErrorKind::not_found, "thing_not_found", "No such thing.");
    if (request.actor().id != 7) co_return fail(ErrorKind::forbidden, "not_yours", "Not yours.");
    ++store.changes;
    co_return Expected<>{};
}
Task<Expected<Response>> code(Store& store, Request&, std::string token, Form<CodeForm> form) {
    ++store.changes;
    co_return html(
        "<p>" + escape_markup(token + ' ' + form->code + (form->agree ? " yes " : " no ") + form->note.value_or("-")));
}
Task<Expected<Response>> error_of_kind(Request&, int kind) {
    co_return fail(Error{static_cast<ErrorKind>(kind), "some_code", "Some text.", {}, 9});
}

Routes routes(Store& store) {
    return {
        post<"/things">(may_write, "Make", with(store, make)),
        get<"/things">(anyone, "List", with(store, list)),
        post<"/things/{id}/change">(may_write, "Change", with(store, change)),
        get<"/things/{id}">(may_read, "One",
                            [](Request&, ThingId id) -> Task<Expected<Response>> { co_return text(to_text(id)); }),
        post<"/p/{token}/code">(anyone, "Code", with(store, code), {.kind = Kind::page, .secret_path = true}),
        get<"/p/{token}">(anyone, "Page",
                          [](Request&, std::string token) -> Task<Response> { co_return html(token + letters); },
                          {.kind = Kind::page, .secret_path = true}),
        get<"/letters">(anyone, "Letters", [](Request&) -> Task<Response> { co_return text(letters); }),
        get<"/file">(anyone, "File", [](Request&) -> Task<Response> { co_return file(scratch_file(), "text/plain"); },
                     {.kind = Kind::file}),
        get<"/package">(
            anyone, "Package",
            [](Request&) -> Task<Response> { co_return attachment("0123456789", "application/zip", "größe \".zip"); },
            {.kind = Kind::file}),
        get<"/error/{kind}">(anyone, "Error", error_of_kind),
        get<"/remote">(
            anyone, "Remote",
            [](Request& r) -> Task<Response> { co_return text(r.remote_address() + (r.secure() ? " secure" : "")); }),
    };
}

Task<Expected<Viewer>> by_key(Request& request, Permission) {
    auto const key = request.bearer();
    auto const session = request.cookie("rapport_session");
    std::string const who = key.value_or(session.value_or(""));
    if (who == "reader") co_return Viewer{{ActorKind::agent, 3, "reader"}, {}, {"things.read"}};
    if (who == "writer") co_return Viewer{{ActorKind::agent, 7, "writer"}, {}, {"things.read", "things.write"}};
    co_return fail(ErrorKind::unauthenticated, "sign_in_first", "Sign in first.");
}

class Http : public testing::Test {
  protected:
    Store store;
    TestServer server{
        routes(store), options(), by_key,
        StaticFiles::from(
            {{"index.html", "<!doctype html>" + letters}, {"app-4f3a9c21.js", letters}, {"logo.png", "png"}},
            {.index_fallback = true})};
    RawClient client{server};

    static ServerOptions options() {
        ServerOptions o;
        o.trusted_proxies = {"127.0.0.1"};
        return o;
    }
};

std::string field_in(std::string const& response, std::string const& name) {
    auto const at = response.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    auto const begin = at + name.size() + 4;
    return response.substr(begin, response.find("\r\n", begin) - begin);
}

std::string gunzip(std::string const& packed) {
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    std::string out(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

std::string unbrotli(std::string const& packed) {
    std::string out(1 << 20, '\0');
    std::size_t size = out.size();
    EXPECT_EQ(BrotliDecoderDecompress(packed.size(), reinterpret_cast<std::uint8_t const*>(packed.data()), &size,
                                      reinterpret_cast<std::uint8_t*>(out.data())),
              BROTLI_DECODER_RESULT_SUCCESS);
    out.resize(size);
    return out;
}

std::string const writer = "Authorization: Bearer writer\r\n";

}  // namespace

TEST_F(Http, names_each_wrong_field_with_its_rule) {
    auto const response =
        client.ask(post_text("/things", "application/json", R"({"title":"","stars":"x","other":1})", writer));
    EXPECT_EQ(status_in(response), 422);
    EXPECT_EQ(field_in(response, "Content-Type"), "application/problem+json");
    auto const problem = json::parse(body_in(response));
    ASSERT_TRUE(problem);
    auto const& fields = problem->at("fields").as_array();
    ASSERT_EQ(fields.size(), 4U);
    EXPECT_EQ(fields[0].at("pointer").as_string(), "/title");
    EXPECT_EQ(problem->at("code").as_string(), "invalid_fields");
    EXPECT_EQ(store.changes, 0);
}

TEST_F(Http, tells_syntax_and_media_type_apart) {
    EXPECT_EQ(status_in(client.ask(post_text("/things", "application/json", "{", writer))), 400);
    EXPECT_EQ(status_in(client.ask(post_text("/things", "text/plain", "{}", writer))), 415);
    auto const made = client.ask(
        post_text("/things", "application/json; charset=utf-8", R"({"title":"a","owner":"a@b.example"})", writer));
    EXPECT_EQ(status_in(made), 201);
}

TEST_F(Http, maps_every_kind_of_error_to_its_status) {
    int const statuses[] = {422, 401, 403, 404, 409, 410, 413, 415, 429, 503};
    for (int kind = 0; kind < 10; ++kind) {
        auto const response = client.ask(get_text("/error/" + std::to_string(kind)));
        EXPECT_EQ(status_in(response), statuses[kind]);
        EXPECT_THAT(response, HasSubstr("\"code\":\"some_code\""));
        EXPECT_EQ(field_in(response, "Retry-After"), kind >= 8 ? "9" : "");
    }
}

TEST_F(Http, decodes_query_parameters) {
    EXPECT_EQ(body_in(client.ask(get_text("/things?q=a%20b+c&limit=3&open=true&state=x&state=y"))),
              R"({"q":"a b c","limit":3,"open":true,"state":["x","y"]})");
    EXPECT_EQ(body_in(client.ask(get_text("/things"))), R"({"limit":50,"open":false,"state":[]})");
    EXPECT_THAT(client.ask(get_text("/things?limit=many")), HasSubstr("\"pointer\":\"/limit\""));
    EXPECT_THAT(client.ask(get_text("/things?nope=1")), HasSubstr("\"pointer\":\"/nope\""));
}

TEST_F(Http, asks_who_before_what) {
    EXPECT_EQ(status_in(client.ask(get_text("/things/thg_0000000000001"))), 401);
    EXPECT_EQ(status_in(client.ask(get_text("/things/thg_0000000000001", "Authorization: bearer reader\r\n"))), 200);
    EXPECT_EQ(status_in(client.ask(get_text("/things/nonsense", writer))), 404);
    // Without the right, not even the body is looked at.
    auto const refused =
        RawClient(server).ask(post_text("/things", "application/json", "{", "Authorization: Bearer reader\r\n"));
    EXPECT_EQ(status_in(refused), 403);
    EXPECT_THAT(refused, HasSubstr("things.write"));
    EXPECT_EQ(store.changes, 0);
}

TEST_F(Http, takes_changes_by_cookie_only_from_its_own_pages) {
    auto const change = [&](std::string const& more) {
        return status_in(client.ask(
            "POST /things/thg_0000000000001/change HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n" + more + "\r\n"));
    };
    std::string const cookie = "Cookie: a=b; rapport_session=writer\r\n";
    EXPECT_EQ(change(cookie), 403);
    EXPECT_EQ(change(cookie + "X-Rapport-Request: 1\r\nOrigin: http://evil.example\r\n"), 403);
    EXPECT_EQ(change(cookie + "X-Rapport-Request: 1\r\nSec-Fetch-Site: cross-site\r\n"), 403);
    EXPECT_EQ(store.changes, 0);
    EXPECT_EQ(change(cookie + "X-Rapport-Request: 1\r\nOrigin: http://h\r\n"), 204);
    EXPECT_EQ(change(cookie + "X-Rapport-Request: 1\r\nX-Forwarded-Proto: https\r\nOrigin: https://h\r\n"), 204);
    EXPECT_EQ(change(writer), 204);
    EXPECT_EQ(store.changes, 3);
}

TEST_F(Http, takes_forms_of_both_kinds_from_the_same_origin) {
    auto const page =
        client.ask(post_text("/p/tok%2Fen/code", "application/x-www-form-urlencoded", "code=12+3&agree=on&more=1"));
    EXPECT_EQ(body_in(page), "<p>tok/en 12 3 yes -");
    std::string const parts =
        "--xx\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\n9\r\n--xx\r\n"
        "Content-Disposition: form-data; name=\"note\"\r\n\r\na\r\nb\r\n--xx--\r\n";
    EXPECT_EQ(body_in(client.ask(post_text("/p/t/code", "multipart/form-data; boundary=xx", parts))),
              "<p>t 9 no a\r\nb");
    EXPECT_EQ(status_in(client.ask(post_text("/p/t/code", "application/x-www-form-urlencoded", "agree=on"))), 422);
    EXPECT_EQ(status_in(client.ask(post_text("/p/t/code", "multipart/form-data; boundary=xx", "--xx\r\nbroken"))), 422);
    auto const foreign = post_text("/p/t/code", "application/x-www-form-urlencoded", "code=1", "Origin: null\r\n");
    EXPECT_EQ(status_in(RawClient(server).ask(foreign)), 403);
}

TEST_F(Http, answers_what_has_not_changed_with_304) {
    auto const first = client.ask(get_text("/letters"));
    auto const tag = field_in(first, "ETag");
    ASSERT_FALSE(tag.empty());
    client.send(get_text("/letters", "If-None-Match: \"x\", " + tag + "\r\n"));
    auto const second = client.until("\r\n\r\n");
    EXPECT_EQ(status_in(second), 304);
    EXPECT_EQ(field_in(second, "ETag"), tag);
    EXPECT_EQ(status_in(client.ask(get_text("/letters", "If-None-Match: \"x\"\r\n"))), 200);
}

TEST_F(Http, sends_pieces_of_files_and_bodies) {
    for (std::string const path : {"/file", "/package", "/console/logo.png"}) {
        auto const whole = body_in(client.ask(get_text(path)));
        auto const piece = client.ask(get_text(path, "Range: bytes=1-2\r\n"));
        EXPECT_EQ(status_in(piece), 206);
        EXPECT_EQ(body_in(piece), whole.substr(1, 2));
        EXPECT_EQ(field_in(piece, "Content-Range"), "bytes 1-2/" + std::to_string(whole.size()));
        EXPECT_EQ(body_in(client.ask(get_text(path, "Range: bytes=-2\r\n"))), whole.substr(whole.size() - 2));
        EXPECT_EQ(body_in(client.ask(get_text(path, "Range: bytes=2-\r\n"))), whole.substr(2));
        auto const beyond = client.ask(get_text(path, "Range: bytes=999999-\r\n"));
        EXPECT_EQ(status_in(beyond), 416);
        EXPECT_EQ(field_in(beyond, "Content-Range"), "bytes */" + std::to_string(whole.size()));
        EXPECT_EQ(status_in(client.ask(get_text(path, "Range: bytes=0-0,2-2\r\n"))), 200);
    }
    auto const tag = field_in(client.ask(get_text("/package")), "ETag");
    EXPECT_EQ(status_in(client.ask(get_text("/package", "Range: bytes=1-2\r\nIf-Range: " + tag + "\r\n"))), 206);
    EXPECT_EQ(status_in(client.ask(get_text("/package", "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n"))), 200);
}

TEST_F(Http, compresses_texts_for_who_takes_it) {
    auto const gz = client.ask(get_text("/letters", "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(field_in(gz, "Content-Encoding"), "gzip");
    EXPECT_EQ(gunzip(body_in(gz)), letters);
    auto const br = client.ask(get_text("/letters", "Accept-Encoding: gzip, deflate, br\r\n"));
    EXPECT_EQ(field_in(br, "Content-Encoding"), "br");
    EXPECT_EQ(field_in(br, "Vary"), "Accept-Encoding");
    EXPECT_EQ(unbrotli(body_in(br)), letters);
    EXPECT_EQ(field_in(client.ask(get_text("/letters", "Accept-Encoding: br;q=0, identity\r\n")), "Content-Encoding"),
              "");
    // A page beside a secret is never compressed.
    EXPECT_EQ(field_in(client.ask(get_text("/p/secret", "Accept-Encoding: br\r\n")), "Content-Encoding"), "");
}

TEST_F(Http, serves_a_static_bundle) {
    auto const js = client.ask(get_text("/console/app-4f3a9c21.js", "Accept-Encoding: br\r\n"));
    EXPECT_EQ(field_in(js, "Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(unbrotli(body_in(js)), letters);
    auto const page = client.ask(get_text("/console/deliveries/dlv_1", "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(gunzip(body_in(page)), "<!doctype html>" + letters);
    EXPECT_EQ(field_in(page, "Cache-Control"), "no-cache");
    auto const tag = field_in(page, "ETag");
    client.send(get_text("/console/", "Accept-Encoding: gzip\r\nIf-None-Match: " + tag + "\r\n"));
    EXPECT_EQ(status_in(client.until("\r\n\r\n")), 304);
    EXPECT_EQ(status_in(client.ask(get_text("/console/missing.js"))), 404);
    EXPECT_EQ(status_in(client.ask(get_text("/console/../../etc/passwd"))), 404);
    EXPECT_EQ(status_in(client.ask(get_text("/console/%2e%2e%2fetc%2fpasswd.x"))), 404);
    EXPECT_EQ(field_in(client.ask(get_text("/console")), "Location"), "/console/");
}

TEST_F(Http, says_what_a_path_takes) {
    auto const refused = client.ask("DELETE /things HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_in(refused), 405);
    EXPECT_THAT(field_in(refused, "Allow"), HasSubstr("GET, HEAD"));
    EXPECT_THAT(field_in(refused, "Allow"), HasSubstr("POST"));
    client.send("OPTIONS /things HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_in(client.until("\r\n\r\n")), 204);
    client.send("HEAD /letters HTTP/1.1\r\nHost: h\r\n\r\n");
    auto const head = client.response(false);
    EXPECT_EQ(field_in(head, "Content-Length"), std::to_string(letters.size()));
    EXPECT_EQ(status_in(client.ask(get_text("/nowhere"))), 404);
}

TEST_F(Http, always_sends_the_protecting_fields) {
    auto const json = client.ask(get_text("/things"));
    EXPECT_EQ(field_in(json, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(field_in(json, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(field_in(json, "Referrer-Policy"), "no-referrer");
    EXPECT_FALSE(field_in(json, "Date").empty());
    EXPECT_FALSE(field_in(json, "X-Request-Id").empty());
    EXPECT_EQ(field_in(json, "Strict-Transport-Security"), "");
    auto const page = client.ask(get_text("/p/t"));
    EXPECT_THAT(field_in(page, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(field_in(page, "Referrer-Policy"), "same-origin");
    EXPECT_EQ(field_in(page, "Cache-Control"), "no-store");
    auto const download = client.ask(get_text("/package"));
    EXPECT_EQ(field_in(download, "Content-Disposition"),
              "attachment; filename=\"gr____e__.zip\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%22.zip");
    EXPECT_THAT(field_in(download, "Content-Security-Policy"), HasSubstr("sandbox"));
}

TEST_F(Http, believes_only_its_proxies) {
    EXPECT_EQ(body_in(client.ask(
                  get_text("/remote", "X-Forwarded-For: 6.6.6.6, 9.9.9.9, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n"))),
              "9.9.9.9 secure");
    RequestParts parts;
    parts.headers.add("X-Forwarded-For", "6.6.6.6");
    parts.remote_address = "5.5.5.5";
    EXPECT_EQ(parts.remote_address, "5.5.5.5");
}

TEST(Ranges, are_not_heard_where_the_answer_must_go_out_whole) {
    RequestParts parts{.method = Method::get, .target = "/"};
    parts.headers.add("Range", "bytes=0-0");
    Request const request(std::move(parts));
    Response whole = attachment("content", "text/plain", "a.txt");
    whole.may_divide = false;
    finish(whole, request, nullptr);
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(std::get<std::string>(whole.body), "content");
    EXPECT_FALSE(whole.headers.has("Accept-Ranges"));
}

TEST(Ranges, are_read_as_the_standard_says) {
    using Kind = RangeRequest::Kind;
    EXPECT_EQ(parse_range("bytes=0-4", 10).piece.size, 5U);
    EXPECT_EQ(parse_range("bytes=8-20", 10).piece.size, 2U);
    EXPECT_EQ(parse_range("bytes=-20", 10).piece.size, 10U);
    EXPECT_EQ(parse_range("bytes=-0", 10).kind, Kind::not_satisfiable);
    EXPECT_EQ(parse_range("bytes=10-", 10).kind, Kind::not_satisfiable);
    EXPECT_EQ(parse_range("bytes=0-", 0).kind, Kind::not_satisfiable);
    for (auto const* bad :
         {"bytes=", "bytes=a-b", "bytes=5-2", "lines=1-2", "bytes=1-2x", "bytes=99999999999999999999-"})
        EXPECT_EQ(parse_range(bad, 10).kind, Kind::none) << bad;
}

TEST(Codings, are_chosen_by_weight) {
    EXPECT_EQ(best_coding("gzip, br"), Coding::brotli);
    EXPECT_EQ(best_coding("gzip;q=1.0, br;q=0.5"), Coding::gzip);
    EXPECT_EQ(best_coding("*"), Coding::brotli);
    EXPECT_EQ(best_coding("br;q=0, *;q=0"), Coding::identity);
    EXPECT_EQ(best_coding("identity"), Coding::identity);
}

}  // namespace rapport::net
