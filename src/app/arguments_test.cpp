// Tests of the command line.
#include "app/arguments.hpp"

#include <gtest/gtest.h>

namespace rapport::app {
namespace {

Grammar const grammar{{"file", "to"}, {"json"}, 1, 2};

TEST(Arguments, options_switches_and_words_are_told_apart) {
    auto const args = Arguments::parse({"a", "--file", "x", "--to=y", "--file=z", "--json", "--", "--b"}, grammar);
    ASSERT_TRUE(args);
    EXPECT_EQ(args->words(), (std::vector<std::string>{"a", "--b"}));
    EXPECT_EQ(args->values("file"), (std::vector<std::string>{"x", "z"}));
    EXPECT_EQ(args->value("to"), "y");
    EXPECT_TRUE(args->has("json"));
}

TEST(Arguments, what_is_not_known_or_missing_is_an_error) {
    EXPECT_FALSE(Arguments::parse({"a", "--nope"}, grammar));
    EXPECT_FALSE(Arguments::parse({"a", "--file"}, grammar));
    EXPECT_FALSE(Arguments::parse({"a", "--json=1"}, grammar));
    EXPECT_FALSE(Arguments::parse({}, grammar));
    EXPECT_FALSE(Arguments::parse({"a", "b", "c"}, grammar));
}

}  // namespace
}  // namespace rapport::app
