// The post room's parts by themselves: the table of states, the stock letters, the mark board.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <set>

#include "post/marks.hpp"
#include "post/states.hpp"
#include "post/templates.hpp"
#include "testing/process.hpp"

namespace rapport::post {
namespace {

TEST(States, every_pair_is_decided_by_the_table) {
    std::set<std::pair<State, Verb>> known;
    for (auto const& row : transitions) {
        EXPECT_TRUE(known.emplace(row.from, row.verb).second) << "twice";
        EXPECT_EQ(transition(row.from, row.verb), row.to);
        EXPECT_FALSE(row.why.empty());
    }
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<State>>([&](auto s) {
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<Verb>>([&](auto v) {
            if (!known.contains({s.value, v.value})) EXPECT_FALSE(transition(s.value, v.value));
        });
    });
    for (auto const final_state : {State::accepted, State::cancelled})
        for (auto const& row : transitions)
            EXPECT_NE(row.from, final_state) << "an accepted letter is never sent again";
}

TEST(States, the_documentation_prints_the_table) {
    std::string table = "| from | verb | to | because |\n| --- | --- | --- | --- |\n";
    for (auto const& row : transitions)
        table += "| " + std::string(json::enum_name(row.from)) + " | " + std::string(json::enum_name(row.verb)) +
                 " | " + std::string(json::enum_name(row.to)) + " | " + std::string(row.why) + " |\n";
    EXPECT_NE(rapport::testing::file_text("docs/formats/outbox.md").find(table), std::string::npos) << table;
}

TEST(Templates, every_stock_letter_renders_and_escapes_in_every_locale) {
    json::Object const data{{"name", "Ada <b>"},
                            {"link", "https://x.example/p/a?b&c"},
                            {"code", "123456"},
                            {"wording", "Yes <b>"},
                            {"category", "Offers"},
                            {"recipient", "Bea <b>"},
                            {"subject", "S<>"},
                            {"text", "line 1\nline <2>"},
                            {"accept_until", "1 December 2026, 09:30 UTC"},
                            {"accepted_at", "22 November 2026, 09:30 UTC"},
                            {"number", "1042"},
                            {"title", "Plan <b>"},
                            {"warning", true},
                            {"breach", false},
                            {"first_response", true},
                            {"next_response", false},
                            {"resolution", false},
                            {"due_at", "1 December 2026, 09:30 UTC"}};
    EXPECT_EQ(template_names().size(), 11u);
    std::set<std::string> bodies;
    for (auto const name : template_names())
        for (auto const locale : {Locale::en, Locale::fa, Locale::it, Locale::th, Locale::ja, Locale::ko}) {
            auto const out = render(name, locale, data, "Comune & Co");
            ASSERT_TRUE(out) << name;
            EXPECT_EQ(out->locale, locale);
            auto const direction = locale == Locale::fa ? "rtl" : "ltr";
            EXPECT_NE(out->html.find("lang=\"" + to_text(locale) + "\" dir=\"" + direction + "\""), std::string::npos);
            EXPECT_TRUE(name == "notice" || bodies.insert(out->text).second) << "said in another language, too";
            EXPECT_EQ(out->html.find("<b>"), std::string::npos) << "unescaped";
            EXPECT_EQ(out->html.find("{{"), std::string::npos) << out->html;
            EXPECT_EQ(out->text.find("{{"), std::string::npos);
            EXPECT_EQ(out->text.find("&lt;"), std::string::npos);
            EXPECT_FALSE(out->subject.empty());
            EXPECT_EQ(out->subject.find('\n'), std::string::npos);
            EXPECT_EQ(out->html.find("src="), std::string::npos) << "nothing is loaded from elsewhere";
        }
    auto const notification = render("notification", Locale::en, data, "Comune");
    EXPECT_NE(notification->text.find("until 1 December 2026, 09:30 UTC"), std::string::npos) << notification->text;
    EXPECT_EQ(notification->text.find("line 1"), std::string::npos) << "the content stays out of a notification";
    json::Object deep;
    for (int i = 0; i < 20; ++i) deep = json::Object{{"a", deep}};
    EXPECT_FALSE(render("notice", Locale::en, deep, ""));
}

TEST(MarkBoard, a_left_board_names_what_may_have_been_handed_over) {
    rapport::testing::TemporaryFolder const folder;
    {
        MarkBoard board(folder.path(), 7, 4);
        board.mark(11);
        board.mark(12);
        board.mark(12);
        board.unmark(11);
        board.mark(13);
        board.mark(14);
        board.accepted(14);
        board.accepted(15);
        EXPECT_TRUE(left_boards(folder.path()).empty()) << "its owner lives";
    }
    auto const left = left_boards(folder.path());
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].worker, 7);
    EXPECT_TRUE(left[0].same_boot);
    EXPECT_EQ(left[0].marked, (std::set<std::int64_t>{12, 13}));
    EXPECT_EQ(left[0].accepted, (std::set<std::int64_t>{14}));
}

TEST(MarkBoard, a_board_that_cannot_be_made_leaves_nothing) {
    rapport::testing::TemporaryFolder const folder;
    auto const old = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit const little{100, before.rlim_max};  // as a disk without room
    ::setrlimit(RLIMIT_FSIZE, &little);
    EXPECT_THROW(MarkBoard(folder.path(), 7, 400), std::system_error);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, old);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    MarkBoard const board(folder.path(), 7, 400);
}

}  // namespace
}  // namespace rapport::post
