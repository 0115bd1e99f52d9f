// What is typed, and what is understood.
#include "search/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/highlight.hpp"

namespace rapport::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view names[] = {"label", "is"};
Expected<ParsedQuery> parse(std::string_view text, std::string zone = "UTC") {
    return parse_query(text, {names, std::move(zone)});
}
ParsedQuery parsed(std::string_view text) {
    auto found = parse(text);
    EXPECT_TRUE(found) << text;
    return found.value_or(ParsedQuery{});
}
Phrase one(std::string_view text, std::size_t clause = 0) {
    auto const found = parsed(text);
    EXPECT_LT(clause, found.clauses.size());
    return found.clauses[clause].phrases[0];
}
using enum Ending::Kind;

TEST(Queries, TheLastWordMayBeHalfTyped) {
    EXPECT_EQ(one("in"), (Phrase{{}, {prefix, "in"}}));
    EXPECT_EQ(one("in "), (Phrase{{}, {exact, "in"}}));
    EXPECT_EQ(one("i"), (Phrase{{}, {exact, "i"}}));
    EXPECT_EQ(one("order in"), (Phrase{{}, {prefix, "order"}}));
    EXPECT_EQ(one("order in", 1), (Phrase{{}, {prefix, "in"}}));
}

TEST(Queries, QuotesMakePhrases) {
    EXPECT_EQ(one("\"the red car\""), (Phrase{{"the", "red"}, {exact, "car"}}));
    EXPECT_EQ(one("\"the red ca"), (Phrase{{"the", "red"}, {prefix, "ca"}}));
    EXPECT_EQ(one("«the car»"), (Phrase{{"the"}, {exact, "car"}}));
    EXPECT_EQ(one("anna@example.org"), (Phrase{{"anna", "example"}, {prefix, "org"}}));
}

TEST(Queries, FieldsFiltersAndNegationAreKnown) {
    auto const found = parsed("from:anna -label:vip is:OPEN subject:\"red car\" -blue http://x");
    ASSERT_EQ(found.clauses.size(), 4U);
    EXPECT_EQ(found.clauses[0].field, Field::from);
    EXPECT_EQ(found.clauses[1].field, Field::subject);
    EXPECT_TRUE(found.clauses[2].negated);
    EXPECT_THAT(found.filters, ElementsAre(Filter{"label", "vip", true}, Filter{"is", "OPEN", false}));
}

TEST(Queries, DaysBeginWhereTheOrganisationIs) {
    auto const found = parse("car after:2026-11-22 before:2027", "Europe/Rome");
    ASSERT_TRUE(found);
    EXPECT_EQ(to_text(*found->after), "2026-11-21T23:00:00Z");
    EXPECT_EQ(to_text(*found->before), "2026-12-31T23:00:00Z");
    EXPECT_EQ(parsed("a after:۲۰۲۶-۱۱").after, parsed("a after:2026-11-01").after);
}

TEST(Queries, ADateThatIsNoneIsRefusedOnceItIsTyped) {
    auto const bad = parse("car before:yesterday ");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().fields.at(0).pointer, "/q");
    EXPECT_THAT(bad.error().fields.at(0).fix, HasSubstr("2026-11-22"));
    EXPECT_TRUE(parse("car before:2026-1"));
    EXPECT_TRUE(parse("car before:20"));  // being typed
}

TEST(Queries, NumbersOfConversationsAreKnown) {
    EXPECT_EQ(parsed("#1042").number, 1042);
    EXPECT_TRUE(parsed("#1042").only_number);
    EXPECT_EQ(parsed("1042").number, 1042);
    EXPECT_FALSE(parsed("1042").only_number);
    EXPECT_EQ(parsed("#۱۰۴۲").number, 1042);
    EXPECT_FALSE(parsed("#1042 car").number);
}

TEST(Queries, WhatAsksForNothingIsRefusedWithWhatToDo) {
    for (auto const* text : {"", "   ", "-", "\"\"", "!!! ???", "-car", "\"", ":", "* ( ) |", "\u200b"}) {
        auto const bad = parse(text);
        ASSERT_FALSE(bad) << text;
        EXPECT_FALSE(bad.error().fields.at(0).fix.empty());
    }
}

TEST(Queries, AreBounded) {
    EXPECT_FALSE(parse(std::string(10'000, 'x')));
    std::string many;
    for (int i = 0; i < 100; ++i) many += "a ";
    EXPECT_FALSE(parse(many));
    EXPECT_TRUE(parse(std::string(most_query_letters, 'x')));
}

TEST(Queries, HalfTypedHangulMayBecomeAnySyllable) {
    auto const half = one("배소");
    EXPECT_EQ(half.ending.kind, range);
    EXPECT_LE(half.ending.term, "배송");
    EXPECT_GT(half.ending.until, "배송");
    auto const letter = one("배ㅅ");
    EXPECT_EQ(letter.ending.kind, range);
    EXPECT_LE(letter.ending.term, "배송");
    EXPECT_GT(letter.ending.until, "배송");
    EXPECT_EQ(one("배송"), (Phrase{{}, {exact, "배송"}}));
}

TEST(Queries, KoreanParticlesDoNotHide) {
    auto const found = parsed("배송은");
    ASSERT_EQ(found.clauses[0].phrases.size(), 2U);
    EXPECT_EQ(found.clauses[0].phrases[1], (Phrase{{}, {exact, "배송"}}));
}

TEST(Queries, HalfTypedThaiIsAlsoReadUndivided) {
    auto const found = parsed("ใบเสร");
    bool whole = false;
    for (auto const& phrase : found.clauses[0].phrases) whole = whole || phrase == Phrase{{}, {prefix, "ใบเสร"}};
    EXPECT_TRUE(whole);
}

TEST(Excerpts, MarkWhatWasAskedForInCharacters) {
    auto const found = excerpt_of("Über die Rechnung: Rechnungen sind da", Field::any, parsed("rechnung"), 160);
    EXPECT_EQ(found.text, "Über die Rechnung: Rechnungen sind da");
    EXPECT_THAT(found.matches, ElementsAre(Range{9, 17}, Range{19, 29}));
}

TEST(Excerpts, BeginNearTheFirstMatch) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "filler ";
    auto const found = excerpt_of(text + "the red car\nis here " + text, Field::any, parsed("\"red car\""), 60);
    EXPECT_TRUE(found.text.starts_with("…"));
    EXPECT_TRUE(found.text.ends_with("…"));
    EXPECT_THAT(found.text, HasSubstr("the red car is here"));
    ASSERT_EQ(found.matches.size(), 1U);
    EXPECT_LT(found.text.size(), 200U);
}

TEST(Excerpts, MarkRowsOfPairs) {
    auto const found = excerpt_of("ご請求書の件", Field::any, parsed("請求書"), 60);
    EXPECT_THAT(found.matches, ElementsAre(Range{1, 4}));
    EXPECT_THAT(excerpt_of("배송은 언제", Field::any, parsed("배소"), 60).matches, ElementsAre(Range{0, 2}));
}

TEST(Excerpts, DoNotMarkWhatAnotherFieldWasAskedFor) {
    EXPECT_TRUE(excerpt_of("anna wrote", Field::any, parsed("from:anna wrote"), 60).matches.size() == 1);
}

}  // namespace
}  // namespace rapport::search
