// Route tables without a server: parameters, bodies, replies, errors, the OpenAPI document.
#include <gtest/gtest.h>

#include "net/net.hpp"

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

TEST(Routes, print_an_openapi_document) {
    Notes notes;
    auto const document = openapi(routes(notes), {});
    EXPECT_TRUE(document.at("paths").at("/v1/notes/{id}").at("delete").is_object());
    EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("PageOfNote"));
}
}  // namespace rapport::net
