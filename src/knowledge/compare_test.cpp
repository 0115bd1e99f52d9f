// Texts beside each other, and the table of states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "knowledge/knowledge.hpp"

namespace rapport::knowledge {
namespace {

// One line each: "=same", "+added", "-removed", "~was[-gone-]{+new+}".
std::string told(std::string_view before, std::string_view after) {
    std::string out;
    for (auto const& line : compare(before, after).lines) {
        out += line.kind == LineKind::same      ? '='
               : line.kind == LineKind::added   ? '+'
               : line.kind == LineKind::removed ? '-'
                                                : '~';
        for (auto const& piece : line.pieces) {
            if (line.kind != LineKind::changed || piece.kind == PieceKind::same)
                out += piece.text;
            else
                out += piece.kind == PieceKind::added ? "{+" + piece.text + "+}" : "[-" + piece.text + "-]";
        }
        out += '\n';
    }
    return out;
}

// What both texts were can be read back from the comparison.
void check_both(std::string const& before, std::string const& after) {
    std::string a, b;
    for (auto const& line : compare(before, after).lines) {
        std::string in_a, in_b;
        for (auto const& piece : line.pieces) {
            if (piece.kind != PieceKind::added) in_a += piece.text;
            if (piece.kind != PieceKind::removed) in_b += piece.text;
        }
        if (line.before) a += in_a + '\n';
        if (line.after) b += in_b + '\n';
    }
    auto const ended = [](std::string text) { return text.empty() || text.ends_with('\n') ? text : text + '\n'; };
    ASSERT_EQ(a, ended(before));
    ASSERT_EQ(b, ended(after));
}

TEST(Comparison, TellsLinesAndWithinThemWords) {
    EXPECT_EQ(told("a\nb\nc\n", "a\nc\nd\n"), "=a\n-b\n=c\n+d\n");
    EXPECT_EQ(told("Pay by card today.", "Pay by bank today."), "~Pay by [-card-]{+bank+} today.\n");
    EXPECT_EQ(told("支払い方法を選ぶ", "支払い時期を選ぶ"), "~支払い[-方法-]{+時期+}を選ぶ\n");
    EXPECT_EQ(told("", "x"), "+x\n");
    EXPECT_EQ(told("x", ""), "-x\n");
    EXPECT_EQ(told("", ""), "");
    EXPECT_EQ(told("something else entirely", "1234567890 0987654321"),
              "-something else entirely\n+1234567890 0987654321\n");
    auto const made = compare("one two", "one two three four");
    EXPECT_EQ(made.added, 2);
    EXPECT_EQ(made.removed, 0);
}

TEST(Comparison, GivesBackBothTextsWhateverTheyAre) {
    std::mt19937 random(7);
    std::string_view const parts[] = {"a", "b", "c ", " d", "\n", "\n\n", "ภาษา", "e f"};
    for (int round = 0; round < 400; ++round) {
        std::string a, b;
        for (int i = static_cast<int>(random() % 40); i > 0; --i) a += parts[random() % std::size(parts)];
        b = a;
        for (int i = static_cast<int>(random() % 6); i > 0; --i)
            b.insert(random() % 2 ? b.size() : 0, parts[random() % std::size(parts)]);
        if (random() % 3 == 0)
            for (int i = static_cast<int>(random() % 40); i > 0; --i) b += parts[random() % std::size(parts)];
        check_both(a, b);
    }
}

TEST(Comparison, IsBoundedForTextsThatHaveNothingInCommon) {
    std::string a, b;
    for (int i = 0; i < 60'000; ++i) {
        a += "a" + std::to_string(i) + "\n";
        b += "b" + std::to_string(i) + "\n";
    }
    auto const begin = std::chrono::steady_clock::now();
    auto const made = compare(a, b);
    EXPECT_TRUE(made.truncated);
    EXPECT_EQ(made.lines.size(), 120'000U);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(States, EveryStepIsInTheTableOnceAndSavingIsAlwaysPossible) {
    for (auto const& one : text_steps) {
        int same = 0;
        for (auto const& other : text_steps) same += other.from == one.from && other.verb == one.verb;
        EXPECT_EQ(same, 1);
    }
    for (auto const state : {TranslationState::draft, TranslationState::in_review, TranslationState::approved,
                             TranslationState::scheduled, TranslationState::published, TranslationState::withdrawn})
        EXPECT_EQ(step(state, TextVerb::save), TranslationState::draft);
    EXPECT_EQ(step(TranslationState::draft, TextVerb::approve), std::nullopt);
    EXPECT_EQ(step(TranslationState::published, TextVerb::publish), std::nullopt);
}

}  // namespace
}  // namespace rapport::knowledge
