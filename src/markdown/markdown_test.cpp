// What people write, what comes out of it, and what bombs get.
#include "markdown/markdown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"

namespace rapport::markdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string html(std::string_view source, Options const& options = {}) { return render(source, options).value().html; }

std::string repeated(std::string_view part, std::size_t times) {
    std::string out;
    out.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += part;
    return out;
}

TEST(Markdown, BlocksKnowTheirDirectionAndTablesTheirColumns) {
    EXPECT_EQ(html("Hello *you*, **all** ~~gone~~ `x<y`"),
              "<p dir=\"auto\">Hello <em>you</em>, <strong>all</strong> <del>gone</del> "
              "<code dir=\"auto\">x&lt;y</code></p>\n");
    auto const table = html("| a | b |\n| :-: | --: |\n| 1 | 2 |\n");
    EXPECT_THAT(table, HasSubstr("<th scope=\"col\" dir=\"auto\" class=\"center\">a</th>"));
    EXPECT_THAT(table, HasSubstr("<td dir=\"auto\" class=\"right\">2</td>"));
    EXPECT_THAT(html("3. three\n4. four"), HasSubstr("<ol dir=\"auto\" start=\"3\">"));
    auto const tasks = html("- [x] done\n- [ ] open");
    EXPECT_THAT(tasks, HasSubstr("class=\"task\"><span class=\"box\">☑</span> done"));
    EXPECT_THAT(tasks, HasSubstr("☐</span> open"));
    EXPECT_THAT(html("```c++\nint a;\n```"), HasSubstr("<code class=\"language-c++\">int a;\n</code>"));
    EXPECT_THAT(html("```\"onclick=x\nint a;\n```"), HasSubstr("<code>int a;"));
}

TEST(Markdown, ScriptsStayWords) {
    EXPECT_THAT(html("<script>alert(1)</script>\n\n<b onclick=x>b</b>"),
                testing::AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<b ")), HasSubstr("&lt;script")));
    for (std::string_view const address :
         {"javascript:alert(1)", "JavaScript:alert(1)", "javascript&colon;alert(1)", "javascript&#58;alert(1)",
          "java&#10;script:alert(1)", "&#1;javascript:alert(1)", "data:text/html,x", "vbscript:x", "//elsewhere.test",
          "/\\elsewhere.test", "\\\\elsewhere.test", "file:///etc/passwd", "blob:x"}) {
        auto const made = render("[go](<" + std::string(address) + ">)").value();
        if (address.contains("colon")) {  // no entity that is known here: a relative address with odd words
            EXPECT_THAT(made.html, HasSubstr("href=\"javascript&amp;colon;alert(1)\""));
            continue;
        }
        EXPECT_THAT(made.html, Not(HasSubstr("href"))) << address;
        ASSERT_THAT(made.findings, SizeIs(1)) << address;
        EXPECT_EQ(made.findings[0].rule, "link_refused");
    }
    EXPECT_THAT(html("[a](https://x.test/\"onclick=y)"), Not(HasSubstr("\"onclick")));
    EXPECT_THAT(html("[a](/b 'say \"hi\" <x>')"), HasSubstr("title=\"say &quot;hi&quot; &lt;x&gt;\""));
    EXPECT_THAT(html("# <img src=x onerror=y>"), Not(HasSubstr("<img")));
}

TEST(Markdown, LinksLeadWhereTheyMay) {
    EXPECT_THAT(html("<https://example.org/a?b=c&d>"),
                HasSubstr("href=\"https://example.org/a?b=c&amp;d\" rel=\"noopener\""));
    EXPECT_THAT(html("see https://example.org/a."), HasSubstr("href=\"https://example.org/a\""));
    EXPECT_THAT(html("ask a@b.test"), HasSubstr("href=\"mailto:a@b.test\""));
    EXPECT_THAT(html("[up](/help/en) [here](#there)"), Not(HasSubstr("rel=")));
    EXPECT_THAT(html("[a](/b)", {.is_ugc = true}), HasSubstr("rel=\"nofollow ugc noopener\""));
    EXPECT_THAT(html("[a](</b c/ภาษา>)"), HasSubstr("href=\"/b%20c/%E0%B8%A0"));
    Options options;
    options.link = [](std::string_view address) -> std::optional<std::string> {
        if (address == "article:kar_1") return "/help/en/articles/one";
        return std::nullopt;
    };
    EXPECT_THAT(html("[one](article:kar_1)", options), HasSubstr("href=\"/help/en/articles/one\""));
    EXPECT_THAT(render("text\n\n[one](article:kar_2)", options).value().findings.at(0).line, 3);
}

TEST(Markdown, ImagesAreThoseThatTheCallerKnows) {
    Options options;
    options.image = [](std::string_view address) -> std::optional<Image> {
        if (address == "file:kfl_1") return Image{"/help/files/kfl_1/a.png", 20, 10};
        return std::nullopt;
    };
    EXPECT_EQ(html("![A *plan* [x](y)](file:kfl_1)", options),
              "<p dir=\"auto\"><img src=\"/help/files/kfl_1/a.png\" alt=\"A plan x\" width=\"20\" height=\"10\" "
              "loading=\"lazy\" decoding=\"async\"></p>\n");
    auto const made = render("![tracker](https://elsewhere.test/1.gif)", options).value();
    EXPECT_EQ(made.html, "<p dir=\"auto\"><span class=\"no-image\">tracker</span></p>\n");
    EXPECT_EQ(made.findings.at(0).rule, "image_missing");
    EXPECT_THAT(html("![a\"onload=x](file:kfl_1)", options), HasSubstr("alt=\"a&quot;onload=x\""));
}

TEST(Markdown, NoLevelOfHeadingsIsLeftOut) {
    std::vector<int> levels;
    for (auto const& heading : render("## a\n#### b\n#### c\n# d\n### e\n## f").value().outline)
        levels.push_back(heading.level);
    EXPECT_THAT(levels, ElementsAre(2, 3, 3, 2, 3, 3));
}

// clang-format off
TEST(Markdown, AnchorsAreStableInAnyScriptAndNeverTwice) {
    auto const made = render(
                          "# Prices & fees\n# วิธีชำระเงิน\n# 料金について\n# قیمت‌ها\n# Prices, fees\n# !!!\n# Prices "
                          "fees 2\n## *Deep* `er`")
                          .value();
    std::vector<std::string> anchors;
    for (auto const& heading : made.outline) anchors.push_back(heading.anchor);
    EXPECT_THAT(anchors, ElementsAre("prices-fees", "วิธีชำระเงิน", "料金について", "قیمت-ها", "prices-fees-2", "section",
                                     "prices-fees-2-2", "deep-er"));
    EXPECT_THAT(made.html, HasSubstr("<h2 dir=\"auto\" id=\"prices-fees\">Prices &amp; fees</h2>"));
    EXPECT_THAT(made.html, HasSubstr("<h3 dir=\"auto\" id=\"deep-er\"><em>Deep</em>"));
    EXPECT_THAT(html("# x", {.anchors = false}), Not(HasSubstr("id=")));
}
// clang-format on

TEST(Markdown, CalloutsAreToldByTheirFirstLine) {
    EXPECT_EQ(html("> [!WARNING]\n> Hot *water*"),
              "<div class=\"callout warning\" dir=\"auto\"><p class=\"callout-name\">Warning</p>\n"
              "<p dir=\"auto\">Hot <em>water</em></p>\n</div>\n");
    Options options;
    options.callouts[Callout::tip] = "Consiglio";
    EXPECT_THAT(html("> [!TIP]\n>\n> - one", options), HasSubstr("Consiglio</p>\n<ul"));
    EXPECT_THAT(html("> [!NOTE] on the same line"), HasSubstr("<blockquote dir=\"auto\">\n<p dir=\"auto\">[!NOTE] on"));
    EXPECT_THAT(html("> - a\n>\n> [!NOTE]\n> b"), HasSubstr("<blockquote"));
}

TEST(Markdown, TextIsWhatPeopleRead) {
    EXPECT_EQ(
        plain_text("# Title\n\nHello *you* &amp; [me](https://x.test)\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 "
                   "|\n\n![plan](file:kfl_1)")
            .value(),
        "Title\n\nHello you & me\n\none\ntwo\n\na | b\n1 | 2\n\nplan");
    EXPECT_EQ(
        plain_text("Go to [us](https://x.test/a) or <https://y.test>\n\n2. b\n3. c\n   - d", PlainLinks::with_addresses)
            .value(),
        "Go to us (https://x.test/a) or https://y.test\n\n2. b\n3. c\n  - d");
}

TEST(Markdown, SlugsKeepEveryScript) {
    EXPECT_EQ(slug_of("How do I pay my bill?"), "how-do-i-pay-my-bill");
    EXPECT_EQ(slug_of("  L'été — à Genève! "), "lété-à-genève");
    EXPECT_EQ(slug_of("چگونه قبض را بپردازم؟"), "چگونه-قبض-را-بپردازم");
    EXPECT_EQ(slug_of("한국어 질문"), "한국어-질문");
    EXPECT_EQ(slug_of("../../etc/passwd"), "etc-passwd");
    EXPECT_EQ(slug_of("!?"), "");
    EXPECT_EQ(slug_of("one two three", 7), "one-two");
    EXPECT_EQ(slug_of("one two three", 8), "one-two");
    EXPECT_TRUE(is_slug("meter-2"));
    EXPECT_FALSE(is_slug("Meter"));
    EXPECT_FALSE(is_slug("a--b"));
    EXPECT_FALSE(is_slug("-a"));
    EXPECT_FALSE(is_slug("a/b"));
}

struct Bomb {
    std::string_view name;
    std::string text;
};

// Whatever they are, they are answered at once: with the text, or with a reason.
TEST(Markdown, BombsAreAnsweredInTime) {
    std::string ticks;
    for (std::size_t n = 1; ticks.size() < 900'000; ++n) ticks += std::string(n, '`') + "a";
    std::string references, uses;
    for (int i = 0; i < 8000; ++i) references += "[r" + std::to_string(i) + "]: /" + std::string(60, 'x') + "\n";
    for (int i = 0; i < 40'000; ++i) uses += "[r" + std::to_string(i % 8000) + "]\n\n";
    std::string lists;
    for (int i = 0; i < 700; ++i) lists += std::string(static_cast<std::size_t>(2 * i), ' ') + "- a\n";
    std::vector<Bomb> bombs = {
        {"brackets of 10 MB", std::string(10 << 20, '[')},
        {"brackets", std::string(1 << 20, '[')},
        {"closing brackets", std::string(1 << 20, ']')},
        {"links", repeated("[a](", 250'000)},
        {"images", repeated("![a](", 200'000)},
        {"image brackets", repeated("![", 500'000)},
        {"pairs", repeated("[]", 500'000)},
        {"emphasis", repeated("*a_ ", 250'000)},
        {"emphasis 2", repeated("a**b", 250'000)},
        {"emphasis 3", repeated("*", 1'000'000)},
        {"tildes", repeated("~a", 500'000)},
        {"quotes", repeated(">", 1'000'000)},
        {"quotes in lines", repeated(repeated(">", 2000) + "\n", 500)},
        {"bullets", repeated("- ", 500'000)},
        {"numbers", repeated("1. ", 300'000)},
        {"deeper lists", lists},
        {"angle", repeated("<", 1'000'000)},
        {"autolinks", repeated("<a:", 300'000)},
        {"comments", repeated("<!--", 250'000)},
        {"mails", repeated("a@", 500'000)},
        {"addresses", repeated("http://", 140'000)},
        {"mails with dots", "a@" + repeated("a.", 500'000)},
        {"entities", repeated("&amp;", 200'000)},
        {"ampersands", repeated("&", 1'000'000)},
        {"ticks", ticks},
        {"ticks apart", repeated("` ", 500'000)},
        {"references", references + "\n" + uses},
        {"unfinished references", repeated("[a", 500'000)},
        {"references alone", repeated("[a]:", 250'000)},
        {"equal references", repeated("[a]: b\n", 140'000) + repeated("[a]\n", 10'000)},
        {"table columns",
         "|" + repeated("a|", 20'000) + "\n|" + repeated("---|", 20'000) + "\n" + repeated("|\n", 100'000)},
        {"wide rows", "|a|\n|---|\n" + repeated("|", 900'000)},
        {"table pipes", repeated("|-", 500'000)},
        {"headings", repeated("# a\n", 250'000)},
        {"setext", repeated("a\n-\n", 200'000)},
        {"backslashes", repeated("\\", 1'000'000)},
        {"blanks", repeated(" ", 1'000'000) + "a"},
        {"tabs", repeated("\t", 1'000'000) + "a"},
        {"lines", repeated("\n", 1'000'000)},
        {"words", repeated("a ", 500'000)},
        {"hard breaks", repeated("a  \n", 250'000)},
        {"fences", repeated("```\n", 250'000)},
        {"nulls", std::string(1'000'000, '\0')},
        {"broken octets", std::string(1'000'000, '\xff')},
        {"link titles", repeated("[a](b \"", 140'000)},
        {"link titles 2", repeated("[a](<b", 160'000)},
        {"mixed", repeated("*[`<_~", 160'000)},
    };
    // Just within what a paragraph may hold, paragraph after paragraph.
    for (std::string_view const part :
         {"[", "]",   "![", "[]", "[a](", "[a][",     "*a_ ",   "a**b", "*",    "_a",  "~a",
          "<", "<a:", "`a", "` ", "[a",   "[a]: b\n", "*[`<_~", "a*",   "**a*", "[*a", "*a]"}) {
        auto const marks = static_cast<std::size_t>(
            std::ranges::count_if(part, [](char c) { return std::string_view("[]*_`~<!").contains(c); }));
        auto const paragraph = repeated(part, 19'900 / marks) + "\n\n";
        bombs.push_back({part, repeated(paragraph, 1'000'000 / paragraph.size())});
    }
    for (auto const& bomb : bombs) {
        auto const begin = std::chrono::steady_clock::now();
        auto const made = render(bomb.text);
        auto const text = plain_text(bomb.text);
        auto const took =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
        EXPECT_LT(took.count(), 5000) << bomb.name;
        if (made) EXPECT_LT(made->html.size(), std::size_t{5} << 20) << bomb.name;
        if (getenv("RAPPORT_SHOW_TIMES"))
            std::printf("%-24s %5d ms %s\n", std::string(bomb.name).c_str(), static_cast<int>(took.count()),
                        made ? "shown" : made.error().code.c_str());
    }
}

TEST(Markdown, TheLimitsSayWhatIsWrong) {
    EXPECT_EQ(render(std::string((1 << 20) + 1, 'a')).error().code, "text_too_large");
    EXPECT_EQ(render(repeated("> ", 60) + "a").error().code, "text_too_deep");
    EXPECT_EQ(render("|" + repeated("a|", 80) + "\n|" + repeated("---|", 80)).error().code, "table_too_wide");
    EXPECT_EQ(render(repeated("*a_", 20'000)).error().code, "text_too_slow");
    EXPECT_TRUE(render(repeated("> ", 20) + "a"));
    EXPECT_TRUE(render(repeated("A paragraph with [a link](https://x.test), `code` and *more*.\n\n", 5000)));
}

}  // namespace
}  // namespace rapport::markdown
