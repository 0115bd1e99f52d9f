// Who looks and writes, what an answer crosses, and what an agent has not seen, on both engines.
#include "conversation/looking/looking.hpp"
#include "conversation/conversation_fixture.hpp"

namespace rapport::conversation {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::SizeIs;

class Looking : public ConversationTest {
  protected:
    void SetUp() override {
        ConversationTest::SetUp();
        bob_ = store().write_now([&](store::Tx& tx) {
            return people::create_agent(tx, operator_act(), people::Permissions::all(),
                                        {{"bob@staff.test"}, {"Bob"}, Locale::en, people::Role::agent})
                ->id;
        });
        advance(std::chrono::seconds(1));
    }
    Act bob() const { return {{ActorKind::agent, bob_.value, "Bob"}, now(), "", ""}; }
    ConversationId begun(std::string id = "<1@ada.test>") {
        MailOut mail;
        mail.id = std::move(id);
        return receive(mail).conversation;
    }
    Expected<> look(Act const& who, std::string screen, std::optional<ConversationId> id,
                    Doing doing = Doing::viewing) {
        return store().write_now([&](store::Tx& tx) { return put_looking(tx, who, {{std::move(screen)}, id, doing}); });
    }
    std::vector<LookedAt> looked() {
        return store().read_now([&](store::Reader& reader) { return looked_at(reader, now()); });
    }
    bool unread(ConversationId id, Act const& who) {
        return store().read_now(
            [&](store::Reader& reader) { return !unseen_of(reader, AgentId{who.actor.id}, {id}).empty(); });
    }
    void see(ConversationId id, Act const& who) {
        auto const last = thread(id).front().id;
        EXPECT_TRUE(store().write_now([&](store::Tx& tx) { return mark_seen(tx, who, id, last); }));
    }
    MessageView more(std::string id, std::string extra = "") {
        MailOut mail;
        mail.id = std::move(id);
        mail.in_reply_to = "<1@ada.test>";
        mail.extra = std::move(extra);
        return receive(mail);
    }
    AgentId bob_;
};
RAPPORT_ON_BOTH_ENGINES(Looking);

TEST_P(Looking, shows_who_looks_and_who_writes_and_ends_by_itself) {
    auto const id = begun();
    auto const journal = store().read_now([](store::Reader& r) { return store::Store::last_event(r); });
    ASSERT_TRUE(look(act(), "a", id));
    ASSERT_TRUE(look(bob(), "b", id, Doing::replying));
    auto all = looked();
    ASSERT_THAT(all, SizeIs(1));
    ASSERT_THAT(all[0].lookers, SizeIs(2));
    EXPECT_EQ(all[0].lookers[0].name, "Ann");
    EXPECT_EQ(all[0].lookers[0].doing, Doing::viewing);
    EXPECT_EQ(all[0].lookers[1].doing, Doing::replying);
    advance(writes_for);  // Bob types no more
    EXPECT_EQ(looked()[0].lookers[1].doing, Doing::viewing);
    advance(looks_for - writes_for);
    EXPECT_THAT(looked(), IsEmpty());
    EXPECT_EQ(store().read_now([](store::Reader& r) { return store::Store::last_event(r); }), journal);
}

TEST_P(Looking, a_screen_looks_at_one_conversation_and_a_second_screen_is_the_same_agent) {
    auto const first = begun(), second = begun("<2@ada.test>");
    ASSERT_TRUE(look(act(), "a", first));
    ASSERT_TRUE(look(act(), "a", second));
    ASSERT_THAT(looked(), SizeIs(1));
    EXPECT_EQ(looked()[0].conversation, second);
    ASSERT_TRUE(look(act(), "b", second, Doing::noting));
    ASSERT_THAT(looked()[0].lookers, SizeIs(1));
    EXPECT_EQ(looked()[0].lookers[0].doing, Doing::noting);
    ASSERT_TRUE(look(act(), "b", std::nullopt));
    ASSERT_THAT(looked()[0].lookers, SizeIs(1));  // the other screen is still there
    EXPECT_EQ(looked()[0].lookers[0].doing, Doing::viewing);
    ASSERT_TRUE(look(act(), "a", std::nullopt));
    EXPECT_THAT(looked(), IsEmpty());
}

TEST_P(Looking, is_for_people_at_what_exists_on_so_many_screens) {
    auto const id = begun();
    Act key{{ActorKind::api_key, 7, "key"}, now(), "", ""};
    EXPECT_EQ(look(key, "a", id).error().code, "agents_only");
    EXPECT_EQ(look(act(), "a", ConversationId{4711}).error().code, "not_found");
    for (int i = 0; i < most_screens; ++i) ASSERT_TRUE(look(act(), "s" + std::to_string(i), id));
    EXPECT_EQ(look(act(), "one more", id).error().code, "too_many_screens");
    EXPECT_TRUE(look(act(), "s0", id));
    advance(looks_for);
    store().write_now([&](store::Tx& tx) { return forget_lookers(tx, now()), 0; });
    EXPECT_TRUE(look(act(), "one more", id));
}

TEST_P(Looking, the_job_tells_what_changed_and_what_ended) {
    auto const id = begun();
    std::vector<store::Event> told;
    module_->on_passing([&](store::Event event, std::optional<AgentId> only) {
        EXPECT_FALSE(only);
        told.push_back(std::move(event));
    });
    static asio::io_context context{1};  // outlives the store, whose threads may still be letting go of it
    net::TaskGroup jobs(context);
    jobs.spawn("looking", [&](net::Stop stop) { return module_->run_looking(stop); });
    auto const until = [&](auto holds) { rapport::test::run_until(context, holds); };
    ASSERT_TRUE(look(bob(), "b", id, Doing::replying));
    module_->look_again();
    until([&] { return told.size() == 1; });
    EXPECT_EQ(told[0].kind, "looking.changed");
    EXPECT_EQ(told[0].subject, to_text(id));
    EXPECT_THAT(json::encode(told[0].data), HasSubstr("replying"));
    EXPECT_EQ(told[0].seq, 0);
    advance(looks_for);  // nobody says anything: the next look finds out
    until([&] { return told.size() == 2; });
    EXPECT_THAT(json::encode(told[1].data), HasSubstr("\"lookers\":[]"));
    jobs.stop();
    until([&] { return jobs.running() == 0; });
}

TEST_P(Looking, an_answer_that_crosses_another_one_is_refused_and_says_what_came) {
    auto const id = begun();
    auto const seen = thread(id).front().id;
    ASSERT_TRUE(post(id, answer("Bob's answer."), bob()));
    auto mine = answer("Ann's answer.");
    mine.seen = seen;
    mine.key = Text<1, 100>{"k1"};
    auto const refused = post(id, mine);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "answered_meanwhile");
    ASSERT_THAT(refused.error().fields, SizeIs(1));
    EXPECT_THAT(refused.error().fields[0].rule, HasSubstr("Bob answered"));
    EXPECT_THAT(refused.error().fields[0].rule, HasSubstr(to_text(thread(id).front().id)));
    EXPECT_THAT(thread(id), SizeIs(2));
    mine.seen = thread(id).front().id;  // read it, sends anyway
    auto const sent = post(id, mine);
    ASSERT_TRUE(sent);
    mine.seen = seen;  // the same once more, as after a lost reply: it is sent already, and no clash with itself
    EXPECT_EQ(post(id, mine).value(), *sent);
}

TEST_P(Looking, own_messages_programs_and_notes_of_ones_own_cross_nothing) {
    auto const id = begun();
    auto const seen = thread(id).front().id;
    ASSERT_TRUE(post(id, answer("First half.")));
    more("<2@ada.test>", "Auto-Submitted: auto-replied\r\n");
    auto mine = answer("Second half.");
    mine.seen = seen;
    EXPECT_TRUE(post(id, mine));
    NewMessage note;
    note.kind = MessageKind::note;
    note.text = MessageText{"Call her instead."};
    ASSERT_TRUE(post(id, note, bob()));
    mine.text = MessageText{"Third."};
    EXPECT_EQ(post(id, mine).error().code, "answered_meanwhile");  // a colleague's note may say: do not answer
    note.seen = seen;
    EXPECT_TRUE(post(id, note));  // a note crosses nothing
}

TEST_P(Looking, a_conversation_is_unread_until_each_agent_has_seen_its_last_message) {
    auto const id = begun();
    EXPECT_TRUE(unread(id, act()));
    EXPECT_TRUE(unread(id, bob()));
    see(id, act());
    EXPECT_FALSE(unread(id, act()));
    EXPECT_TRUE(unread(id, bob()));
    ASSERT_TRUE(post(id, answer(), bob()));
    EXPECT_FALSE(unread(id, act()));  // what colleagues write is not news of the customer
    more("<3@ada.test>", "Auto-Submitted: auto-replied\r\n");
    EXPECT_FALSE(unread(id, act()));  // nor what programs do
    more("<2@ada.test>");
    EXPECT_TRUE(unread(id, act()));
    see(id, act());
    restart();
    EXPECT_FALSE(unread(id, act()));
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return mark_unseen(tx, act(), id); }));
    EXPECT_TRUE(unread(id, act()));
}

TEST_P(Looking, a_mark_never_goes_back_nor_beyond_what_there_is) {
    auto const id = begun();
    auto const first = thread(id).front().id;
    more("<2@ada.test>");
    see(id, act());
    auto const mark = [&](MessageId up_to) {
        return store().write_now([&](store::Tx& tx) { return mark_seen(tx, act(), id, up_to); });
    };
    EXPECT_TRUE(mark(first));  // a window that was behind
    EXPECT_FALSE(unread(id, act()));
    EXPECT_TRUE(mark(MessageId{std::numeric_limits<std::int64_t>::max()}));
    more("<3@ada.test>");
    EXPECT_TRUE(unread(id, act()));
    EXPECT_EQ(mark(first).has_value(), true);
    auto const nothing = store().write_now([&](store::Tx& tx) { return mark_unseen(tx, act(), ConversationId{9}); });
    EXPECT_EQ(nothing.error().code, "not_found");
}

TEST_P(Looking, what_came_before_an_agent_did_is_not_new_to_them) {
    auto const old = begun();
    advance(std::chrono::hours(1));
    auto const eve = store().write_now([&](store::Tx& tx) {
        return people::create_agent(tx, operator_act(), people::Permissions::all(),
                                    {{"eve@staff.test"}, {"Eve"}, Locale::en, people::Role::agent})
            ->id;
    });
    Act const who{{ActorKind::agent, eve.value, "Eve"}, now(), "", ""};
    EXPECT_FALSE(unread(old, who));
    EXPECT_TRUE(unread(begun("<2@ada.test>"), who));
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return mark_all_seen(tx, act()); }));
    EXPECT_FALSE(unread(old, act()));
    auto const first = thread(old).front().id;
    more("<6@ada.test>");
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return mark_all_seen(tx, act()); }));
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return mark_seen(tx, act(), old, first); }));
    EXPECT_FALSE(unread(old, act()));  // a window that was behind
    more("<5@ada.test>");
    EXPECT_TRUE(unread(old, act()));
}

TEST_P(Looking, a_list_of_what_is_unread_goes_on_where_it_stopped) {
    std::vector<ConversationId> all;
    for (int i = 0; i < 7; ++i) all.push_back(begun("<c" + std::to_string(i) + "@ada.test>"));
    for (int i = 0; i < 7; i += 2) see(all[static_cast<std::size_t>(i)], act());
    ConversationQuery query;
    query.unread = true;
    EXPECT_THAT(list(query), ElementsAre(all[5], all[3], all[1]));
    query.limit = 2;
    auto const page = [&] {
        return store().read_now(
            [&](store::Reader& reader) { return list_conversations(reader, office(), act().actor, query).value(); });
    };
    auto const first = page();
    ASSERT_TRUE(first.next);
    query.after = *first.next;
    auto const second = page();
    ASSERT_THAT(second.items, SizeIs(1));
    EXPECT_EQ(second.items[0].id, all[1]);
    EXPECT_EQ(second.items[0].unread, true);
    EXPECT_FALSE(second.next);
    query = {};
    for (auto const& one : page().items) EXPECT_EQ(one.unread, unread(one.id, act()));
    query.unread = true;
    auto const by_key = store().read_now([&](store::Reader& reader) {
        return list_conversations(reader, office(), Actor{ActorKind::api_key, 7, "key"}, query);
    });
    EXPECT_EQ(by_key.error().code, "invalid_fields");
}

}  // namespace
}  // namespace rapport::conversation
