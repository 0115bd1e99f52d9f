// The seam of all channels: what a form or a chat hands over is one message, whatever is repeated; who carries answers.
#include "conversation/arrival.hpp"

#include "conversation/conversation_fixture.hpp"
#include "conversation/visiting.hpp"

namespace rapport::conversation {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Arrivals : public ConversationTest {
  protected:
    Arrival from_form(std::string key = "k1") {
        Arrival arrival;
        arrival.channel = Channel::form;
        arrival.at = now();
        arrival.mailbox = box_;
        arrival.locale = Locale::fa;
        arrival.writer = {"frm_1", {}, EmailAddress{"ada@example.org"}, false, "Ada"};
        arrival.subject = "Moving house";
        arrival.fields = {{"meter", "Meter number", "4711"}, {"when", "Moving date", "2026-12-01"}};
        arrival.key = std::move(key);
        return arrival;
    }
    Arrival from_chat(std::string key = "k1", std::string visitor = "vis_1") {
        Arrival arrival;
        arrival.channel = Channel::chat;
        arrival.at = now();
        arrival.mailbox = box_;
        arrival.writer.author = std::move(visitor);
        arrival.text = "Is the shop open on Friday?";
        arrival.key = std::move(key);
        return arrival;
    }
    Expected<Entered> enter_now(Arrival arrival) {
        auto const prepared = prepare_arrival(office(), std::move(arrival));
        return store().write_now([&](store::Tx& tx) { return enter(tx, office(), *prepared); });
    }
};

TEST_P(Arrivals, FormsBecomeConversationsWithTheirFields) {
    auto arrival = from_form();
    arrival.files.push_back({"plan.txt", "ground floor"});
    auto const entered = enter_now(std::move(arrival)).value();
    EXPECT_TRUE(entered.opened);
    auto const seen = view(entered.conversation);
    EXPECT_EQ(seen.channel, Channel::form);
    EXPECT_EQ(seen.locale, Locale::fa);
    EXPECT_EQ(seen.preview, "Meter number: 4711 · Moving date: 2026-12-01");
    EXPECT_EQ(seen.from.name, "Ada");
    EXPECT_TRUE(seen.from.customer);
    EXPECT_THAT(seen.reply.to, ElementsAre("ada@example.org"));
    auto const message = this->message(entered.message);
    EXPECT_EQ(message.channel, Channel::form);
    ASSERT_THAT(message.fields, SizeIs(2));
    EXPECT_EQ(message.fields[1].value, "2026-12-01");
    ASSERT_THAT(message.attachments, SizeIs(1));
    EXPECT_EQ(message.attachments[0].name, "plan.txt");
}

TEST_P(Arrivals, AnAuthorsKeyIsOneMessageAndNobodyElsesBusiness) {
    auto const first = enter_now(from_chat()).value();
    advance(1s);
    auto const again = enter_now(from_chat()).value();
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.message, first.message);
    EXPECT_EQ(again.conversation, first.conversation);
    auto const other = enter_now(from_chat("k1", "vis_2")).value();
    EXPECT_FALSE(other.repeated);
    EXPECT_NE(other.conversation, first.conversation);
    EXPECT_EQ(events("message.received"), 2);
    EXPECT_THAT(thread(first.conversation), SizeIs(1));
}

TEST_P(Arrivals, AChannelThatKnowsTheConversationGoesOnWithItEvenAfterAMerge) {
    auto const first = enter_now(from_chat()).value();
    EXPECT_FALSE(view(first.conversation).from.customer) << "anonymous";
    auto const other = enter_now(from_chat("k1", "vis_2")).value();
    ASSERT_TRUE(store().write_now(
        [&](store::Tx& tx) { return merge(tx, office(), act(), first.conversation, other.conversation); }));
    auto next = from_chat("k2");
    next.conversation = first.conversation;
    auto const entered = enter_now(std::move(next)).value();
    EXPECT_EQ(entered.conversation, other.conversation);
    EXPECT_FALSE(entered.opened);
}

TEST_P(Arrivals, WhatComesLongAfterItWasResolvedFollows) {
    auto const first = enter_now(from_chat()).value();
    ConversationChange resolve;
    resolve.state = State::resolved;
    ASSERT_TRUE(change(first.conversation, resolve));
    advance(std::chrono::days(15));
    auto next = from_chat("k2");
    next.conversation = first.conversation;
    auto const entered = enter_now(std::move(next)).value();
    EXPECT_TRUE(entered.opened);
    EXPECT_EQ(view(entered.conversation).follows, first.conversation);
}

TEST_P(Arrivals, WhoTypesTheAddressOfAnAgentIsBelievedNothing) {
    auto arrival = from_form();
    arrival.writer.address = EmailAddress{"ann@staff.test"};
    auto const entered = enter_now(std::move(arrival)).value();
    auto const seen = view(entered.conversation);
    EXPECT_FALSE(seen.from.customer);
    EXPECT_THAT(seen.participants, IsEmpty());
    EXPECT_EQ(message(entered.message).claims, "agent");
}

TEST_P(Arrivals, AnswersToFormsLeaveAsLettersAndComeBack) {
    auto const entered = enter_now(from_form()).value();
    ASSERT_TRUE(post(entered.conversation, answer()));
    auto const left = leave();
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].letter.to.value, "ada@example.org");
    MailOut reply;
    reply.text = "Thank you.";
    reply.to = left[0].reply_to();
    EXPECT_EQ(receive(reply, left[0].reply_to()).conversation, entered.conversation);
}

TEST_P(Arrivals, AnswersInChatAreCarriedByItAndCannotBeTakenBack) {
    std::vector<MessageId> carried;
    module_->carry(Channel::chat, [&](store::Tx&, Carried const& one) { carried.push_back(one.message); });
    auto const entered = enter_now(from_chat()).value();
    EXPECT_THAT(view(entered.conversation).reply.to, IsEmpty());
    auto const sent = post(entered.conversation, answer("Until noon.")).value();
    EXPECT_THAT(carried, testing::Contains(sent));
    EXPECT_EQ(message(sent).state, MessageState::sent);
    EXPECT_EQ(message(sent).channel, Channel::chat);
    EXPECT_THAT(leave(), IsEmpty());
    auto const taken = store().write_now([&](store::Tx& tx) { return take_back(tx, office(), act(), sent); });
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, "already_left");
    // To an address that the agent names it goes as mail.
    auto mail = answer();
    mail.to = std::vector<EmailAddress>{{"ada@example.org"}};
    ASSERT_TRUE(post(entered.conversation, mail));
    EXPECT_THAT(leave(), SizeIs(1));
}

TEST_P(Arrivals, RecognisedWritersOwnTheirConversation) {
    auto const entered = enter_now(from_chat()).value();
    EmailAddress const address{"ada@example.org"};
    store().write_now([&](store::Tx& tx) {
        auto const customer = people::customer_for(tx, address, "Ada", Locale::en, now());
        recognise(tx, office(), entered.conversation, customer, address, "", Actor{}, now());
    });
    auto const seen = view(entered.conversation);
    EXPECT_TRUE(seen.from.customer);
    ASSERT_THAT(seen.participants, SizeIs(1));
    EXPECT_TRUE(seen.participants[0].proven);
}

TEST_P(Arrivals, UploadsOfOthersAreNotAttached) {
    auto const file = store().write_now([&](store::Tx& tx) {
        auto const made = plan_upload(office(), Actor{ActorKind::customer, 7}, "photo.txt", "a meter", now()).value();
        keep_file(tx, office(), made);
        return made.row.id;
    });
    auto arrival = from_chat();
    arrival.uploads = {file};
    arrival.uploader = 8;
    auto const refused = enter_now(arrival);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "attachment_not_found");
    arrival.uploader = 7;
    EXPECT_THAT(message(enter_now(arrival).value().message).attachments, SizeIs(1));
}

RAPPORT_ON_BOTH_ENGINES(Arrivals);

}  // namespace
}  // namespace rapport::conversation
