// Lists and counters among many conversations, on both engines: a page walks one range of an index, and counting reads
// counters alone.
#include "conversation/conversation_fixture.hpp"
#include "testing/query_plan.hpp"

namespace rapport::conversation {
namespace {

using testing::HasSubstr, testing::Not;

class Lists : public ConversationTest {
  protected:
    void TearDown() override {}  // the rows below are no sound conversations: fsck would say so

    static constexpr std::string_view conversations =
        "INSERT INTO conversation (id, number, customer, mailbox, state, priority, team, assignee, locale, opened_at, "
        "last_at, messages, version, changed_at, snoozed_until, due_at) "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        "SELECT 1000000000 + i, 1000 + i, 1 + i % 3, 1, CASE i % 4 WHEN 0 THEN 'open' WHEN 1 THEN 'snoozed' ELSE "
        "'resolved' END, 'normal', 1 + i % 3, CASE WHEN i % 5 > 0 THEN 1 + i % 3 END, 'en', i, i, 1, 1, i, "
        "CASE WHEN i % 4 = 1 THEN i END, CASE WHEN i % 7 > 0 THEN i END FROM n";
    static constexpr std::string_view placements =
        "INSERT INTO conversation_placement (conversation, mailbox, state, last_at) "
        "SELECT id, 1 + id % 3, state, last_at FROM conversation WHERE id > 1000000000";
    static constexpr std::string_view labelled =
        "INSERT INTO conversation_labelled (conversation, label, state, last_at) "
        "SELECT id, 1 + id % 3, state, last_at FROM conversation WHERE id > 1000000000";
    static constexpr std::string_view messages =
        "INSERT INTO conversation_message (id, conversation, origin, direction, channel, state, at, author_kind, "
        "author_id, text_size, html_size, attachments) "
        "SELECT id, 1000000000 + id % 200, 1, 'in', 'email', 'received', last_at, 'customer', 1, 0, 0, 0 "
        "FROM conversation WHERE id > 1000000000";

    void fill() {
        static constexpr store::Query steps[] = {
            {"test.conversations", conversations, conversations},
            {"test.placements", placements, placements},
            {"test.labelled", labelled, labelled},
            {"test.messages", messages, messages},
            // PostgreSQL does it by itself; nobody does it on SQLite.
            {"test.analyse", "UPDATE conversation SET version = version WHERE id = 0", "ANALYZE"}};
        store().write_now([](store::Tx& tx) {
            for (auto const& step : steps) tx.exec(step);
            return true;
        });
    }
};
RAPPORT_ON_BOTH_ENGINES(Lists);

TEST_P(Lists, walk_one_range_of_an_index_however_many_conversations_there_are) {
    fill();
    test::QueryPlans plans(store(), GetParam());
    std::vector<std::string> const page{"'open'", "9000000000", "9000000000", "51", "3"},
        due{"'open'", "0", "0", "51", "3"};
    struct Expected {
        store::Query const& query;
        std::string_view index;
        std::vector<std::string> values;
    };
    for (auto const& [query, index, values] :
         std::vector<Expected>{{sql::list_all, "conversation_all", page},
                               {sql::list_unassigned, "conversation_unassigned", page},
                               {sql::list_assignee, "conversation_assignee", page},
                               {sql::list_team, "conversation_team", page},
                               {sql::list_mailbox, "conversation_placement_page", page},
                               {sql::list_label, "conversation_labelled_page", page},
                               {sql::list_customer, "conversation_customer", {"3", "9000000000", "9000000000", "51"}},
                               {sql::list_due_all, "conversation_due", due},
                               {sql::list_due_assignee, "conversation_due_assignee", due},
                               {sql::list_due_team, "conversation_due_team", due},
                               {sql::messages_of, "conversation_message_thread", {"1000000003", "9000000000", "51"}},
                               {sql::due_to_wake, "conversation_snoozed", {"20000", "100"}}}) {
        auto const plan = plans.of(query, values);
        EXPECT_THAT(plan, HasSubstr(index)) << query.name;
        for (auto const* whole : {"SCAN", "Seq Scan", "TEMP B-TREE", "Sort"})
            EXPECT_THAT(plan, Not(HasSubstr(whole))) << query.name;
    }
}

TEST_P(Lists, are_counted_without_looking_at_conversations) {
    fill();
    auto const plan = test::QueryPlans(store(), GetParam()).of(sql::counters, {});
    EXPECT_THAT(plan, HasSubstr("conversation_counter"));
    for (auto const* other : {"conversation ", "conversation_all", "conversation_placement", "conversation_labelled"})
        EXPECT_THAT(plan, Not(HasSubstr(other)));
}

}  // namespace
}  // namespace rapport::conversation
