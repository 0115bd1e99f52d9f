// Canned replies, on both engines: whose they are, what they say, and that no variable is ever sent raw.
#include "desk/desk_fixture.hpp"

namespace rapport::desk {
namespace {

using testing::ElementsAre, testing::IsEmpty, testing::SizeIs;

class CannedReplies : public DeskTest {};
RAPPORT_ON_BOTH_ENGINES(CannedReplies);

TEST_P(CannedReplies, fill_in_what_is_known_of_customer_conversation_and_agent) {
    auto const id = begun();
    auto const kept =
        keep(canned("Dear {{customer.name|customer}},\n#{{conversation.number}} \"{{conversation.subject|}}\""
                    " is looked after by {{agent.name|us}}, {{mailbox.name}}."),
             me());
    ASSERT_TRUE(kept) << kept.error().text;
    auto const words = render(kept->id, id);
    ASSERT_TRUE(words) << words.error().text;
    EXPECT_EQ(words->text, "Dear Ada Lovelace,\n#1 \"Broken meter\" is looked after by Ann, Example Utilities.");
    EXPECT_THAT(words->gaps, IsEmpty());
}

TEST_P(CannedReplies, say_what_stands_where_a_value_is_missing_and_never_leave_a_variable_raw) {
    auto const id = begun("ada@example.org");
    auto const kept = keep(canned("Dear {{customer.name|there}}, {{customer.external_id|no number}}"), me());
    auto const words = render(kept->id, id);
    ASSERT_TRUE(words);
    EXPECT_EQ(words->text, "Dear there, no number");
    ASSERT_THAT(words->gaps, SizeIs(2));
    EXPECT_EQ(words->gaps[0].variable, "customer.name");
    EXPECT_EQ(words->gaps[0].gives, "there");
}

TEST_P(CannedReplies, are_refused_when_they_are_kept_if_a_value_may_be_missing_and_nothing_is_said_for_it) {
    auto const refused = keep(canned("Dear {{customer.name}}"), me());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "template_invalid");
    EXPECT_EQ(refused.error().fields.at(0).pointer, "/versions/en");
    EXPECT_EQ(keep(canned("Dear {{customer.nome|x}}"), me()).error().code, "template_invalid");
    EXPECT_EQ(keep(canned("Dear {{customer.name"), me()).error().code, "template_invalid");
    EXPECT_TRUE(keep(canned("Dear {{#customer.name}}{{customer.name}}{{/customer.name}}"), me()));
    auto klingon = canned("x");
    klingon.versions["tlh"] = {"qapla'"};
    EXPECT_EQ(keep(klingon, me()).error().fields.at(0).pointer, "/versions/tlh");
    EXPECT_THAT(canned_of(me()), SizeIs(1));
}

TEST_P(CannedReplies, speak_the_conversations_language_where_they_can) {
    auto wanted = canned("Hello");
    wanted.versions["it"] = {"Buongiorno"};
    auto const kept = keep(wanted, me());
    auto const id = begun();
    auto const in_english = render(kept->id, id);
    EXPECT_EQ(in_english->text, "Hello");
    auto const in_italian = store().read_now(
        [&](store::Reader& reader) { return render_canned(reader, office(), me(), kept->id, {id, Locale::it}); });
    EXPECT_EQ(in_italian->text, "Buongiorno");
    auto const in_thai = store().read_now(
        [&](store::Reader& reader) { return render_canned(reader, office(), me(), kept->id, {id, Locale::th}); });
    EXPECT_EQ(in_thai->text, "Hello");
    EXPECT_EQ(in_thai->locale, Locale::en);
}

TEST_P(CannedReplies, are_ones_own_a_teams_or_everyones) {
    auto const support = team("Support", {agent_});
    auto of_team = canned("Team's", Audience::team);
    of_team.team = support;
    auto const own = keep(canned("Mine"), me());
    auto const teams = keep(of_team, me());
    ASSERT_TRUE(own);
    ASSERT_TRUE(teams);
    EXPECT_EQ(keep(canned("All", Audience::everyone), me()).error().kind, ErrorKind::forbidden);
    auto const all = keep(canned("All", Audience::everyone), me(true));
    ASSERT_TRUE(all);

    EXPECT_THAT(canned_of(me()), SizeIs(3));
    auto const seen = canned_of(ben());
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].id, all->id);
    EXPECT_FALSE(seen[0].may_change);
    EXPECT_EQ(render(own->id, begun(), ben()).error().kind, ErrorKind::not_found);
    auto const change = [&](CannedReplyId id, Who const& who) {
        return store().write_now([&](store::Tx& tx) {
            return change_canned(tx, act_of(other_), who, id, canned("Changed", Audience::everyone));
        });
    };
    EXPECT_EQ(change(own->id, ben(true)).error().kind, ErrorKind::not_found);
    EXPECT_EQ(change(all->id, ben()).error().kind, ErrorKind::forbidden);
    EXPECT_TRUE(change(teams->id, ben(true)));
    EXPECT_EQ(keep(of_team, ben()).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(store()
                  .write_now([&](store::Tx& tx) { return delete_canned(tx, act_of(other_), ben(), all->id); })
                  .error()
                  .kind,
              ErrorKind::forbidden);
    EXPECT_TRUE(store().write_now([&](store::Tx& tx) { return delete_canned(tx, act(), me(true), all->id); }));
    EXPECT_EQ(events("canned_reply.deleted"), 1);
}

TEST_P(CannedReplies, have_a_shortcut_that_is_unique_among_the_same_people) {
    auto wanted = canned("Mine");
    wanted.shortcut = Shortcut{"Refund"};
    auto const kept = keep(wanted, me());
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->shortcut, "refund");
    wanted.shortcut = Shortcut{"refund"};
    auto const again = keep(wanted, me());
    EXPECT_EQ(again.error().code, "shortcut_exists");
    EXPECT_EQ(again.error().fields.at(0).pointer, "/shortcut");
    EXPECT_TRUE(keep(wanted, ben()));
    wanted.audience = Audience::everyone;
    EXPECT_TRUE(keep(wanted, me(true)));
    wanted.shortcut = Shortcut{"two words"};
    EXPECT_EQ(keep(wanted, me(true)).error().fields.at(0).pointer, "/shortcut");
    EXPECT_TRUE(store().write_now([&](store::Tx& tx) {
        auto same = canned("Mine, again");
        same.shortcut = Shortcut{"refund"};
        return change_canned(tx, act(), me(), kept->id, same);
    }));
}

TEST_P(CannedReplies, of_an_api_key_are_never_its_own) {
    Who const key{{ActorKind::api_key, 7, "shop"}, true, true};
    EXPECT_EQ(keep(canned("x"), key).error().fields.at(0).pointer, "/audience");
    EXPECT_TRUE(keep(canned("x", Audience::everyone), key));
    auto no_team = canned("x", Audience::team);
    EXPECT_EQ(keep(no_team, key).error().fields.at(0).pointer, "/team");
}

}  // namespace
}  // namespace rapport::desk
