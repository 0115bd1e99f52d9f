// Erasing: what cannot be read any more, and what stays.
#include "conversation/erasure/erase.hpp"

#include "conversation/conversation_fixture.hpp"
#include "conversation/csat/csat.hpp"
#include "conversation/looking/looking.hpp"
#include "people/erase.hpp"
#include "post/erase.hpp"

namespace rapport::conversation {
namespace {

using testing::IsEmpty;

// Statements are known by their address: they outlive the store.
constexpr store::Query one_query(char const* name, char const* text) { return {name, text, text}; }
constexpr auto mails = one_query("test.mails", "SELECT count(*) FROM inbound_message");
constexpr auto keys = one_query("test.keys", "SELECT count(*) FROM inbound_message WHERE length(wrapped_key) > 0");
constexpr auto ratings = one_query("test.ratings", "SELECT count(*) FROM rating");
constexpr auto marks = one_query("test.marks", "SELECT count(*) FROM conversation_seen");
constexpr auto lookers = one_query("test.lookers", "SELECT count(*) FROM conversation_looker");
constexpr auto references = one_query("test.references", "SELECT count(*) FROM conversation_reference");

class Erasing : public ConversationTest {
  protected:
    Expected<ErasedConversations> erase(ConversationId id) {
        advance(std::chrono::seconds(1));
        return store().write_now(
            [&](store::Tx& tx) { return erase_conversation(tx, office(), act(), id, "the customer asked for it"); });
    }
    std::int64_t count(store::Query const& query) {
        return store().read_now([&](store::Reader& reader) { return reader.one<std::int64_t>(query).value_or(0); });
    }
    // Answered, resolved, rated with words; an agent has looked, and still does.
    csat::RatingId rated(ConversationId id) {
        csat::RatingSettings settings;
        settings.on = true;
        EXPECT_TRUE(
            store().write_now([&](store::Tx& tx) { return csat::put_settings(tx, act(), "organisation", settings); }));
        EXPECT_TRUE(post(id, answer()));
        leave();
        ConversationChange over;
        over.state = State::resolved;
        EXPECT_TRUE(change(id, over));
        store().write_now([&](store::Tx& tx) { return csat::ask_due(tx, office(), now()); });
        advance(std::chrono::hours(2));
        store().write_now([&](store::Tx& tx) { return csat::ask_due(tx, office(), now()); });
        auto const rating =
            store().read_now([&](store::Reader& reader) { return csat::ratings_of(reader, office(), id).at(0).id; });
        EXPECT_TRUE(store().write_now([&](store::Tx& tx) {
            return csat::rate(tx, office(), Actor{ActorKind::customer, 0, {}}, rating, {2, Text<0, 2000>{"Too slow."}},
                              csat::RatedVia::mail, now());
        }));
        auto const last = thread(id).front().id;
        EXPECT_TRUE(store().write_now([&](store::Tx& tx) { return mark_seen(tx, act(), id, last); }));
        EXPECT_TRUE(
            store().write_now([&](store::Tx& tx) { return put_looking(tx, act(), {{"screen"}, id, Doing::viewing}); }));
        return rating;
    }
    std::vector<post::OutboxItem> letters(csat::RatingId id) {
        return store().read_now([&](store::Reader& reader) { return post::letters_of(reader, to_text(id)); });
    }
};
RAPPORT_ON_BOTH_ENGINES(Erasing);

TEST_P(Erasing, NothingOfAConversationCanBeReadAnyMore) {
    auto const came = receive({});
    auto const id = came.conversation;
    ASSERT_TRUE(post(id, answer()));
    auto const sent = leave();
    ASSERT_EQ(sent.size(), 1u);
    auto const counts_before = counts("all");
    auto const done = erase(id);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->messages, 2);
    auto const view = this->view(id);
    EXPECT_TRUE(view.erased);
    EXPECT_EQ(view.state, State::resolved);
    EXPECT_THAT(view.subject + view.preview + view.from.name, IsEmpty());
    EXPECT_TRUE(view.participants.empty());
    for (auto const& one : thread(id)) {
        EXPECT_TRUE(one.erased);
        EXPECT_THAT(one.text + one.subject + one.from.address, IsEmpty());
        EXPECT_FALSE(one.has_raw);
        EXPECT_TRUE(one.attachments.empty());
        for (auto const& letter : one.letters) EXPECT_EQ(letter.to, post::erased_address);
    }
    EXPECT_EQ(counts("all").open + counts("all").pending + counts("all").resolved,
              counts_before.open + counts_before.pending + counts_before.resolved);
    EXPECT_EQ(events("conversation.erased"), 1);
    EXPECT_EQ(erase(id).error().code, "content_erased");
    // The raw mail is known, and closed: the same one again makes nothing.
    keep(MailOut{}.raw(), {"box@ours.test"});
    handle();
    EXPECT_EQ(count(mails), 1);
    EXPECT_EQ(count(keys), 0);
    EXPECT_EQ(count(references), 0);
    // An answer to what was erased begins a conversation: nothing says whose it was.
    MailOut more;
    more.id = "<2@ada.test>";
    more.references = "<1@ada.test>";
    more.to = sent.front().reply_to();
    auto const next = receive(more, sent.front().reply_to());
    EXPECT_NE(next.conversation, id);
}

TEST_P(Erasing, AnAnswerThatWaitsDoesNotLeave) {
    auto const came = receive({});
    ASSERT_TRUE(post(came.conversation, answer()));
    ASSERT_TRUE(erase(came.conversation));
    EXPECT_THAT(leave(), IsEmpty());
}

TEST_P(Erasing, RatingsMarksAndWhoLooksGoWithTheirConversation) {
    auto const came = receive({});
    MailOut mail;
    mail.id = "<bob@bob.test>";
    mail.from = "Bob <bob@example.org>";
    auto const of_bob = receive(mail, "box@ours.test", "bob@example.org").conversation;
    auto const rating = rated(came.conversation);
    rated(of_bob);
    ASSERT_EQ(count(ratings), 2);
    ASSERT_EQ(count(marks), 2);
    ASSERT_EQ(letters(rating).size(), 1u);
    ASSERT_TRUE(erase(came.conversation));
    EXPECT_EQ(count(ratings), 1);
    EXPECT_EQ(count(marks), 1);
    EXPECT_EQ(letters(rating).front().to.value, post::erased_address);
    EXPECT_EQ(count(lookers), 1);  // the screen looks at Bob's
    ASSERT_TRUE(erase(of_bob));
    EXPECT_EQ(count(ratings) + count(marks) + count(lookers), 0);
    // Nothing is asked about it any more.
    advance(std::chrono::hours(2));
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return csat::ask_due(tx, office(), now()); }), 0u);
    EXPECT_FALSE(store().read_now(
        [&](store::Reader& reader) { return csat::find_question(reader, office(), rating, Locale::en); }));
}

TEST_P(Erasing, RatingsOfAPersonGoAlsoWhereTheConversationIsSomebodyElses) {
    auto const came = receive({});
    rated(came.conversation);
    static constexpr store::Query moved{"test.moved", "UPDATE conversation SET customer = NULL",
                                        "UPDATE conversation SET customer = NULL"};
    auto const customer = view(came.conversation).from.customer.value();
    store().write_now([](store::Tx& tx) { tx.exec(moved); });
    store().write_now([&](store::Tx& tx) {
        return erase_messages_of(tx, office(), act(), customer, {EmailAddress{"ada@example.org"}});
    });
    EXPECT_EQ(count(ratings), 0);
}

TEST_P(Erasing, WhatWasMergedGoesWithIt) {
    auto const one = receive({});
    MailOut mail;
    mail.id = "<other@ada.test>";
    mail.subject = "Another thing";
    auto const two = receive(mail);
    ASSERT_NE(one.conversation, two.conversation);
    ASSERT_TRUE(store().write_now(
        [&](store::Tx& tx) { return merge(tx, office(), act(), two.conversation, one.conversation); }));
    auto const done = erase(one.conversation);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->messages, 2);
    EXPECT_EQ(done->conversations.size(), 2u);
    EXPECT_TRUE(view(two.conversation).erased);
}

TEST_P(Erasing, AConversationThatWasMergedTakesItsOwnMessagesAlone) {
    auto const one = receive({});
    MailOut mail;
    mail.id = "<other@ada.test>";
    auto const two = receive(mail);
    ASSERT_TRUE(store().write_now(
        [&](store::Tx& tx) { return merge(tx, office(), act(), two.conversation, one.conversation); }));
    EXPECT_EQ(erase(two.conversation)->messages, 1);
    EXPECT_FALSE(message(one.id).erased);
    EXPECT_TRUE(message(two.id).erased);
}

TEST_P(Erasing, OfAPersonTheWordsInConversationsOfOthersGoToo) {
    auto const came = receive({});
    auto const customer = view(came.conversation).from.customer.value();
    MailOut bobs;
    bobs.id = "<bob@bob.test>";
    bobs.from = "Bob <bob@example.org>";
    bobs.cc = "Ada <ada@example.org>";
    auto const of_bob = receive(bobs, "box@ours.test", "bob@example.org");
    ASSERT_TRUE(post(of_bob.conversation, answer()));
    auto const left = leave();
    MailOut says;
    says.id = "<says@ada.test>";
    says.in_reply_to = left.front().field("Message-ID");
    says.text = "Ada says this.";
    auto const said = receive(says);
    ASSERT_EQ(said.conversation, of_bob.conversation);
    EXPECT_EQ(store().read_now([&](store::Reader& reader) { return conversations_of(reader, customer); }),
              std::vector{came.conversation});
    auto const n = store().write_now([&](store::Tx& tx) {
        return erase_messages_of(tx, office(), act(), customer, {EmailAddress{"ada@example.org"}});
    });
    EXPECT_EQ(n, 2);  // of both conversations
    EXPECT_TRUE(message(said.id).erased);
    EXPECT_FALSE(message(of_bob.id).erased);
    EXPECT_EQ(view(of_bob.conversation).participants.size(), 1u);
}

TEST_P(Erasing, OfAPersonNoNameNoAddressAndNothingToFindThemByStays) {
    auto const came = receive({});
    auto const customer = view(came.conversation).from.customer.value();
    ASSERT_TRUE(store().write_now(
        [&](store::Tx& tx) { return people::erase_customer(tx, act(), customer, "the customer asked for it"); }));
    store().read_now([&](store::Reader& reader) {
        EXPECT_THAT(people::find_customer(reader, customer)->name, IsEmpty());
        EXPECT_TRUE(people::addresses_of(reader, customer).empty());
        EXPECT_FALSE(people::customer_of_address(reader, EmailAddress{"ada@example.org"}));
        EXPECT_THAT(people::fsck(reader), testing::Each(testing::StartsWith("agents: no active owner")));
        return true;
    });
    EXPECT_EQ(events("customer.erased"), 1);
    // Whoever writes from there is a new person.
    MailOut again;
    again.id = "<again@ada.test>";
    EXPECT_NE(view(receive(again).conversation).from.customer, customer);
}

}  // namespace
}  // namespace rapport::conversation
