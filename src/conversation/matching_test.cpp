// Mail in, on both engines: what finds its conversation, what does not, and why.
#include "conversation/conversation_fixture.hpp"

namespace rapport::conversation {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::SizeIs;

class Matching : public ConversationTest {
  protected:
    // Ada writes, Ann answers, the answer leaves: what Ada's program got.
    Left answered(MailOut const& mail = {}, NewMessage const& words = answer()) {
        first_ = receive(mail);
        EXPECT_TRUE(post(first_.conversation, words));
        auto letters = leave();
        EXPECT_THAT(letters, testing::Not(IsEmpty()));
        return std::move(letters.front());
    }
    static MailOut reply_to(Left const& letter, std::string text = "Thank you.") {
        MailOut mail;
        mail.id = "<2@ada.test>";
        mail.subject = "Re: Broken meter";
        mail.to = letter.reply_to();
        mail.in_reply_to = letter.field("Message-ID");
        mail.references = letter.field("References") + " " + letter.field("Message-ID");
        mail.text = std::move(text);
        return mail;
    }
    static MailOut without_headers(MailOut mail) {
        mail.in_reply_to = mail.references = "";
        return mail;
    }
    MessageView first_;
};
RAPPORT_ON_BOTH_ENGINES(Matching);

TEST_P(Matching, a_mail_begins_a_conversation_of_its_sender) {
    auto const message = receive({});
    auto const conversation = view(message.conversation);
    EXPECT_EQ(conversation.number, 1);
    EXPECT_EQ(conversation.state, State::open);
    EXPECT_EQ(conversation.subject, "Broken meter");
    EXPECT_EQ(conversation.preview, "My meter is broken.");
    EXPECT_EQ(conversation.from.name, "Ada Lovelace");
    EXPECT_TRUE(conversation.from.customer);
    EXPECT_TRUE(conversation.waiting_since);
    EXPECT_EQ(conversation.mailboxes, std::vector{box_});
    EXPECT_EQ(message.matched_by, MatchedBy::none);
    EXPECT_EQ(message.state, MessageState::received);
    EXPECT_EQ(message.from.address, "ada@example.org");
    EXPECT_TRUE(message.has_raw);
    EXPECT_EQ(conversation.reply.to, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(counts("all").open, 1);
    EXPECT_EQ(counts(to_text(box_)).open, 1);
    EXPECT_EQ(events("conversation.opened"), 1);
    EXPECT_EQ(events("message.received"), 1);
}

TEST_P(Matching, an_answer_finds_its_conversation_by_its_reply_address_alone) {
    auto const letter = answered();
    auto const message = receive(without_headers(reply_to(letter)), letter.reply_to());
    EXPECT_EQ(message.conversation, first_.conversation);
    EXPECT_EQ(message.matched_by, MatchedBy::token);
    EXPECT_THAT(*message.matched, HasSubstr("reply address"));
    EXPECT_EQ(view(first_.conversation).state, State::open);
    EXPECT_EQ(view(first_.conversation).messages, 3);
    EXPECT_TRUE(view(first_.conversation).participants.front().proven);
}

TEST_P(Matching, an_answer_finds_its_conversation_by_our_message_id_alone) {
    auto const letter = answered();
    auto mail = reply_to(letter);
    mail.to = "box@ours.test";
    EXPECT_EQ(receive(mail).matched_by, MatchedBy::own_message_id);
    mail.id = "<3@ada.test>";
    mail.in_reply_to = "<unknown@x.test>";
    mail.references = letter.field("Message-ID") + " <unknown@x.test>";
    auto const message = receive(mail);
    EXPECT_EQ(message.matched_by, MatchedBy::own_message_id) << "from right to left past what nobody knows";
    EXPECT_EQ(message.conversation, first_.conversation);
}

// A colleague answers from their own mail program, past us: what Ada writes to that finds the conversation all the
// same.
TEST_P(Matching, what_was_answered_past_us_is_learned) {
    auto const letter = answered();
    auto mail = reply_to(letter);
    mail.to = "box@ours.test";
    mail.in_reply_to = "<outlook1@staff.test>";
    mail.references = letter.field("Message-ID") + " <outlook1@staff.test>";
    ASSERT_EQ(receive(mail).conversation, first_.conversation);
    // Now without anything of ours.
    mail.id = "<3@ada.test>";
    mail.in_reply_to = mail.references = "<outlook1@staff.test>";
    auto const message = receive(mail);
    EXPECT_EQ(message.conversation, first_.conversation);
    EXPECT_EQ(message.matched_by, MatchedBy::reference);
}

TEST_P(Matching, a_second_mail_that_answers_the_senders_own_finds_its_conversation) {
    auto const first = receive({});
    MailOut second;
    second.id = "<2@ada.test>";
    second.in_reply_to = second.references = "<1@ada.test>";
    auto const message = receive(second);
    EXPECT_EQ(message.conversation, first.conversation);
    EXPECT_EQ(message.matched_by, MatchedBy::reference);
}

TEST_P(Matching, without_any_of_it_a_mail_is_a_conversation_of_its_own) {
    auto const letter = answered();
    auto mail = without_headers(reply_to(letter));
    mail.to = "box@ours.test";
    auto const message = receive(mail);
    EXPECT_NE(message.conversation, first_.conversation) << "a subject proves nothing";
    EXPECT_THAT(view(message.conversation).suggestions, IsEmpty());
}

TEST_P(Matching, a_stranger_with_a_right_reply_address_gets_a_suggestion_and_no_further) {
    auto const letter = answered();
    auto mail = reply_to(letter);
    mail.from = "Eve <eve@elsewhere.test>";
    auto const message = receive(mail, letter.reply_to(), "eve@elsewhere.test");
    ASSERT_NE(message.conversation, first_.conversation);
    EXPECT_EQ(message.matched_by, MatchedBy::none);
    EXPECT_THAT(*message.matched, HasSubstr("takes no part"));
    auto const conversation = view(message.conversation);
    ASSERT_THAT(conversation.suggestions, SizeIs(1));
    EXPECT_EQ(conversation.suggestions[0].conversation, first_.conversation);
    EXPECT_NE(conversation.from.customer, view(first_.conversation).from.customer);
    EXPECT_THAT(thread(first_.conversation), SizeIs(2)) << "nothing of hers is in Ada's conversation";
}

TEST_P(Matching, a_forged_reply_address_matches_nothing_and_says_so) {
    auto const letter = answered();
    auto forged = letter.reply_to();
    auto& octet = forged[forged.rfind('@') - 3];
    octet = octet == 'a' ? 'b' : 'a';
    auto mail = without_headers(reply_to(letter));
    mail.to = forged;
    auto const message = receive(mail, forged);
    EXPECT_NE(message.conversation, first_.conversation) << "not even from the right sender";
    EXPECT_THAT(*message.matched, HasSubstr("did not make"));
    EXPECT_THAT(view(message.conversation).suggestions, IsEmpty());
}

TEST_P(Matching, whoever_says_to_be_an_agent_or_a_mailbox_has_no_power) {
    auto const letter = answered();
    for (auto const& [from, claim] : {std::pair{"Ann <ANN@staff.test>", "agent"}, {"Us <Box@ours.test>", "mailbox"}}) {
        auto mail = reply_to(letter);
        mail.from = from;
        mail.id = std::string("<") + claim + "@x.test>";
        auto const message = receive(mail, letter.reply_to(), "ann@staff.test");
        EXPECT_NE(message.conversation, first_.conversation);
        EXPECT_EQ(message.claims, claim);
        EXPECT_EQ(message.author.kind, ActorKind::customer);
        auto const conversation = view(message.conversation);
        EXPECT_FALSE(conversation.from.customer);
        EXPECT_THAT(conversation.participants, IsEmpty());
        EXPECT_THAT(conversation.reply.to, IsEmpty());
        EXPECT_THAT(conversation.suggestions, SizeIs(1));
    }
    EXPECT_EQ(view(first_.conversation).state, State::pending);
}

TEST_P(Matching, an_agents_address_has_no_power_even_where_it_was_sent_a_copy) {
    auto wanted = answer();
    wanted.to = {{{"ada@example.org"}}};
    wanted.cc = {{{"ann@staff.test"}}};
    first_ = receive({});
    ASSERT_TRUE(post(first_.conversation, wanted));
    auto const letters = leave();
    ASSERT_THAT(letters, SizeIs(2));
    auto mail = reply_to(letters[1]);
    mail.from = "Ann <ann@staff.test>";
    auto const message = receive(mail, letters[1].reply_to(), "ann@staff.test");
    EXPECT_NE(message.conversation, first_.conversation);
    EXPECT_EQ(message.claims, "agent");
}

TEST_P(Matching, a_colleague_in_cc_may_answer_what_they_were_sent_and_nothing_else) {
    MailOut mail;
    mail.cc = "Bob <bob@example.org>, Box <box@ours.test>";
    auto const letter = answered(mail);
    auto bobs = reply_to(letter);
    bobs.from = "Bob <bob@example.org>";
    bobs.to = "box@ours.test";
    bobs.id = "<b1@x.test>";
    auto const message = receive(bobs, "box@ours.test", "bob@example.org");
    EXPECT_EQ(message.conversation, first_.conversation);
    EXPECT_THAT(*message.matched, HasSubstr("Cc"));
    // What everybody on the list may know lets nobody in who was only copied.
    MailOut carls;
    carls.cc = "Carl <carl@example.org>";
    carls.id = "<c0@ada.test>";
    auto const other = receive(carls);
    MailOut reply;
    reply.from = "Carl <carl@example.org>";
    reply.id = "<c1@carl.test>";
    reply.in_reply_to = reply.references = "<c0@ada.test>";
    EXPECT_NE(receive(reply, "box@ours.test", "carl@example.org").conversation, other.conversation);
}

TEST_P(Matching, another_address_of_the_same_customer_counts_when_it_is_verified) {
    auto const letter = answered();
    auto const customer = *view(first_.conversation).from.customer;
    auto mail = reply_to(letter);
    mail.from = "Ada <ada@home.test>";
    auto const added = store().write_now([&](store::Tx& tx) {
        return people::add_address(tx, operator_act(), customer,
                                   {people::AddressKind::email, {"ada@home.test"}, false, false});
    });
    EXPECT_NE(receive(mail, letter.reply_to(), "ada@home.test").conversation, first_.conversation);
    store().write_now([&](store::Tx& tx) { people::verify_address(tx, added->id, now()); });
    mail.id = "<later@ada.test>";
    auto const message = receive(mail, letter.reply_to(), "ada@home.test");
    EXPECT_EQ(message.conversation, first_.conversation);
}

TEST_P(Matching, strangers_who_answer_the_same_newsletter_never_meet) {
    std::set<ConversationId> seen;
    for (int i = 0; i < 30; ++i) {
        auto const who = "p" + std::to_string(i);
        MailOut mail;
        mail.from = who + "@" + who + ".test";
        mail.id = "<" + who + "@x.test>";
        mail.in_reply_to = mail.references = "<newsletter@sender.test>";
        auto const message = receive(mail, "box@ours.test", mail.from);
        EXPECT_TRUE(seen.insert(message.conversation).second) << i;
        EXPECT_THAT(view(message.conversation).suggestions, IsEmpty());
    }
    MailOut again;
    again.from = "p3@p3.test";
    again.id = "<again@x.test>";
    again.in_reply_to = again.references = "<newsletter@sender.test>";
    auto const message = receive(again, "box@ours.test", again.from);
    EXPECT_TRUE(seen.contains(message.conversation)) << "hers, among thirty";
    EXPECT_EQ(view(message.conversation).participants.front().address, "p3@p3.test");
}

TEST_P(Matching, a_repeated_message_id_of_another_sender_changes_nothing) {
    auto const first = receive({});
    MailOut evil;
    evil.from = "eve@elsewhere.test";
    evil.text = "the same Message-ID";
    auto const message = receive(evil, "box@ours.test", "eve@elsewhere.test");
    EXPECT_NE(message.conversation, first.conversation);
    EXPECT_THAT(thread(first.conversation), SizeIs(1));
}

TEST_P(Matching, one_mail_to_two_mailboxes_is_one_message_in_both) {
    auto const sales = mailbox("sales@ours.test", "Sales");
    keep(MailOut{}.raw(), {"box@ours.test", "sales@ours.test"});
    handle();
    auto const message = newest();
    EXPECT_THAT(view(message.conversation).mailboxes, testing::UnorderedElementsAre(box_, sales));
    EXPECT_EQ(counts("all").open, 1);
    EXPECT_EQ(counts(to_text(sales)).open, 1);
    ConversationQuery query;
    query.mailbox = sales;
    EXPECT_THAT(list(query), ElementsAre(message.conversation));
    keep(MailOut{}.raw(), {"sales@ours.test"});  // the peer did not get our 250
    handle();
    EXPECT_THAT(thread(message.conversation), SizeIs(1));
    EXPECT_EQ(events("message.received"), 1);
}

TEST_P(Matching, a_resolved_conversation_is_opened_again_for_a_while_only) {
    auto const letter = answered();
    ConversationChange resolve;
    resolve.state = State::resolved;
    ASSERT_TRUE(change(first_.conversation, resolve));
    EXPECT_EQ(counts("all").resolved, 1);
    advance(std::chrono::days(13));
    EXPECT_EQ(receive(reply_to(letter)).conversation, first_.conversation);
    EXPECT_EQ(view(first_.conversation).state, State::open);
    EXPECT_EQ(events("conversation.reopened"), 1);
    ASSERT_TRUE(change(first_.conversation, resolve));
    advance(std::chrono::days(15));
    auto late = reply_to(letter);
    late.id = "<late@ada.test>";
    auto const message = receive(late);
    EXPECT_NE(message.conversation, first_.conversation);
    EXPECT_EQ(view(message.conversation).follows, first_.conversation);
    EXPECT_EQ(view(first_.conversation).state, State::resolved);
}

TEST_P(Matching, what_a_program_answers_is_kept_and_opens_nothing) {
    auto const letter = answered();
    auto mail = reply_to(letter, "I am away.");
    mail.extra = "Auto-Submitted: auto-replied\r\n";
    auto const message = receive(mail, letter.reply_to(), "");
    EXPECT_EQ(message.conversation, first_.conversation);
    EXPECT_EQ(message.automatic, "Auto-Submitted: auto-replied");
    EXPECT_EQ(view(first_.conversation).state, State::pending);
    EXPECT_FALSE(view(first_.conversation).waiting_since);
}

TEST_P(Matching, snoozed_conversations_wake_when_the_customer_writes_or_the_time_comes) {
    auto const letter = answered();
    ConversationChange snooze;
    snooze.state = State::snoozed;
    snooze.snoozed_until = now() + std::chrono::hours(1);
    ASSERT_TRUE(change(first_.conversation, snooze));
    EXPECT_EQ(counts("all").snoozed, 1);
    receive(reply_to(letter));
    EXPECT_EQ(view(first_.conversation).state, State::open);
    EXPECT_FALSE(view(first_.conversation).snoozed_until);
    snooze.snoozed_until = now() + std::chrono::hours(1);
    ASSERT_TRUE(change(first_.conversation, snooze));
    EXPECT_EQ(wake_due(), 0u);
    advance(std::chrono::hours(1));
    EXPECT_EQ(wake_due(), 1u);
    EXPECT_EQ(view(first_.conversation).state, State::open);
    EXPECT_EQ(events("conversation.woken"), 1);
}

TEST_P(Matching, what_cannot_be_read_is_a_message_all_the_same) {
    std::string bomb =
        "From: a@x.test\r\nSubject: bomb\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n";
    for (int i = 0; i < 200; ++i)
        bomb += "--b" + std::to_string(i) + "\r\nContent-Type: multipart/mixed; boundary=b" + std::to_string(i + 1) +
                "\r\n\r\n";
    keep(bomb, {"box@ours.test"});
    handle();
    auto const message = newest();
    EXPECT_TRUE(message.trouble);
    EXPECT_TRUE(message.has_raw);
    auto const raw = store().read_now(
        [&](store::Reader& reader) { return inbound_->raw(reader, raw_mail_of(reader, message.id).value()).value(); });
    EXPECT_EQ(raw, bomb) << "byte for byte";
    EXPECT_EQ(view(message.conversation).state, State::open);
    keep(std::string("\0\xff\xfe nothing like a mail", 24), {"box@ours.test"});
    handle();
    EXPECT_NE(newest().id, message.id);
}

TEST_P(Matching, files_are_kept_and_their_types_told_by_what_they_hold) {
    std::string const big(900'000, 'x');
    auto raw = std::string(
                   "From: Ada <ada@example.org>\r\nSubject: files\r\nMIME-Version: 1.0\r\nContent-Type: "
                   "multipart/mixed; boundary=m\r\n\r\n") +
               "--m\r\nContent-Type: text/html\r\n\r\n<p>see <img src=\"cid:p\"></p>\r\n"
               "--m\r\nContent-Type: text/html; name=\"photo.html\"\r\nContent-Disposition: attachment; "
               "filename=\"../evil/photo.html\"\r\n"
               "Content-Transfer-Encoding: "
               "base64\r\n\r\niVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+"
               "M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n"
               "--m\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=big.txt\r\n\r\n" +
               big + "\r\n--m--\r\n";
    keep(raw, {"box@ours.test"});
    handle();
    auto const message = newest();
    EXPECT_EQ(message.text, "see");
    EXPECT_TRUE(message.has_html);
    ASSERT_THAT(message.attachments, SizeIs(2));
    EXPECT_EQ(message.attachments[0].name, "photo.html");
    EXPECT_EQ(message.attachments[0].media_type, "image/png") << "by content, not by what the sender says";
    auto const file = store().read_now([&](store::Reader& reader) {
        return attachment_of(reader, office(), act().actor, message.attachments[1].id).value();
    });
    EXPECT_EQ(file.bytes.size(), big.size()) << "beyond what the spool itself reads";
}

TEST_P(Matching, spam_stays_spam_and_a_changed_subject_is_shown) {
    auto const letter = answered();
    auto mail = reply_to(letter);
    mail.subject = "Something else";
    auto const message = receive(mail);
    EXPECT_EQ(message.conversation, first_.conversation);
    EXPECT_TRUE(message.other_subject);
    EXPECT_EQ(view(first_.conversation).subject, "Broken meter");
    ConversationChange spam;
    spam.state = State::spam;
    ASSERT_TRUE(change(first_.conversation, spam));
    mail.id = "<more@ada.test>";
    EXPECT_EQ(receive(mail).conversation, first_.conversation);
    EXPECT_EQ(view(first_.conversation).state, State::spam);
}

TEST_P(Matching, an_answer_to_a_notices_letter_is_linked_to_its_delivery_if_its_addressee_wrote_it) {
    auto const letter = store().write_now([&](store::Tx& tx) {
        return post::enqueue(tx, {"dlv_0000000000001", "notice", {"ada@example.org"}, Locale::en, "test", {}}, now());
    });
    MailOut mail;
    mail.in_reply_to = "<" + paths_.message_id_left(letter) + "@ours.test>";
    EXPECT_EQ(view(receive(mail).conversation).about, "dlv_0000000000001");
    mail.from = "eve@elsewhere.test";
    mail.id = "<e@x.test>";
    EXPECT_FALSE(view(receive(mail, "box@ours.test", mail.from).conversation).about);
}

TEST_P(Matching, after_a_restart_everything_goes_on_where_it_was) {
    auto const letter = answered();
    keep(reply_to(letter).raw(), {"box@ours.test"});  // durable, not handled
    restart();
    handle();
    EXPECT_EQ(newest().conversation, first_.conversation) << "tokens and Message-IDs outlive the program";
    handle();
    EXPECT_THAT(thread(first_.conversation), SizeIs(3));
}

}  // namespace
}  // namespace rapport::conversation
