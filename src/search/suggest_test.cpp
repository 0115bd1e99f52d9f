// Suggestions: what comes first, what is corrected, scripts without spaces, half-typed letters, changes.
#include "search/suggest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "search/suggest_table.hpp"

namespace rapport::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class Suggesting : public testing::Test {
  protected:
    void have(std::vector<std::string> const& titles) {
        std::vector<SuggestLine> lines;
        for (auto const& title : titles) lines.push_back({static_cast<std::int64_t>(lines.size()) + 1, title, 0});
        suggest.fill(lines);
    }
    std::vector<std::string> titles(std::string_view typed, SuggestOptions const& options = {}) const {
        std::vector<std::string> out;
        for (auto const& hit : suggest.ask(typed, options)) out.push_back(hit.text);
        return out;
    }
    Suggest suggest;
};

TEST_F(Suggesting, PutsTheWholeTitleBeforeOneThatBeginsSoBeforeARowOfWordsBeforeWordsAnywhere) {
    have({"Meter: how to read your gas", "How to read your gas meter", "Read your gas meter reading", "Gas meter",
          "Gas meter readings"});
    EXPECT_THAT(titles("gas meter"), ElementsAre("Gas meter", "Gas meter readings", "Read your gas meter reading",
                                                 "How to read your gas meter", "Meter: how to read your gas"));
}

TEST_F(Suggesting, TakesTheLastWordAsABeginningAndWordsInAnyOrder) {
    have({"Moving house", "Change your tariff", "Pay an invoice"});
    EXPECT_THAT(titles("mov"), ElementsAre("Moving house"));
    EXPECT_THAT(titles("tariff ch"), ElementsAre("Change your tariff"));
    EXPECT_THAT(titles(""), IsEmpty());
    EXPECT_THAT(titles("!!! ???"), IsEmpty());
}

TEST_F(Suggesting, CorrectsOnlyWhereLittleFitsAndNeverBeforeWhatFits) {
    have({"Conference rooms", "Confirmation of payment", "Configure a printer", "Conformity", "Cancel"});
    for (auto const& hit : suggest.ask("conf")) EXPECT_EQ(hit.corrections, 0) << hit.text;
    EXPECT_THAT(titles("confgure pri"), ElementsAre("Configure a printer"));  // one is missing
    EXPECT_THAT(titles("cofnigure"), ElementsAre("Configure a printer"));     // two changed places
    EXPECT_THAT(titles("configgure"), ElementsAre("Configure a printer"));    // one is double
    EXPECT_THAT(titles("confirmatoin od"), IsEmpty());
    have({"Form", "Farm", "Forms and more"});
    EXPECT_THAT(titles("form"), ElementsAre("Form", "Forms and more", "Farm"));
    EXPECT_THAT(titles("form", {.corrected = false}), ElementsAre("Form", "Forms and more"));
}

TEST_F(Suggesting, CorrectsNoShortWordsAndNoNumbers) {
    have({"Cat", "IPv4 addresses", "Form 1099"});
    EXPECT_THAT(titles("cot"), IsEmpty());
    EXPECT_THAT(titles("ipv6"), IsEmpty());
    EXPECT_THAT(titles("form 1098"), IsEmpty());
}

TEST_F(Suggesting, FindsAnIdOnceHoweverManyOfItsLinesFitAndSaysWhich) {
    suggest.fill({{7, "Reset your password", 0}, {7, "I forgot my password", 0}, {8, "Password rules", 0}});
    auto const hits = suggest.ask("forgot pass");
    ASSERT_EQ(hits.size(), 1);
    EXPECT_EQ(hits[0].id, 7);
    EXPECT_EQ(hits[0].text, "I forgot my password");
    EXPECT_EQ(suggest.ask("password").size(), 2);
}

TEST_F(Suggesting, PutsWhatWeighsMoreFirstAmongEquals) {
    suggest.fill({{1, "Invoice copies", 1}, {2, "Invoice dates", 9}, {3, "Invoice errors", 5}});
    EXPECT_THAT(titles("invoice"), ElementsAre("Invoice dates", "Invoice errors", "Invoice copies"));
    EXPECT_THAT(titles("invoice", {.limit = 1}), ElementsAre("Invoice dates"));
    EXPECT_THAT(titles("invoice", {.allowed = [](std::int64_t id) { return id != 2; }}),
                ElementsAre("Invoice errors", "Invoice copies"));
}

TEST_F(Suggesting, MarksWhatFits) {
    have({"Größe der Zähler ändern"});
    auto const hits = suggest.ask("zahler");
    ASSERT_EQ(hits.size(), 1);
    ASSERT_EQ(hits[0].marks.size(), 1);
    auto const [begin, end] = hits[0].marks[0];
    EXPECT_EQ(hits[0].text.substr(begin, end - begin), "Zähler");
}

// clang-format off
TEST_F(Suggesting, FindsWordsWhereAScriptWritesNoSpaces) {
    have({"電気料金の支払い方法", "น้ำไหลอ่อนทำอย่างไร", "نیم‌فاصله در متن", "退款政策"});
    EXPECT_THAT(titles("電"), ElementsAre("電気料金の支払い方法"));
    EXPECT_THAT(titles("料金"), ElementsAre("電気料金の支払い方法"));
    EXPECT_THAT(titles("電気料金の支払い方法"), ElementsAre("電気料金の支払い方法"));
    EXPECT_THAT(titles("料金支払"), ElementsAre("電気料金の支払い方法"));  // in pieces
    EXPECT_THAT(titles("ไหลอ่อน"), ElementsAre("น้ำไหลอ่อนทำอย่างไร"));
    EXPECT_THAT(titles("ไหลอ่"), ElementsAre("น้ำไหลอ่อนทำอย่างไร"));
    EXPECT_THAT(titles("نیمفاصله"), ElementsAre("نیم‌فاصله در متن"));
    EXPECT_THAT(titles("فاصله"), ElementsAre("نیم‌فاصله در متن"));
    EXPECT_THAT(titles("政策"), ElementsAre("退款政策"));
}

TEST_F(Suggesting, FindsKoreanWhileASyllableIsHalfTyped) {
    have({"저녁 배송", "전기 요금", "환불 안내"});
    EXPECT_THAT(titles("ㅈ"), Not(IsEmpty()));
    EXPECT_THAT(titles("저"), UnorderedElementsAre("전기 요금", "저녁 배송"));
    EXPECT_THAT(titles("전"), UnorderedElementsAre("전기 요금", "저녁 배송"));  // before the next vowel the consonant stands below
    EXPECT_THAT(titles("저녀"), ElementsAre("저녁 배송"));
    EXPECT_THAT(titles("전ㄱ"), ElementsAre("전기 요금"));
    EXPECT_THAT(titles("환불안"), IsEmpty());
}
// clang-format on

TEST_F(Suggesting, KnowsWhatChangedAtOnce) {
    have({"Old title", "Another"});
    suggest.put(1, {{1, "New title", 0}});
    EXPECT_THAT(titles("title"), ElementsAre("New title"));
    suggest.put(3, {{3, "Third title", 0}});
    EXPECT_THAT(titles("title"), ElementsAre("New title", "Third title"));
    suggest.put(1, {});
    EXPECT_THAT(titles("title"), ElementsAre("Third title"));
    for (std::int64_t id = 10; id < 1'100; ++id)
        suggest.put(id, {{id, "Filler " + std::to_string(id), 0}});  // joined into one table on the way
    EXPECT_THAT(titles("title"), ElementsAre("Third title"));
    EXPECT_THAT(titles("filler 1099"), ElementsAre("Filler 1099"));
    EXPECT_THAT(titles("another"), ElementsAre("Another"));
}

TEST_F(Suggesting, StandsWhateverIsTyped) {
    have({"A title", "ᄀ", "\xED\xA0\x80 broken", std::string(5'000, 'x')});
    for (auto const& typed : {std::string(10'000, 'a'), std::string(10'000, ' '), std::string("\xED\xB0\x80"),
                              std::string("\xFF\xFE"), std::string(3'000, '\xE3')})
        EXPECT_NO_THROW((void)suggest.ask(typed));
    std::string many;
    for (int i = 0; i < 500; ++i) many += "ti ";
    EXPECT_THAT(titles(many), IsEmpty());
}

// The tree that is cut against every word tried one by one.
std::size_t far(std::u32string_view a, std::u32string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

TEST(SuggestTree, FindsExactlyTheWordsOfWhichABeginningIsNear) {
    rc::check([] {
        auto const letter = rc::gen::elementOf(std::string("abc"));
        auto const word = rc::gen::mapcat(rc::gen::inRange(1, 12), [&](int n) {
            return rc::gen::container<std::string>(static_cast<std::size_t>(n), letter);
        });
        auto const words = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(word));
        auto const typed = *rc::gen::mapcat(rc::gen::inRange(4, 12), [&](int n) {
            return rc::gen::container<std::string>(static_cast<std::size_t>(n), letter);
        });
        std::vector<SuggestLine> lines;
        for (auto const& one : words) lines.push_back({static_cast<std::int64_t>(lines.size()), one, 0});
        SuggestTable const table(lines);
        auto const most = typed.size() < 8 ? 1U : 2U;
        std::map<std::int64_t, int> wanted, found;
        std::u32string const letters(typed.begin(), typed.end());
        for (auto const& line : lines) {
            std::u32string const other(line.text.begin(), line.text.end());
            std::size_t least = 99;
            for (std::size_t n = 0; n <= other.size(); ++n)
                least = std::min(least, far(letters, std::u32string_view(other).substr(0, n)));
            if (least <= most) wanted[line.id] = static_cast<int>(least);
        }
        auto const of_typed = words_typed(typed, false);
        auto const all = [](std::int64_t) { return true; };
        for (auto const& one : table.ask(of_typed, table.fitting(of_typed, 2), 1'000, all))
            found[one.fit.id] = one.fit.corrections;
        RC_ASSERT(found == wanted);
    });
}

}  // namespace
}  // namespace rapport::search
