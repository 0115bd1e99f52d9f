// Every rule of the table is found by its code, the page for integrators is that table, and problem documents carry it.
#include "net/rule_codes.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "net/response.hpp"
#include "testing/process.hpp"

namespace rapport::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RuleCodes, each_rule_has_its_own) {
    for (auto const& [code, pattern] : rule_codes()) {
        std::string rule(pattern);
        for (auto at = rule.find('*'); at != rule.npos; at = rule.find('*')) rule[at] = '7';
        EXPECT_EQ(coded(rule).code, code) << rule;
    }
    EXPECT_EQ(coded("must be as nobody has ever said").code, "other");
    EXPECT_THAT(coded("must be as nobody has ever said").values, IsEmpty());
    EXPECT_THAT(coded("must have 1 to 200 characters").values, ElementsAre("1", "200"));
    EXPECT_EQ(coded("must have 1 to 200 characters, or none").code, "other");
}

TEST(RuleCodes, stand_on_the_page_for_integrators) {
    std::string const path = "docs/integrators/rules.md";
    auto const page =
        "# Rules of fields\n\n"
        "A problem document ([errors](../formats/http.md#errors)) names each wrong field with the rule that it breaks "
        "and what to do, in English, and with\n"
        "the rule's `code` and what differs in it (`values`), so that programs can say it in another language. Rows of "
        "[bulk jobs](bulk.md) and runs of\nschedules have the same. Printed from the program's table; codes stay, "
        "sentences may change.\n\n" +
        rule_codes_as_markdown();
    if (std::getenv("RAPPORT_WRITE_DOCS")) std::ofstream(path) << page;
    EXPECT_EQ(rapport::testing::file_text(path), page)
        << "run RAPPORT_WRITE_DOCS=1 net_test --gtest_filter='RuleCodes.*'";
}

TEST(RuleCodes, stand_in_problem_documents) {
    Error const error{ErrorKind::invalid,
                      "invalid_fields",
                      "No.",
                      {{"/name", "must have 1 to 200 characters", "shorten it"}, {"/x", "is odd", "mend it"}},
                      0};
    auto const body = problem(error, "").body;
    auto const* text = std::get_if<std::string>(&body);
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr(R"("fix":"shorten it","code":"length","values":["1","200"]})"));
    EXPECT_THAT(*text, HasSubstr(R"("fix":"mend it","code":"other","values":[]})"));
}

}  // namespace
}  // namespace rapport::net
