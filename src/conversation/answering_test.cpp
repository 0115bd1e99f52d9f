// Mail out, on both engines: answers, what leaves, taking back; what agents change; merging and splitting; drafts.
#include "conversation/conversation_fixture.hpp"
#include "conversation/drafts.hpp"

namespace rapport::conversation {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::SizeIs;

class Answering : public ConversationTest {
  protected:
    ConversationId begun(std::string from = "Ada <ada@example.org>", std::string id = "<1@ada.test>") {
        MailOut mail;
        mail.from = std::move(from);
        mail.id = std::move(id);
        return receive(mail).conversation;
    }
    Expected<> take_back(MessageId id, std::optional<Act> by = {}) {
        auto const who = by.value_or(act());
        return store().write_now([&](store::Tx& tx) { return conversation::take_back(tx, office(), who, id); });
    }
    Expected<DraftView> draft(ConversationId id, std::optional<Actor> who = {}) {
        return store().read_now([&](store::Reader& reader) {
            return find_draft(reader, office(), who.value_or(act().actor), id, MessageKind::reply);
        });
    }
    Expected<std::vector<DraftView>> drafts(ConversationId id, std::optional<Actor> who = {}) {
        return store().read_now(
            [&](store::Reader& reader) { return drafts_of(reader, office(), who.value_or(act().actor), id); });
    }
    AttachmentId upload(std::string name, std::string bytes) {
        auto const planned = plan_upload(office(), act().actor, name, bytes, now());
        store().write_now([&](store::Tx& tx) { keep_file(tx, office(), *planned); });
        return planned->row.id;
    }
    void sign_letters() {
        store().write_now([&](store::Tx& tx) {
            MailboxChange signs;
            signs.signatures = std::map<std::string, Text<0, 2000>>{{"en", {"Example Utilities\nsupport"}}};
            return change_mailbox(tx, operator_act(), box_, signs);
        });
    }
    Expected<ConversationView> merge(ConversationId from, ConversationId into) {
        return store().write_now([&](store::Tx& tx) { return conversation::merge(tx, office(), act(), from, into); });
    }
    Expected<ConversationView> unmerge(ConversationId id) {
        return store().write_now([&](store::Tx& tx) { return conversation::unmerge(tx, office(), act(), id); });
    }
};
RAPPORT_ON_BOTH_ENGINES(Answering);

TEST_P(Answering, leaves_as_one_thread_with_a_signed_reply_address_and_no_sign_of_a_program) {
    sign_letters();
    auto const id = begun();
    auto wanted = answer();
    wanted.html = "<p>We will send <b>somebody</b>.<script>alert(1)</script></p>";
    wanted.text.reset();
    ASSERT_TRUE(post(id, wanted));
    EXPECT_EQ(view(id).state, State::pending);
    EXPECT_FALSE(view(id).waiting_since);
    EXPECT_EQ(thread(id).front().state, MessageState::queued);
    auto const letters = leave();
    ASSERT_THAT(letters, SizeIs(1));
    auto const& mail = letters[0];
    EXPECT_EQ(mail.mail.from[0].name, "Example Utilities");
    EXPECT_EQ(mail.mail.from[0].address, "box@ours.test");
    EXPECT_EQ(mail.mail.to[0].address, "ada@example.org");
    EXPECT_EQ(mail.field("Subject"), "Re: Broken meter");
    EXPECT_EQ(mail.field("In-Reply-To"), "<1@ada.test>");
    EXPECT_EQ(mail.field("References"), "<1@ada.test>");
    EXPECT_THAT(mail.field("Message-ID"), testing::MatchesRegex("<cnv\\.[0-9a-z]+\\.[0-9a-z]+@ours\\.test>"));
    EXPECT_THAT(mail.field("Reply-To"), testing::MatchesRegex("<?box\\+c[0-9a-z]+@ours\\.test>?"));
    EXPECT_EQ(mail.field("Auto-Submitted"), "");
    EXPECT_EQ(mail.field("List-Unsubscribe"), "");
    auto text = channels::email::text_of(mail.mail.body);
    std::erase(text, '\r');
    EXPECT_THAT(text, HasSubstr("We will send somebody."));
    EXPECT_THAT(text, HasSubstr("-- \nExample Utilities\nsupport"));
    EXPECT_THAT(std::string(mail.raw), testing::Not(HasSubstr("alert(1)")));
    auto const message = thread(id).front();
    EXPECT_EQ(message.state, MessageState::sent);
    ASSERT_THAT(message.letters, SizeIs(1));
    EXPECT_EQ(message.letters[0].state, post::State::accepted);
    EXPECT_EQ(message.author.name, "Ann");
    EXPECT_EQ(events("message.left"), 1);
}

TEST_P(Answering, keeps_the_whole_chain_of_references_bounded) {
    auto const id = begun();
    std::string chain;
    for (int i = 0; i < 40; ++i) chain += "<r" + std::to_string(i) + "@ada.test> ";
    MailOut mail;
    mail.id = "<long@ada.test>";
    mail.in_reply_to = "<1@ada.test>";
    mail.references = chain + "<1@ada.test>";
    ASSERT_EQ(receive(mail).conversation, id);
    ASSERT_TRUE(post(id, answer()));
    auto const letters = leave();
    auto const references = letters.at(0).field("References");
    EXPECT_EQ(std::ranges::count(references, '<'), 20);
    EXPECT_THAT(references, testing::StartsWith("<r0@ada.test>"));
    EXPECT_THAT(references, testing::EndsWith("<long@ada.test>"));
}

TEST_P(Answering, each_recipient_gets_a_copy_with_a_reply_address_of_their_own) {
    auto const id = begun();
    auto wanted = answer();
    wanted.to = {{{"ada@example.org"}}};
    wanted.cc = {{{"bob@example.org"}, {"ADA@example.org"}}};
    ASSERT_TRUE(post(id, wanted));
    auto const letters = leave();
    ASSERT_THAT(letters, SizeIs(2)) << "an address that stands there twice gets one";
    EXPECT_EQ(letters[0].field("Message-ID"), letters[1].field("Message-ID"));
    EXPECT_NE(letters[0].field("Reply-To"), letters[1].field("Reply-To"));
    for (auto const& one : letters) {
        EXPECT_EQ(one.mail.to.at(0).address, "ada@example.org");
        EXPECT_EQ(one.mail.cc.at(0).address, "bob@example.org");
    }
}

TEST_P(Answering, posted_twice_with_one_key_is_one_message) {
    auto const id = begun();
    auto wanted = answer();
    wanted.key = Text<1, 100>{"k1"};
    auto const one = post(id, wanted), again = post(id, wanted);
    ASSERT_TRUE(one && again);
    EXPECT_EQ(*one, *again);
    EXPECT_THAT(leave(), SizeIs(1));
    auto const other = begun("Bob <bob@example.org>", "<b@x.test>");
    EXPECT_EQ(post(other, wanted).error().code, "key_reused");
    auto by_key = act();
    by_key.actor = {ActorKind::api_key, 7, "shop"};
    EXPECT_TRUE(post(other, wanted, by_key)) << "others' keys are others'";
}

TEST_P(Answering, can_be_taken_back_before_it_leaves_and_its_words_come_back_without_the_signature) {
    sign_letters();
    auto const id = begun();
    auto wanted = answer("Wrong words");
    wanted.html = "<p>Wrong words</p>";
    wanted.key = Text<1, 100>{"k1"};
    wanted.attachments = {upload("a.txt", "some text")};
    auto const message = post(id, wanted);
    ASSERT_TRUE(message);
    EXPECT_EQ(view(id).preview, "Wrong words");
    auto stranger = act();
    stranger.actor.id = 12345;
    EXPECT_EQ(take_back(*message, stranger).error().code, "not_found");
    ASSERT_TRUE(take_back(*message));
    EXPECT_THAT(leave(), IsEmpty());
    EXPECT_THAT(thread(id), SizeIs(1));
    EXPECT_EQ(view(id).state, State::open) << "we owe an answer again";
    EXPECT_TRUE(view(id).waiting_since);
    auto const back = draft(id);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->words.text.value, "Wrong words");
    EXPECT_EQ(back->words.html, "<p>Wrong words</p>");
    EXPECT_THAT(back->words.attachments, ElementsAre(wanted.attachments[0]));
    EXPECT_EQ(post(id, wanted).value(), *message) << "a request that comes again late sends nothing";
    EXPECT_THAT(leave(), IsEmpty());
    auto once_more = answer("Right words");
    once_more.attachments = wanted.attachments;
    auto const sent = post(id, once_more);
    ASSERT_TRUE(sent);
    EXPECT_THAT(leave(), SizeIs(1));
    EXPECT_EQ(take_back(*sent).error().code, "already_left");
}

TEST_P(Answering, that_comes_back_or_is_refused_has_failed) {
    auto const id = begun();
    ASSERT_TRUE(post(id, answer()));
    auto const letter = leave().at(0).letter;
    EXPECT_EQ(thread(id).front().state, MessageState::sent);
    std::string const report =
        "From: MAILER-DAEMON@mx.test\r\nTo: x\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: "
        "text/plain\r\n\r\nno\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: "
        "rfc822; ada@example.org\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--b--\r\n";
    keep(report, {paths_.return_path(letter.id).value}, "");
    handle();
    auto const message = thread(id).front();
    EXPECT_EQ(message.state, MessageState::failed);
    EXPECT_THAT(message.letters.at(0).returned.value_or(""), HasSubstr("5.1.1"));
    EXPECT_EQ(events("message.failed"), 1);
    EXPECT_THAT(thread(id), SizeIs(2)) << "the report is no message of the customer";
    auto const other = begun("Bob <bob@example.org>", "<b@x.test>");
    ASSERT_TRUE(post(other, answer()));
    leave(post::Result::unknown);
    EXPECT_EQ(thread(other).front().state, MessageState::unknown);
}

TEST_P(Answering, a_note_leaves_for_nowhere) {
    auto const id = begun();
    auto note = answer("She called.");
    note.kind = MessageKind::note;
    ASSERT_TRUE(post(id, note));
    EXPECT_THAT(leave(), IsEmpty());
    EXPECT_EQ(view(id).state, State::open);
    EXPECT_EQ(thread(id).front().direction, Direction::note);
    note.to = {{{"ada@example.org"}}};
    EXPECT_EQ(post(id, note).error().code, "invalid_fields");
}

TEST_P(Answering, begins_a_conversation_whose_answer_comes_back_to_it) {
    NewConversation wanted;
    wanted.mailbox = box_;
    wanted.to = {{"new@example.org"}};
    wanted.subject = {"Your contract"};
    wanted.text = MessageText{"Please sign."};
    auto const made = store().write_now([&](store::Tx& tx) {
        auto const planned = plan_conversation(tx, office(), act(), wanted);
        return write_message(tx, office(), act(), planned.value());
    });
    ASSERT_TRUE(made);
    auto const id = message(*made).conversation;
    EXPECT_EQ(view(id).state, State::pending);
    EXPECT_EQ(view(id).assignee, agent_);
    auto const letters = leave();
    ASSERT_THAT(letters, SizeIs(1));
    EXPECT_EQ(letters[0].field("In-Reply-To"), "");
    MailOut mail;
    mail.from = "new@example.org";
    mail.in_reply_to = letters[0].field("Message-ID");
    EXPECT_EQ(receive(mail, "box@ours.test", mail.from).conversation, id);
}

TEST_P(Answering, goes_where_the_senders_mail_came_from_whatever_reply_to_says) {
    MailOut mail;
    mail.extra = "Reply-To: eve@elsewhere.test\r\n";
    mail.cc = "Bob <bob@example.org>, box@ours.test";
    auto const message = receive(mail);
    auto const reply = view(message.conversation).reply;
    EXPECT_THAT(reply.to, ElementsAre("ada@example.org"));
    EXPECT_THAT(reply.cc, ElementsAre("bob@example.org")) << "not to ourselves";
    EXPECT_EQ(message.reply_to.at(0).address, "eve@elsewhere.test") << "shown to the agent, who decides";
}

TEST_P(Answering, changes_are_refused_when_somebody_was_faster) {
    auto const id = begun();
    auto const version = view(id).version;
    ConversationChange mine;
    mine.assignee = OrNone<AgentId>{agent_};
    ASSERT_TRUE(change(id, mine, version));
    EXPECT_EQ(counts("mine").open, 1);
    EXPECT_EQ(counts("unassigned").open, 0);
    mine.assignee = OrNone<AgentId>{};
    EXPECT_EQ(change(id, mine, version).error().code, "changed_meanwhile");
    ASSERT_TRUE(change(id, mine, view(id).version));
    EXPECT_EQ(counts("unassigned").open, 1);
    mine.assignee = OrNone<AgentId>{AgentId{99}};
    EXPECT_EQ(change(id, mine).error().code, "agent_not_found");
    ConversationChange wrong;
    wrong.state = State::merged;
    EXPECT_FALSE(change(id, wrong));
    wrong.state = State::snoozed;
    EXPECT_EQ(change(id, wrong).error().code, "invalid_fields") << "until when?";
}

TEST_P(Answering, labels_and_teams_have_views_and_counters_of_their_own) {
    auto const id = begun();
    auto const label =
        store().write_now([&](store::Tx& tx) { return create_label(tx, act(), {{"Refund"}, {}}); }).value();
    auto const team =
        store()
            .write_now([&](store::Tx& tx) { return people::create_team(tx, operator_act(), {{"Billing"}, {agent_}}); })
            .value();
    ConversationChange wanted;
    wanted.labels = {{label.id}};
    wanted.team = OrNone<TeamId>{team.id};
    ASSERT_TRUE(change(id, wanted));
    EXPECT_EQ(counts(to_text(label.id)).open, 1);
    EXPECT_EQ(counts(to_text(team.id)).open, 1);
    ASSERT_TRUE(post(id, answer()));
    EXPECT_EQ(counts(to_text(label.id)).pending, 1);
    EXPECT_EQ(counts(to_text(label.id)).open, 0);
    ConversationQuery query;
    query.label = label.id;
    query.state = State::pending;
    EXPECT_THAT(list(query), ElementsAre(id));
    query.label.reset();
    query.team = team.id;
    EXPECT_THAT(list(query), ElementsAre(id));
    EXPECT_EQ(
        store().write_now([&](store::Tx& tx) { return create_label(tx, act(), {{" refund "}, {}}); }).error().code,
        "label_exists");
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return delete_label(tx, act(), label.id); }));
    EXPECT_THAT(view(id).labels, IsEmpty());
    EXPECT_EQ(counts(to_text(label.id)).pending, 0);
}

TEST_P(Answering, lists_are_cut_into_pages_without_gaps) {
    std::vector<ConversationId> all;
    for (int i = 0; i < 7; ++i)
        all.insert(all.begin(), begun("p" + std::to_string(i) + "@x.test", "<p" + std::to_string(i) + "@x>"));
    ConversationQuery query;
    query.limit = 3;
    std::vector<ConversationId> found;
    for (int pages = 0; pages < 5; ++pages) {
        auto const page = store().read_now(
            [&](store::Reader& reader) { return list_conversations(reader, office(), act().actor, query).value(); });
        for (auto const& one : page.items) found.push_back(one.id);
        if (!page.next) break;
        query.after = *page.next;
    }
    EXPECT_EQ(found, all);
    query.after = "nonsense";
    EXPECT_FALSE(store().read_now(
        [&](store::Reader& reader) { return list_conversations(reader, office(), act().actor, query); }));
    query.after.clear();
    query.view = View::mine;
    query.mailbox = box_;
    EXPECT_FALSE(store().read_now(
        [&](store::Reader& reader) { return list_conversations(reader, office(), act().actor, query); }));
}

TEST_P(Answering, drafts_are_their_agents_alone_and_outlive_what_others_do) {
    auto const id = begun();
    PutDraft wanted;
    wanted.words.text = {"half a sentence"};
    wanted.words.to = {"not yet an addr"};
    auto const put = [&] {
        return store().write_now([&](store::Tx& tx) { return put_draft(tx, office(), act(), id, wanted); });
    };
    ASSERT_TRUE(put());
    EXPECT_EQ(put().error().code, "changed_meanwhile") << "another window wrote it first";
    wanted.version = 1;
    EXPECT_EQ(put().value().version, 2);
    ConversationChange resolve;
    resolve.state = State::resolved;
    ASSERT_TRUE(change(id, resolve));
    EXPECT_EQ(draft(id).value().words.text.value, "half a sentence");
    ASSERT_THAT(drafts(id).value(), SizeIs(1));
    EXPECT_EQ(drafts(id).value()[0].kind, MessageKind::reply);
    EXPECT_THAT(drafts(id, Actor{ActorKind::agent, agent_.value + 1, "Bob"}).value(), IsEmpty());  // none is no error
    EXPECT_EQ(drafts(ConversationId{77}).error().code, "not_found");
    EXPECT_EQ(drafts(id, Actor{ActorKind::api_key, agent_.value, "key"}).error().code, "agents_only");
    EXPECT_EQ(draft(id, Actor{ActorKind::agent, agent_.value + 1, "Bob"}).error().code, "not_found");
    EXPECT_EQ(draft(id, Actor{ActorKind::api_key, agent_.value, "key"}).error().code, "agents_only");
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return delete_draft(tx, act(), id, MessageKind::reply); }));
    EXPECT_FALSE(draft(id));
}

TEST_P(Answering, uploads_belong_to_whoever_made_them_and_are_forgotten) {
    auto const id = begun();
    auto const file = upload("a.txt", "words");
    auto const other = Actor{ActorKind::agent, agent_.value + 1, "Bob"};
    auto const get = [&](Actor const& who) {
        return store().read_now([&](store::Reader& reader) { return attachment_of(reader, office(), who, file); });
    };
    EXPECT_EQ(get(other).error().code, "not_found");
    EXPECT_EQ(get(act().actor).value().bytes, "words");
    auto theirs = act();
    theirs.actor = other;
    auto wanted = answer();
    wanted.attachments = {file};
    EXPECT_EQ(post(id, wanted, theirs).error().code, "attachment_not_found");
    wanted.attachments = {file, file};
    EXPECT_EQ(post(id, wanted).error().code, "attachment_not_found");
    advance(std::chrono::hours(25));
    EXPECT_EQ(store().write_now([&](store::Tx& tx) { return forget_uploads(tx, office(), now()); }), 1u);
    EXPECT_FALSE(get(act().actor));
}

TEST_P(Answering, merging_moves_messages_and_can_be_undone) {
    auto const ada = begun();
    ASSERT_TRUE(post(ada, answer()));
    auto const letter = leave().at(0);
    auto const home = begun("Ada <ada@home.test>", "<h@x.test>");
    EXPECT_EQ(merge(ada, ada).error().code, "same_conversation");
    auto const merged = merge(ada, home);
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->messages, 3);
    EXPECT_EQ(view(ada).state, State::merged);
    EXPECT_EQ(view(ada).merged_into, home);
    EXPECT_THAT(view(home).merged, ElementsAre(ada));
    EXPECT_EQ(counts("all").open, 1);
    MailOut mail;
    mail.id = "<2@ada.test>";
    mail.in_reply_to = letter.field("Message-ID");
    auto const heard = receive(mail);
    EXPECT_EQ(heard.conversation, home) << "an answer to what was merged finds where it stands";
    EXPECT_EQ(post(ada, answer()).error().code, "state_does_not_allow");
    ASSERT_TRUE(unmerge(ada));
    EXPECT_EQ(view(ada).messages, 2);
    EXPECT_EQ(view(ada).state, State::open);
    EXPECT_EQ(view(home).messages, 2) << "what came meanwhile stays";
    EXPECT_EQ(unmerge(ada).error().code, "state_does_not_allow");
    EXPECT_EQ(events("conversation.merged"), 1);
}

TEST_P(Answering, what_was_merged_twice_over_comes_back_step_by_step) {
    auto const a = begun("a@x.test", "<a@x>"), b = begun("b@x.test", "<b@x>"), c = begun("c@x.test", "<c@x>");
    auto const parts = [this](ConversationId id) {
        std::vector<std::string> all;
        for (auto const& one : view(id).participants) all.push_back(one.address);
        return all;
    };
    ASSERT_TRUE(merge(a, b) && merge(b, c));
    EXPECT_EQ(view(c).messages, 3);
    EXPECT_THAT(parts(c), testing::UnorderedElementsAre("a@x.test", "b@x.test", "c@x.test"));
    ASSERT_TRUE(unmerge(a));
    EXPECT_EQ(view(a).messages, 1);
    EXPECT_EQ(view(c).messages, 2);
    EXPECT_THAT(parts(a), ElementsAre("a@x.test"));
    EXPECT_THAT(parts(b), ElementsAre("b@x.test"));
    EXPECT_THAT(parts(c), testing::UnorderedElementsAre("b@x.test", "c@x.test"))
        << "whose conversation is gone may not write here any more";
    ASSERT_TRUE(unmerge(b));
    EXPECT_EQ(view(b).messages, 1);
    EXPECT_EQ(view(c).messages, 1);
    EXPECT_THAT(parts(c), ElementsAre("c@x.test"));
}

TEST_P(Answering, splitting_gives_some_messages_a_conversation_of_their_own) {
    auto const id = begun();
    MailOut second;
    second.id = "<2@ada.test>";
    second.in_reply_to = "<1@ada.test>";
    second.subject = "An invoice";
    auto const other = receive(second);
    ASSERT_TRUE(other.other_subject);
    auto const split = [&](NewSplit const& wanted) {
        return store().write_now([&](store::Tx& tx) { return conversation::split(tx, office(), act(), id, wanted); });
    };
    EXPECT_EQ(split({{thread(id)[0].id, thread(id)[1].id}, {}}).error().code, "nothing_left");
    auto const made = split({{other.id}, {}});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->subject, "An invoice");
    EXPECT_EQ(made->follows, id);
    EXPECT_EQ(made->messages, 1);
    EXPECT_EQ(view(id).messages, 1);
    second.id = "<3@ada.test>";
    second.in_reply_to = "<2@ada.test>";
    EXPECT_EQ(receive(second).conversation, made->id) << "answers follow the message";
}

TEST_P(Answering, taken_back_waits_beside_a_newer_draft) {
    auto const id = begun();
    auto wanted = answer("The first words.");
    wanted.attachments = {upload("plan.txt", "a plan")};
    auto const sent = post(id, wanted);
    PutDraft newer;
    newer.words.text = {"Newer words."};
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return put_draft(tx, office(), act(), id, newer); }));
    ASSERT_TRUE(take_back(*sent));
    auto const both = draft(id);
    EXPECT_EQ(both->words.text.value, "Newer words.");
    ASSERT_TRUE(both->returned);
    EXPECT_EQ(both->returned->text.value, "The first words.");
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return delete_draft(tx, act(), id, MessageKind::reply); }));
    auto const back = draft(id);
    EXPECT_EQ(back->words.text.value, "The first words.");
    EXPECT_FALSE(back->returned);
    ASSERT_THAT(back->files, SizeIs(1));
    EXPECT_EQ(back->files[0].name, "plan.txt");
    EXPECT_EQ(back->files[0].size, 6);
}

TEST_P(Answering, taken_back_can_be_thrown_away_beside_a_newer_draft) {
    auto const id = begun();
    auto const sent = post(id, answer("The first words."));
    PutDraft newer;
    newer.words.text = {"Newer words."};
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return put_draft(tx, office(), act(), id, newer); }));
    ASSERT_TRUE(take_back(*sent));
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return delete_returned(tx, act(), id); }));
    EXPECT_FALSE(draft(id)->returned);
    EXPECT_EQ(draft(id)->words.text.value, "Newer words.");
}

}  // namespace
}  // namespace rapport::conversation
