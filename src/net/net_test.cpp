// Route tables without a server: parameters, bodies, replies, errors, the OpenAPI document.
#include <gtest/gtest.h>

#include "net/forms.hpp"
#include "net/net.hpp"
#include "net/router.hpp"

namespace rapport::net {
namespace {
struct NoteTag {
    static constexpr std::string_view prefix = "not";
};
using NoteId = Id<NoteTag>;
struct NewNote {
    Text<1, 10> title;
    std::optional<int> stars;
};
BOOST_DESCRIBE_STRUCT(NewNote, (), (title, stars))
struct Note {
    NoteId id;
    std::string title;
};
BOOST_DESCRIBE_STRUCT(Note, (), (id, title))
struct Search {
    std::optional<std::string> q;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(Search, (), (q, limit))
struct Notes {
    int made = 0;
};

Task<Expected<Created<Note>>> make(Notes& notes, Request&, Body<NewNote> body) {
    ++notes.made;
    co_return Created{Note{NoteId{5}, body->title.value}};
}
Task<Expected<Ok<Note>>> find(Notes&, Request const&, NoteId id) {
    if (id.value == 9) co_return fail(ErrorKind::not_found, "note_not_found", "No such note.");
    co_return Ok{Note{id, "x"}};
}
Task<Expected<Page<Note>>> list(Notes&, Query<Search> query) {
    co_return Page<Note>{{Note{NoteId{query->limit}, query->q.value_or("-")}}};
}
Task<Expected<>> remove(Notes&, Request&, NoteId) { co_return Expected<>{}; }

inline constexpr Permission may_read{"notes.read"};
Routes routes(Notes& notes) {
    return {
        post<"/v1/notes">(may_read, "Make a note", with(notes, make)),
        get<"/v1/notes/{id}">(may_read, "One note", with(notes, find)),
        get<"/v1/notes">(may_read, "Notes", with(notes, list)),
        del<"/v1/notes/{id}">(may_read, "Remove a note", with(notes, remove)),
        get<"/ping">(anyone, "Ping", [](Request&) -> Task<Response> { co_return text("pong"); }),
    };
}
}  // namespace

namespace {
// Every "$ref" of the document leads somewhere in it.
void check_references(json::Value const& value, json::Object const& document, int& found) {
    if (auto const* array = value.if_array())
        for (auto const& item : *array) check_references(item, document, found);
    auto const* object = value.if_object();
    if (!object) return;
    for (auto const& [key, item] : *object) {
        if (key != "$ref") {
            check_references(item, document, found);
            continue;
        }
        auto const pointer = std::string(std::string_view(item.as_string()).substr(1));
        boost::system::error_code error;
        EXPECT_NE(json::Value(document).find_pointer(pointer, error), nullptr) << pointer;
        ++found;
    }
}
}  // namespace

TEST(Routes, print_an_openapi_document) {
    Notes notes;
    auto const document = openapi(routes(notes), {});
    EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
    auto const& remove_row = document.at("paths").at("/v1/notes/{id}").at("delete").as_object();
    EXPECT_EQ(remove_row.at("x-permission").as_string(), "notes.read");
    EXPECT_EQ(remove_row.at("parameters").as_array().at(0).at("name").as_string(), "id");
    EXPECT_TRUE(remove_row.at("responses").as_object().contains("204"));
    auto const& post_row = document.at("paths").at("/v1/notes").at("post");
    EXPECT_TRUE(post_row.at("requestBody").at("content").as_object().contains("application/json"));
    EXPECT_TRUE(post_row.at("responses").as_object().contains("201"));
    EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("PageOfNote"));
    EXPECT_TRUE(document.at("paths").at("/ping").at("get").at("security").as_array().empty());
    int references = 0;
    check_references(document, document, references);
    EXPECT_GT(references, 6);
}

TEST(Routes, are_listed_for_people) {
    Notes notes;
    auto const table = routes_as_markdown(routes(notes));
    EXPECT_NE(table.find("| POST | `/v1/notes` | notes.read | json | 1048576 | Make a note |"), std::string::npos);
    EXPECT_EQ(routes_as_json(routes(notes)).at("routes").as_array().size(), 5U);
}

TEST(Routes, with_the_same_path_twice_stop_the_program) {
    Notes notes;
    auto twice = routes(notes);
    twice.add(routes(notes));
    EXPECT_DEATH(Router{std::move(twice)}, "routed once");
}

TEST(Routes, prefer_literals_to_parameters_to_rests) {
    auto const say = [](std::string what) { return [what](Request&) -> Task<Response> { co_return text(what); }; };
    Router const router({
        get<"/a/{x}">(anyone, "parameter", [](Request&, std::string x) -> Task<Response> { co_return text(x); }),
        get<"/a/b">(anyone, "literal", say("b")),
        post<"/a/b">(anyone, "posted", say("b")),
        get<"/a/{rest...}">(anyone, "rest", [](Request&, std::string x) -> Task<Response> { co_return text(x); }),
        get<"/a/{x}/c">(anyone, "below", [](Request&, std::string x) -> Task<Response> { co_return text(x); }),
    });
    auto const summary = [&](std::string_view path) {
        auto const match = router.find(Method::get, path);
        return match.route ? match.route->summary : "none";
    };
    EXPECT_EQ(summary("/a/b"), "literal");
    EXPECT_EQ(summary("/a/z"), "parameter");
    EXPECT_EQ(summary("/a/b/c"), "below");
    EXPECT_EQ(summary("/a/b/d"), "rest");
    EXPECT_EQ(summary("/a/%zz"), "none");
    EXPECT_EQ(summary("/b"), "none");
    EXPECT_EQ(router.find(Method::get, "/a/x%2Fy").parameters.at(0), "x/y");
    EXPECT_EQ(router.find(Method::get, "/a/d/e/f").parameters.at(0), "d/e/f");
    EXPECT_EQ(router.find(Method::put, "/a/b").allow, "GET, HEAD, POST, OPTIONS");
}

TEST(Texts, of_urls_and_cookies_are_read_and_written) {
    EXPECT_EQ(percent_decoded("a%20b+c", true), "a b c");
    EXPECT_EQ(percent_decoded("a+c", false), "a+c");
    EXPECT_FALSE(percent_decoded("%4", false));
    EXPECT_EQ(percent_encoded("a b/ü"), "a%20b%2F%C3%BC");
    EXPECT_EQ(to_text(Cookie{.name = "s", .value = "v", .max_age_s = 5}),
              "s=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=5; Secure");
    RequestParts parts;
    parts.headers.add("Cookie", "a=1; rapport_session=\"x\"; b=2");
    parts.headers.add("Content-Type", "Text/HTML ; charset=x");
    Request const request(std::move(parts));
    EXPECT_EQ(request.cookie("rapport_session"), "x");
    EXPECT_EQ(request.cookie("b"), "2");
    EXPECT_FALSE(request.cookie("session"));
    EXPECT_EQ(request.media_type(), "text/html");
}

TEST(Texts, of_multipart_forms_are_read) {
    std::string const type = "multipart/form-data; boundary=\"b 1\"";
    auto const parts =
        parse_multipart(type,
                        "--b 1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\\\"b;c.pdf\"\r\n"
                        "Content-Type: application/pdf\r\n\r\nline\r\n--b\r\n--b 1\r\n"
                        "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--b 1--\r\n");
    ASSERT_TRUE(parts);
    ASSERT_EQ(parts->size(), 2U);
    EXPECT_EQ(parts->at(0).file_name, "a\"b;c.pdf");
    EXPECT_EQ(parts->at(0).content_type, "application/pdf");
    EXPECT_EQ(parts->at(0).content, "line\r\n--b");
    EXPECT_EQ(parts->at(1).name, "empty");
    EXPECT_EQ(parts->at(1).content, "");
    for (auto const* bad : {"", "--b 1", "--b 1\r\n", "--b 1\r\n\r\n", "--b 1\r\nX\r\n\r\n--b 1--",
                            "--b 1\r\nContent-Disposition: form-data\r\n\r\n\r\n--b 1--"})
        EXPECT_FALSE(parse_multipart(type, bad)) << bad;
    EXPECT_FALSE(parse_multipart("multipart/form-data", "--\r\n"));
}

TEST(Headers, with_line_breaks_stop_the_program) {
    Headers headers;
    EXPECT_DEATH(headers.add("Location", "/x\r\nSet-Cookie: a"), "control");
}
}  // namespace rapport::net
