// The pipeline: what becomes of letters, where words end, and that offsets lead back.
#include "search/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <optional>

namespace rapport::search {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

std::string folded(std::string_view text) {
    std::string out;
    for (auto const& letter : normalise(text)) append_utf8(out, letter.c);
    return out;
}
std::vector<std::string> terms(std::string_view text, std::optional<TokenKind> kind = {}) {
    std::vector<std::string> out;
    analyse(text, [&](Token const& token) {
        if (!kind || token.kind == *kind) out.emplace_back(token.term);
    });
    return out;
}

TEST(Normalising, FoldsCaseWidthAndAccents) {
    EXPECT_EQ(folded("PERCHÉ Straße ﬁn"), "perche strasse fin");
    EXPECT_EQ(folded("perche\u0301"), "perche");
    EXPECT_EQ(folded("ＡＢＣ１２３ ｶﾞｯｺｳ"), "abc123 ガッコウ");
}

// clang-format off
TEST(Normalising, KnowsOneFormOfArabicAndPersianLetters) {
    EXPECT_EQ(folded("كتاب علي"), folded("کتاب علی"));
    EXPECT_EQ(folded("مـــدرسه"), folded("مدرسه"));
    EXPECT_EQ(folded("آبان"), folded("ابان"));
    EXPECT_EQ(folded("۱۴۰۳ ٤٥"), "1403 45");
    EXPECT_EQ(folded("مُحَمَّد"), folded("محمد"));
}
// clang-format on

TEST(Normalising, ComposesThaiSaraAm) {
    EXPECT_EQ(folded("น้ำ"), folded("น\u0e49\u0e4d\u0e32"));
    EXPECT_EQ(folded("น้ำ"), folded("น\u0e4d\u0e49\u0e32"));
    EXPECT_EQ(folded("กำ"), "ก\u0e33");
}

TEST(Normalising, ComposesHangul) { EXPECT_EQ(folded("\u1112\u1161\u11ab\u1100\u1173\u11af"), "한글"); }

TEST(Normalising, TakesWhatIsNoUtf8) {
    EXPECT_EQ(folded("a\xED\xA0\x80z"), "a\uFFFD\uFFFD\uFFFDz");  // a lone surrogate
    EXPECT_EQ(terms("a\xFF"
                    "b"),
              (std::vector<std::string>{"a", "b"}));
}

// An ideographic space is a blank that is not ASCII: the same text goes the long way.
TEST(Segmenting, PiecesOfAsciiGoAShorterWayToTheSameTerms) {
    EXPECT_TRUE(rc::check([] {
        auto const letters = rc::gen::elementOf(std::string("aZ09_-.,'@\t\n  "));
        auto const text = *rc::gen::container<std::string>(letters);
        std::string other = "\u3000";
        for (char const c : text)
            if (c == ' ' || c == '\t' || c == '\n')
                other += "\u3000";
            else
                other += c;
        using Seen = std::vector<std::tuple<std::string, std::uint32_t, std::uint32_t>>;
        auto const seen = [](std::string_view from) {
            Seen out;
            analyse(from, [&](Token const& token) {
                out.emplace_back(token.term, token.place, token.end - token.begin);
                RC_ASSERT(from.substr(token.begin, token.end - token.begin).find('\xE3') == std::string_view::npos);
            });
            return out;
        };
        RC_ASSERT(seen(text) == seen(other));
    }));
}
TEST(Segmenting, GoesOnOverBlanksBetweenScripts) {
    EXPECT_EQ(terms("one caf\u00e9 Two"), (std::vector<std::string>{"one", "cafe", "two"}));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> where;
    analyse("one caf\u00e9 Two", [&](Token const& token) { where.emplace_back(token.begin, token.place); });
    EXPECT_THAT(where, ElementsAre(std::pair(0U, 0U), std::pair(4U, 1U), std::pair(10U, 2U)));
}

TEST(Segmenting, FindsWordsBetweenSigns) {
    EXPECT_THAT(terms("Dell'anno: INV-2024/001, anna@example.org"),
                ElementsAre("dell", "anno", "inv", "2024", "001", "anna", "example", "org"));
}

// clang-format off
TEST(Segmenting, ReadsWordsThatANonJoinerHoldsTogetherAlsoAsOne) {
    EXPECT_THAT(terms("کتاب\u200cها"), ElementsAre("کتابها", "کتاب", "ها"));
    EXPECT_THAT(terms("کتاب\u200c"), ElementsAre("کتاب"));
}
// clang-format on

TEST(Segmenting, FindsThaiWords) {
    EXPECT_THAT(terms("ฉันต้องการใบเสร็จรับเงิน"), Contains("ต้องการ"));
    EXPECT_THAT(terms("ก\u200bข"), ElementsAre("ก", "ข"));  // a zero-width space parts
}

TEST(Segmenting, CutsChineseJapaneseAndKoreanIntoPairs) {
    EXPECT_THAT(terms("請求書の", TokenKind::gram), ElementsAre("請求", "求書", "書の"));
    EXPECT_THAT(terms("배송은", TokenKind::gram), ElementsAre("배송", "송은"));
    EXPECT_THAT(terms("A水b"), ElementsAre("a", "水", "水", "b"));
}

TEST(Segmenting, BoundsTermsAndTheirNumber) {
    auto const long_one = terms(std::string(5000, 'x'));
    ASSERT_EQ(long_one.size(), 1U);
    EXPECT_EQ(long_one[0].size(), most_term_letters);
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "w ";
    std::size_t n = 0;
    analyse(many, [&](Token const&) { ++n; }, {.octets = 1 << 20, .tokens = 100});
    EXPECT_EQ(n, 100U);
}

// Whatever the octets: tokens lie in the text, in order, and a token of its part alone gives the same term.
TEST(Offsets, LeadBackToTheText) {
    // clang-format off
    static constexpr std::string_view pieces[] = {"Anna ", "perché", "e\u0301", "ｶﾞ", "請求書", "한글", "\u1112\u1161", "น้ำ",
                                                  "ใบเสร็จ", "کتاب\u200cها", "\xED\xA0\x80", "\xFF", "-", "\u200b", "۱۲", "x@y.z", "ﬁ", "\u0e4d\u0e32"};
    // clang-format on
    bool const held = rc::check([] {
        auto const chosen =
            *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, std::size(pieces)));
        std::string text;
        for (auto const i : chosen) text += pieces[i];
        std::uint32_t place = 0, begin = 0;
        analyse(text, [&](Token const& token) {
            RC_ASSERT(token.begin < token.end);
            RC_ASSERT(token.end <= text.size());
            RC_ASSERT(token.place >= place);
            RC_ASSERT(token.begin >= begin || token.kind == TokenKind::word);
            place = token.place;
            begin = token.begin;
            if (token.kind == TokenKind::word && script_of(normalise(token.term).front().c) == Script::spaced) {
                auto const again = terms(std::string_view(text).substr(token.begin, token.end - token.begin));
                RC_ASSERT(!again.empty());
                RC_ASSERT(again.front() == token.term);
            }
        });
    });
    EXPECT_TRUE(held);
}

TEST(Offsets, AreTheSameForAnyOctets) {
    bool const held = rc::check([](std::string const& text) {
        analyse(text, [&](Token const& token) { RC_ASSERT(token.begin < token.end && token.end <= text.size()); });
        RC_ASSERT(folded(folded(text)) == folded(text));
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace rapport::search
