// The frame of customers' pages, and words in six languages.
#include "templates/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::templates {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Asset words[] = {{"w/messages.en.json", R"({"hello": "Hello {{name}}", "part": "<b>{{name}}</b>"})"},
                           {"w/messages.it.json", R"({"hello": "Ciao {{name}}", "part": ""})"},
                           {"w/messages.th.json", R"({"hello": "", "part": ""})"},
                           {"w/messages.ja.json", R"({"hello": "", "part": ""})"},
                           {"w/messages.ko.json", R"({"hello": "", "part": ""})"},
                           {"w/messages.fa.json", R"({"hello": "", "part": ""})"}};

TEST(Pages, EscapeWhatIsNoMarkup) {
    auto const page = framed({.title = "Yours &amp; ours", .organisation = "A & <B>"}, "<p>body</p>\n");
    EXPECT_THAT(page, HasSubstr("<title>Yours &amp; ours · A &amp; &lt;B&gt;</title>"));
    EXPECT_THAT(page, HasSubstr("<p class=\"sender\">A &amp; &lt;B&gt;</p>"));
    EXPECT_THAT(page, HasSubstr("<main id=\"main\">\n<p>body</p>\n</main>"));
    EXPECT_THAT(page, Not(HasSubstr("<footer>")));
}

TEST(Pages, AreForNobodysIndexUnlessTheySaySo) {
    EXPECT_THAT(framed({}, ""), HasSubstr("noindex"));
    EXPECT_THAT(framed({.indexed = true}, ""), Not(HasSubstr("noindex")));
}

TEST(Pages, LeadToTheSamePageInOtherLanguages) {
    auto const page = framed({.locale = Locale::fa, .switches = switches_by_query("&score=5")}, "");
    EXPECT_THAT(page, HasSubstr("<html lang=\"fa\" dir=\"rtl\">"));
    EXPECT_THAT(page, HasSubstr("<span aria-current=\"true\" lang=\"fa\">"));
    EXPECT_THAT(page, HasSubstr("<a href=\"?lang=it&amp;score=5\" lang=\"it\" hreflang=\"it\">Italiano</a>"));
    EXPECT_THAT(framed({.switches = {{Locale::en, "?lang=en"}}}, ""), Not(HasSubstr("<nav")));
}

TEST(Pages, InsideAnotherPageHaveNoName) {
    EXPECT_THAT(framed({.organisation = "Ours", .embedded = true}, ""), Not(HasSubstr("sender")));
    EXPECT_THAT(framed({.organisation = "Ours", .home = "/help"}, ""), HasSubstr("<a href=\"/help\">Ours</a>"));
}

TEST(Catalogues, SayTheWordsOfALanguage) {
    Catalogue const html(words, Form::html, "w/");
    EXPECT_EQ(html.say("hello", {Locale::it, "UTC"}, {{"name", "<Ada>"}}), "Ciao &lt;Ada&gt;");
    EXPECT_TRUE(html.knows(Locale::en, "part"));
    EXPECT_DEATH(html.say("nothing", {}, json::Object{}), "in the catalogue");
    constexpr std::string_view only[] = {"hello"};
    Catalogue const text(words, Form::text, "w/", only);
    EXPECT_EQ(text.say("hello", {Locale::en, "UTC"}, {{"name", "<Ada>"}}), "Hello <Ada>");
    EXPECT_FALSE(text.knows(Locale::en, "part"));
}

TEST(Languages, AreChosenByTheBrowsersOrder) {
    EXPECT_EQ(preferred_locale("de-CH, fa;q=0.9, it"), Locale::fa);
    EXPECT_EQ(preferred_locale("xx"), Locale::en);
    EXPECT_EQ(languages().size(), 6U);
}

}  // namespace
}  // namespace rapport::templates
