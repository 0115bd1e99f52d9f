// Old mailboxes: what their mails become, and what they must not stir.
#include <algorithm>

#include "base/json.hpp"
#include "conversation/conversation_fixture.hpp"
#include "conversation/import/import.hpp"
#include "conversation/sla/policies.hpp"

namespace rapport::conversation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ImportTest : public ConversationTest {
  protected:
    static std::string dated(MailOut const& mail, std::string const& date) {
        auto raw = mail.raw();
        constexpr std::string_view usual = "Sat, 21 Nov 2026 09:30:00 +0000";
        return raw.replace(raw.find(usual), usual.size(), date);
    }
    static MailOut from_us(std::string id, std::string references = "") {
        MailOut mail;
        mail.from = "Example Utilities <box@ours.test>";
        mail.to = "Ada Lovelace <ada@example.org>";
        mail.id = std::move(id);
        mail.references = std::move(references);
        mail.text = "We will send somebody.";
        return mail;
    }
    ImportId begin(std::string source = "/old/mbox", ImportLeave leave = ImportLeave::resolved, bool sent = false,
                   std::vector<LabelId> labels = {}) {
        NewImport wanted;
        wanted.source.value = std::move(source);
        wanted.mailbox = box_;
        wanted.leave = leave;
        wanted.sent = sent;
        wanted.labels = std::move(labels);
        auto const made = store().write_now([&](store::Tx& tx) { return begin_import(tx, act(), wanted); });
        position_ = made.value().position;
        return made->id;
    }
    Expected<ImportStep> take(ImportId id, std::vector<std::string> const& raws, ImportFrame frame = {}) {
        std::vector<OldMail> mails;
        for (auto const& raw : raws) {
            frame.size = static_cast<std::int64_t>(raw.size());
            mails.push_back({frame, raw});
        }
        auto const prepared = prepare_old_mails(office(), mails, now());
        auto const to = std::to_string(++batch_);
        auto const done = store().write_now(
            [&](store::Tx& tx) { return take_old_mails(tx, office(), act(), id, position_, to, prepared); });
        if (done) position_ = to;
        return done;
    }
    ImportCounts counts_of(ImportId id) {
        return store().read_now([&](store::Reader& reader) { return find_import(reader, id).value().counts; });
    }
    std::vector<ConversationId> all(State state = State::resolved) {
        ConversationQuery query;
        query.state = state;
        return list(query);
    }
    std::string position_;
    int batch_ = 0;
};
RAPPORT_ON_BOTH_ENGINES(ImportTest);

TEST_P(ImportTest, MailsBecomeMessagesWithTheirOwnDatesInConversationsThatAreOver) {
    auto const before = events("conversation.opened") + events("message.received") + events("customer.created");
    auto const id = begin();
    MailOut answer;
    answer.id = "<3@ada.test>";
    answer.references = "<1@ada.test> <2@ours.test>";
    answer.text = "Thank you!";
    ASSERT_TRUE(take(id, {dated({}, "Mon, 03 Mar 2014 09:00:00 +0000"),
                          dated(from_us("<2@ours.test>", "<1@ada.test>"), "Mon, 03 Mar 2014 10:00:00 +0000"),
                          dated(answer, "Tue, 04 Mar 2014 10:00:00 +0000")}));
    ASSERT_EQ(all().size(), 1u);
    auto const conversation = view(all().front());
    EXPECT_EQ(to_text(conversation.opened_at), "2014-03-03T09:00:00Z");
    EXPECT_EQ(to_text(conversation.last_at), "2014-03-04T10:00:00Z");
    EXPECT_FALSE(conversation.waiting_since);
    EXPECT_EQ(conversation.from.name, "Ada Lovelace");
    EXPECT_EQ(conversation.preview, "Thank you!");
    auto const messages = thread(conversation.id);
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(messages[1].direction, Direction::out);
    EXPECT_EQ(messages[1].state, MessageState::sent);
    EXPECT_EQ(to_text(messages[1].at), "2014-03-03T10:00:00Z");
    EXPECT_TRUE(messages[2].has_raw);
    auto const counts = counts_of(id);
    EXPECT_EQ(counts.received, 2);
    EXPECT_EQ(counts.sent, 1);
    EXPECT_EQ(counts.conversations, 1);
    EXPECT_EQ(counts.customers, 1);
    // Nothing that rules, notifications and other systems follow.
    EXPECT_EQ(events("conversation.opened") + events("message.received") + events("customer.created"), before);
    EXPECT_EQ(events("conversation.imported"), 1);
    EXPECT_THAT(leave(), IsEmpty());
}

TEST_P(ImportTest, ThreadsComeTogetherInWhateverOrderTheirMailsAreBroughtIn) {
    std::vector<std::string> raws{dated({}, "Mon, 03 Mar 2014 09:00:00 +0000"),
                                  dated(from_us("<2@ours.test>", "<1@ada.test>"), "Mon, 03 Mar 2014 10:00:00 +0000")};
    MailOut answer;
    answer.id = "<3@ada.test>";
    answer.in_reply_to = "<2@ours.test>";  // and nothing of the first
    raws.push_back(dated(answer, "Tue, 04 Mar 2014 10:00:00 +0000"));
    std::vector<std::size_t> order{0, 1, 2};
    int round = 0;
    do {
        auto const id = begin("/old/" + std::to_string(++round));
        std::vector<std::string> mails;
        for (auto const i : order) {
            auto raw = raws[i];
            // Another thread each round.
            for (auto const* one : {"<1@", "<2@", "<3@"})
                for (auto at = raw.find(one); at != std::string::npos; at = raw.find(one, at + 3))
                    raw.insert(at + 1, "r" + std::to_string(round) + ".");
            mails.push_back(raw);
        }
        ASSERT_TRUE(take(id, mails));
        auto const open = all();
        ASSERT_EQ(open.size(), static_cast<std::size_t>(round)) << round;
        for (auto const one : open) {
            auto const messages = thread(one);
            ASSERT_EQ(messages.size(), 3u);
            EXPECT_EQ(to_text(messages[0].at), "2014-03-04T10:00:00Z");
            EXPECT_EQ(to_text(messages[2].at), "2014-03-03T09:00:00Z");
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST_P(ImportTest, AMailLandsOnceHoweverOftenAndByWhateverWayItComes) {
    auto const came = receive({});
    auto const id = begin();
    MailOut other;
    other.id = "<9@ada.test>";
    // Its copy in the old mailbox has another trace.
    ASSERT_TRUE(take(id, {"Delivered-To: box@ours.test\r\n" + MailOut{}.raw(), other.raw()}));
    EXPECT_EQ(counts_of(id).duplicates, 1);
    ASSERT_TRUE(take(id, {other.raw()}));
    auto const again = begin("/a/copy");
    ASSERT_TRUE(take(again, {other.raw(), "X-Trace: 1\r\n" + other.raw()}));
    EXPECT_EQ(counts_of(again).duplicates, 2);
    // And the other way: it comes by itself later.
    keep("Received: by mx; Sat, 21 Nov 2026 10:00:00 +0000\r\n" + other.raw(), {"box@ours.test"});
    handle();
    EXPECT_EQ(all().size() + all(State::open).size(), 2u);
    EXPECT_EQ(thread(came.conversation).size(), 1u);
    MailOut nameless;
    nameless.id = "";
    auto const third = begin("/third");
    ASSERT_TRUE(take(third, {nameless.raw()}));
    ASSERT_TRUE(take(third, {nameless.raw()}));
    EXPECT_EQ(counts_of(third).duplicates, 1);
}

TEST_P(ImportTest, WhatIsHandedOverTwiceIsTakenOnceAndAnotherReaderIsRefused) {
    auto const id = begin();
    auto const raw = MailOut{}.raw();
    ASSERT_TRUE(take(id, {raw}));
    ImportFrame frame;
    frame.size = static_cast<std::int64_t>(raw.size());
    auto const prepared = prepare_old_mails(office(), {{frame, raw}}, now());
    auto const write = [&](std::string_view from, std::string_view to) {
        return store().write_now(
            [&](store::Tx& tx) { return take_old_mails(tx, office(), act(), id, from, to, prepared); });
    };
    auto const again = write("", "1");  // its answer was lost
    EXPECT_EQ(again.value().import.counts.mails, 1);
    EXPECT_EQ(write("", "2").error().code, "position_differs");
    restart();
    EXPECT_EQ(counts_of(id).mails, 1);
    EXPECT_EQ(begin(), id);
    EXPECT_EQ(position_, "1");
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return finish_import(tx, act(), id); }));
    EXPECT_EQ(write("1", "2").error().code, "state_does_not_allow");
    EXPECT_EQ(events("import.finished"), 1);
    EXPECT_EQ(begin(), id);  // goes on: the file has grown
    EXPECT_EQ(position_, "1");
    EXPECT_EQ(counts_of(id).mails, 0);
}

TEST_P(ImportTest, StrangersWhoAnswerOneNewsletterDoNotMeet) {
    auto const id = begin();
    MailOut one, two;
    one.id = "<a@one.test>";
    one.references = two.references = "<news@elsewhere.test>";
    two.id = "<b@two.test>";
    two.from = "Bob <bob@example.org>";
    ASSERT_TRUE(take(id, {one.raw(), two.raw()}));
    EXPECT_EQ(all().size(), 2u);
}

TEST_P(ImportTest, WhoOnlySaysToBeOneOfUsIsBelievedNothing) {
    auto const id = begin();
    MailOut forged;
    forged.from = "box@ours.test";  // to ourselves
    ASSERT_TRUE(take(id, {forged.raw()}));
    auto const conversation = view(all().front());
    EXPECT_FALSE(conversation.from.customer);
    EXPECT_EQ(thread(conversation.id).front().claims, "mailbox");
    EXPECT_EQ(thread(conversation.id).front().direction, Direction::in);
}

TEST_P(ImportTest, ReadAndFlaggedTellWhatIsLeftOpen) {
    auto const id = begin("/old", ImportLeave::unread);
    MailOut read, fresh;
    read.id = "<read@ada.test>";
    fresh.id = "<fresh@ada.test>";
    ImportFrame frame;
    frame.unread = false;
    frame.flagged = true;
    ASSERT_TRUE(take(id, {read.raw()}, frame));
    frame.unread = true;
    frame.flagged = false;
    ASSERT_TRUE(take(id, {fresh.raw()}, frame));
    ASSERT_EQ(all().size(), 1u);
    EXPECT_EQ(view(all().front()).priority, Priority::high);
    ASSERT_EQ(all(State::open).size(), 1u);
    EXPECT_FALSE(view(all(State::open).front()).waiting_since);
    auto const other = begin("/other", ImportLeave::open);
    MailOut asks;
    asks.id = "<asks@ada.test>";
    ASSERT_TRUE(take(other, {dated(asks, "Mon, 03 Mar 2014 09:00:00 +0000")}));
    EXPECT_EQ(all(State::open).size(), 2u);
    ASSERT_TRUE(
        take(other, {dated(from_us("<says@ours.test>", "<asks@ada.test>"), "Mon, 03 Mar 2014 10:00:00 +0000")}));
    EXPECT_EQ(all(State::pending).size(), 1u);
}

TEST_P(ImportTest, HistoryOfALivingConversationDisturbsNothing) {
    auto const came = receive({});
    auto const before = view(came.conversation);
    auto const id = begin();
    auto old = from_us("<0@ours.test>");
    MailOut older;
    older.id = "<00@ada.test>";
    older.extra = "X-GM-THRID: 17\r\n";
    ASSERT_TRUE(take(id, {dated(older, "Mon, 03 Mar 2014 09:00:00 +0000")}));
    MailOut same;
    same.id = "<000@ada.test>";
    same.extra = "X-GM-THRID: 17\r\n";
    same.subject = "Another subject";
    ASSERT_TRUE(take(id, {dated(same, "Mon, 03 Mar 2014 11:00:00 +0000")}));
    EXPECT_EQ(all().size(), 1u);
    EXPECT_EQ(thread(all().front()).size(), 2u);
    old.references = "<1@ada.test>";  // answers what came by itself
    ASSERT_TRUE(take(id, {dated(old, "Sat, 21 Nov 2015 09:35:00 +0000")}));
    auto const after = view(came.conversation);
    EXPECT_EQ(after.state, State::open);
    EXPECT_EQ(after.waiting_since, before.waiting_since);
    EXPECT_EQ(after.last_at, before.last_at);
    EXPECT_EQ(after.messages, 2);
    EXPECT_EQ(after.preview, before.preview);
}

TEST_P(ImportTest, NoClockStartsAndACustomersNewAnswerOpensAsUsual) {
    sla::NewPolicy policy;
    policy.name.value = "All";
    sla::Targets const hour{3600, 3600, 3600};
    policy.targets.low = policy.targets.normal = policy.targets.high = policy.targets.urgent = hour;
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return sla::create_policy(tx, operator_act(), policy); }));
    auto const id = begin();
    ASSERT_TRUE(take(id, {dated({}, "Sat, 21 Nov 2026 09:00:00 +0000"),
                          dated(from_us("<2@ours.test>", "<1@ada.test>"), "Sat, 21 Nov 2026 09:10:00 +0000")}));
    auto const conversation = all().front();
    EXPECT_FALSE(view(conversation).due);
    MailOut answer;
    answer.id = "<3@ada.test>";
    answer.references = "<2@ours.test>";
    auto const came = receive(answer);
    EXPECT_EQ(came.conversation, conversation);
    EXPECT_EQ(view(conversation).state, State::open);
}

TEST_P(ImportTest, WhatCannotBeReadIsAMessageThatSaysWhy) {
    auto const id = begin();
    std::string const endless = "Subject: x\r\nX: " + std::string(300'000, 'y');
    ASSERT_TRUE(take(id, {endless, std::string("\0\xff\xfe rubbish", 11), ""}));
    EXPECT_EQ(counts_of(id).mails, 3);
    EXPECT_GE(counts_of(id).unreadable, 1);
    EXPECT_EQ(all().size(), 3u);
}

TEST(ImportBatches, AreTakenApartAndRefusedWhenTheyAreWrong) {
    auto const good = read_batch("{\"size\":3,\"unread\":true}\nabc{\"size\":0}\n");
    ASSERT_EQ(good.value().size(), 2u);
    EXPECT_EQ(good->front().raw, "abc");
    EXPECT_TRUE(good->front().frame.unread.value());
    for (auto const* bad :
         {"{\"size\":4}\nabc", "abc", "{\"size\":-1}\n", "{}", "\n", "{\"size\":9223372036854775807}\nx"})
        EXPECT_FALSE(read_batch(bad)) << bad;
    std::string many;
    for (std::size_t i = 0; i <= most_imported_at_once; ++i) many += "{\"size\":0}\n";
    EXPECT_FALSE(read_batch(many));
    EXPECT_TRUE(read_batch("").value().empty());
}

}  // namespace
}  // namespace rapport::conversation
