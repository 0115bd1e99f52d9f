// Mentions, on both engines.
#include "desk/mentions.hpp"
#include "desk/desk_fixture.hpp"

namespace rapport::desk {
namespace {

using conversation::Assignee;
using testing::ElementsAre, testing::IsEmpty, testing::SizeIs;

TEST(Mentions, name_whole_names_at_the_beginning_of_a_word) {
    std::vector<Assignee> const people{{AgentId{1}, "Ann"}, {AgentId{2}, "Ann Lee"}, {AgentId{3}, "田中"}};
    EXPECT_THAT(named_in("@ann, look", people), ElementsAre(AgentId{1}));
    EXPECT_THAT(named_in("ask @Ann Lee and @Ann.", people), ElementsAre(AgentId{2}, AgentId{1}));
    EXPECT_THAT(named_in("(@田中)", people), ElementsAre(AgentId{3}));
    EXPECT_THAT(named_in("@Anna", people), IsEmpty());
    EXPECT_THAT(named_in("mail@ann", people), IsEmpty());
    EXPECT_THAT(named_in("@", people), IsEmpty());
    EXPECT_THAT(named_in("@Ann @Ann", people), SizeIs(1));
    EXPECT_THAT(named_in("@Ann2", people), IsEmpty());
}

TEST(Mentions, are_understood_where_no_blank_ends_a_name_and_whatever_the_case) {
    std::vector<Assignee> const people{{AgentId{1}, "田中"},
                                       {AgentId{2}, "สมชาย"},
                                       {AgentId{3}, "김철수"},
                                       {AgentId{4}, "Émile"},
                                       {AgentId{5}, "田中太郎"}};
    EXPECT_THAT(named_in("確認お願い@田中さん", people), ElementsAre(AgentId{1}));
    EXPECT_THAT(named_in("@田中太郎さん", people), ElementsAre(AgentId{5}));
    EXPECT_THAT(named_in("@สมชายครับ", people), ElementsAre(AgentId{2}));
    EXPECT_THAT(named_in("@김철수님 부탁", people), ElementsAre(AgentId{3}));
    EXPECT_THAT(named_in("@ÉMILE @emilen", people), ElementsAre(AgentId{4}));
}

TEST(Mentions, of_a_note_full_of_signs_cost_little) {
    std::vector<Assignee> people;
    for (int i = 1; i <= 2000; ++i) people.push_back({AgentId{i}, "Somebody With A Name " + std::to_string(i)});
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "@ ";
    auto const before = std::chrono::steady_clock::now();
    EXPECT_THAT(named_in(text + "@Somebody With A Name 7", people), IsEmpty()) << "behind so many signs";
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
    EXPECT_THAT(named_in("@Somebody With A Name 7", people), ElementsAre(AgentId{7}));
}

class MentionsKept : public DeskTest {
  protected:
    void hear() {
        store().write_now([&](store::Tx& tx) {
            auto const all = store::Store::events_after(tx, 0, 10'000);
            hear_mentions(tx, office(), all);
        });
    }
    MentionPage mentions(Who const& who) {
        return store().read_now(
            [&](store::Reader& reader) { return list_mentions(reader, office(), who, {}).value(); });
    }
    conversation::NewMessage note(std::string text) {
        auto wanted = answer(std::move(text));
        wanted.kind = conversation::MessageKind::note;
        return wanted;
    }
};
RAPPORT_ON_BOTH_ENGINES(MentionsKept);

TEST_P(MentionsKept, are_told_once_to_others_and_can_be_read) {
    auto const id = begun();
    ASSERT_TRUE(post(id, note("@Ben please look, says @Ann")));
    hear();
    hear();
    EXPECT_EQ(events("mention.made"), 1);
    auto const told = mentions(ben());
    ASSERT_THAT(told.items, SizeIs(1));
    EXPECT_EQ(told.items[0].conversation, id);
    EXPECT_EQ(told.items[0].by, "Ann");
    EXPECT_EQ(told.unread, 1);
    EXPECT_THAT(mentions(me()).items, IsEmpty());
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return read_mentions(tx, act_of(other_), id); }));
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return read_mentions(tx, act_of(other_), id); }));
    EXPECT_EQ(mentions(ben()).unread, 0);
    EXPECT_TRUE(mentions(ben()).items[0].read);
    EXPECT_EQ(events("mention.read"), 1);
}

TEST_P(MentionsKept, are_found_from_where_the_journal_was_left) {
    auto const step = [&] { return store().write_now([&](store::Tx& tx) { return follow(tx, office()); }); };
    auto const id = begun();
    ASSERT_TRUE(post(id, note("@Ben, before there was a desk")));
    step();
    EXPECT_EQ(events("mention.made"), 0);
    ASSERT_TRUE(post(id, note("@Ben, afterwards")));
    step();
    EXPECT_EQ(events("mention.made"), 1);
    restart();
    step();
    step();
    EXPECT_EQ(events("mention.made"), 1);
    EXPECT_THAT(mentions(ben()).items, SizeIs(1));
}

TEST_P(MentionsKept, follow_their_notes_into_other_conversations_and_go_with_them) {
    auto const id = begun();
    auto const other = begun("Bob <bob@example.org>", "<2@bob.test>");
    auto const said = post(id, note("@Ben, the same?"));
    ASSERT_TRUE(said);
    hear();
    EXPECT_EQ(mentions(ben()).unread, 1);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return conversation::merge(tx, office(), act(), id, other); }));
    hear();
    EXPECT_EQ(mentions(ben()).items.at(0).conversation, other);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return read_mentions(tx, act_of(other_), other); }));
    EXPECT_EQ(mentions(ben()).unread, 0) << "whoever opens the one that holds it has read it";
    auto const gone = post(other, note("@Ben, wrong place"));
    ASSERT_TRUE(gone);
    hear();
    EXPECT_EQ(mentions(ben()).unread, 1);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) {
        return conversation::take_back(tx, office(), act(), *gone, conversation::Afterwards::nothing);
    }));
    hear();
    EXPECT_EQ(mentions(ben()).unread, 0);
    EXPECT_THAT(mentions(ben()).items, SizeIs(1));
}

TEST_P(MentionsKept, are_told_by_mail_to_whoever_wishes_it) {
    auto const id = begun();
    ASSERT_TRUE(post(id, note("@Ben, first")));
    hear();
    EXPECT_THAT(letters("mention"), IsEmpty());
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return wish_mentions(tx, act_of(other_), {true}); }));
    EXPECT_TRUE(
        store().read_now([&](store::Reader& reader) { return mention_wishes(reader, act_of(other_).actor)->mail; }));
    ASSERT_TRUE(post(id, note("@Ben, second")));
    hear();
    hear();
    EXPECT_THAT(letters("mention"), ElementsAre("ben@staff.test"));
    EXPECT_EQ(store().read_now(
                  [&](store::Reader& reader) { return mention_wishes(reader, operator_act().actor).error().code; }),
              "agents_only");
}

TEST_P(MentionsKept, stand_in_notes_alone_and_not_in_what_customers_write) {
    conversation::MailOut mail;
    mail.text = "@Ben help me";
    auto const id = receive(mail).conversation;
    ASSERT_TRUE(post(id, answer("@Ben is on it")));
    hear();
    EXPECT_EQ(events("mention.made"), 0);
}

}  // namespace
}  // namespace rapport::desk
