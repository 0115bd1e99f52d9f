// Actions and macros, on both engines: all or nothing, looked at before, undone as one.
#include "desk/desk_fixture.hpp"
#include "desk/mentions.hpp"

namespace rapport::desk {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::SizeIs;

class Runs : public DeskTest {};
RAPPORT_ON_BOTH_ENGINES(Runs);

TEST_P(Runs, do_several_things_in_order_in_one_transaction) {
    auto const id = begun();
    auto const urgent = label("Urgent");
    auto priority = doing(Does::set_priority);
    priority.priority = Priority::high;
    auto const done =
        carry_out(id, {assigned("me"), labelled(urgent), priority, says(Does::note, "Refund of {{customer.name|them}}"),
                       says(Does::reply, "Dear {{customer.name|customer}}, done."), state(State::resolved)});
    ASSERT_TRUE(done) << done.error().text;
    auto const now_is = view(id);
    EXPECT_EQ(now_is.state, State::resolved);
    EXPECT_EQ(now_is.priority, Priority::high);
    EXPECT_EQ(now_is.assignee, agent_);
    EXPECT_THAT(now_is.labels, ElementsAre(urgent));
    auto const messages = thread(id);
    ASSERT_THAT(messages, SizeIs(3));
    EXPECT_EQ(messages[0].text, "Dear Ada Lovelace, done.");
    EXPECT_EQ(messages[1].text, "Refund of Ada Lovelace");
    auto const letters = leave();
    ASSERT_THAT(letters, SizeIs(1));
}

TEST_P(Runs, change_nothing_when_one_of_the_actions_is_refused) {
    auto const id = begun();
    auto const before = view(id);
    auto const refused =
        carry_out(id, {assigned("me"), says(Does::note, "hm"), state(State::spam), says(Does::reply, "Dear all")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "state_does_not_allow");
    auto const after = view(id);
    EXPECT_EQ(after.version, before.version);
    EXPECT_EQ(after.messages, before.messages);
    EXPECT_EQ(after.state, State::open);
}

TEST_P(Runs, can_be_looked_at_before_and_leave_nothing_then) {
    auto const id = begun();
    auto const before = view(id);
    auto const events_before = events("conversation.assigned");
    auto const seen = look_ahead(id, {assigned("me"), says(Does::reply, "Dear {{customer.external_id|friend}}")});
    EXPECT_FALSE(seen.code);
    EXPECT_EQ(seen.before.state, State::open);
    EXPECT_EQ(seen.after.state, State::pending);
    EXPECT_EQ(seen.after.assignee, agent_);
    ASSERT_THAT(seen.messages, SizeIs(1));
    EXPECT_EQ(seen.messages[0].text, "Dear friend");
    EXPECT_EQ(seen.messages[0].gaps.at(0).variable, "customer.external_id");
    EXPECT_EQ(view(id).version, before.version);
    EXPECT_EQ(view(id).messages, before.messages);
    EXPECT_EQ(events("conversation.assigned"), events_before);
    EXPECT_EQ(look_ahead(id, {state(State::spam), says(Does::reply, "x")}).code, "state_does_not_allow");
}

TEST_P(Runs, are_undone_as_one) {
    auto const id = begun();
    auto const urgent = label("Urgent"), old = label("Old");
    ASSERT_TRUE(carry_out(id, {labelled(old)}));
    auto const before = view(id);
    auto const counted = counts("all").open;
    auto const done = carry_out(id, {labelled(urgent), labelled(old, Does::remove_label), assigned("me"),
                                     says(Does::note, "hm"), says(Does::reply, "Dear Ada"), state(State::resolved)});
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(counts("all").resolved, 1);
    auto const back = undo(*done->run);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->state, State::open);
    EXPECT_EQ(back->waiting_since, before.waiting_since);
    EXPECT_EQ(back->assignee, before.assignee);
    EXPECT_EQ(back->labels, before.labels);
    EXPECT_EQ(back->messages, before.messages);
    EXPECT_THAT(thread(id), SizeIs(1));
    EXPECT_EQ(counts("all").open, counted);
    EXPECT_THAT(leave(), IsEmpty());
    EXPECT_EQ(undo(*done->run).error().code, "already_undone");
    EXPECT_EQ(events("conversation.restored"), 1);
}

TEST_P(Runs, come_back_to_a_snooze_and_to_spam) {
    auto const id = begun();
    auto nap = doing(Does::snooze);
    nap.minutes = 90;
    ASSERT_TRUE(carry_out(id, {nap}));
    auto const until = view(id).snoozed_until;
    ASSERT_TRUE(until);
    auto const resolved = carry_out(id, {state(State::resolved)});
    EXPECT_EQ(undo(*resolved->run)->snoozed_until, until);
    auto const junk = carry_out(id, {state(State::spam)});
    EXPECT_EQ(view(id).state, State::spam);
    EXPECT_EQ(undo(*junk->run)->state, State::snoozed);
}

TEST_P(Runs, are_not_undone_over_what_others_did_nor_by_others_nor_too_late) {
    auto const id = begun();
    auto const first = carry_out(id, {assigned("me")});
    EXPECT_EQ(undo(*first->run, act_of(other_)).error().kind, ErrorKind::not_found);
    conversation::ConversationChange urgent;
    urgent.priority = Priority::urgent;
    ASSERT_TRUE(change(id, urgent));
    EXPECT_EQ(undo(*first->run).error().code, "changed_meanwhile");
    auto const second = carry_out(id, {state(State::pending)});
    advance(std::chrono::minutes(11));
    EXPECT_EQ(undo(*second->run).error().code, "too_late");
    auto const third = carry_out(id, {says(Does::reply, "Dear Ada")});
    advance(settings_.undo + std::chrono::seconds(1));
    EXPECT_EQ(undo(*third->run).error().code, "too_late");
    EXPECT_EQ(view(id).state, State::pending);
}

TEST_P(Runs, happen_once_however_often_they_are_asked_for_with_one_key) {
    auto const id = begun();
    auto const first = carry_out(id, {says(Does::reply, "Dear Ada")}, "k1");
    auto const again = carry_out(id, {says(Does::reply, "Dear Ada")}, "k1");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->run, first->run);
    EXPECT_THAT(thread(id), SizeIs(2));
}

TEST_P(Runs, asked_for_again_are_the_same_though_the_conversation_would_refuse_them_now) {
    auto const id = begun();
    std::vector<Action> const actions{says(Does::reply, "Dear Ada"), state(State::resolved)};
    auto const first = carry_out(id, actions, "k2");
    ASSERT_TRUE(first) << first.error().text;
    ASSERT_TRUE(carry_out(id, {state(State::spam)}));
    auto const again =
        store().read_now([&](store::Reader& reader) { return made_before(reader, act(), id, std::string("k2")); });
    ASSERT_TRUE(again);
    EXPECT_EQ(again->run, first->run);
    EXPECT_FALSE(
        store().read_now([&](store::Reader& reader) { return made_before(reader, act(), id, std::string("k3")); }));
}

TEST_P(Runs, keep_values_of_fields_sealed_and_bring_them_back) {
    conversation::NewField field;
    field.key = {"iban"};
    field.name = {"IBAN"};
    field.kind = conversation::FieldKind::text;
    ASSERT_TRUE(
        store().write_now([&](store::Tx& tx) { return conversation::create_field(tx, operator_act(), field); }));
    auto const id = begun();
    auto const fill = [](char const* value) {
        auto one = doing(Does::set_field);
        one.field = "iban";
        one.value = json::Value(value);
        return one;
    };
    ASSERT_TRUE(carry_out(id, {fill("IT60X0542811101000000123456")}));
    auto const second = carry_out(id, {fill("other")});
    ASSERT_TRUE(second);
    static constexpr store::Query kept{"test.kept",
                                       "SELECT count(*) FROM desk_run WHERE CAST(stood AS text) LIKE '%IT60X%'",
                                       "SELECT count(*) FROM desk_run WHERE CAST(stood AS text) LIKE '%IT60X%'"};
    EXPECT_EQ(store().read_now([&](store::Reader& reader) { return reader.one<std::int64_t>(kept).value(); }), 0);
    auto const back = undo(*second->run);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->fields.at("iban"), json::Value("IT60X0542811101000000123456"));
}

TEST_P(Runs, notify_people_of_a_note_in_their_mentions) {
    auto const id = begun();
    auto tell = says(Does::notify, "Refund over 500 for {{customer.name|somebody}}");
    tell.people = {{to_text(other_), "assignee"}};
    ASSERT_TRUE(carry_out(id, {assigned("me"), tell}));
    auto const seen = [&](Who const& who) {
        return store().read_now(
            [&](store::Reader& reader) { return list_mentions(reader, office(), who, {}).value(); });
    };
    ASSERT_THAT(seen(ben()).items, SizeIs(1));
    EXPECT_EQ(seen(ben()).items[0].excerpt, "Refund over 500 for Ada Lovelace");
    EXPECT_THAT(seen(me()).items, IsEmpty()) << "whoever did it knows";
    auto const team_id = team("Second line", {other_, agent_});
    auto whole = says(Does::notify, "Look");
    whole.team = OrNone<TeamId>{team_id};
    ASSERT_TRUE(carry_out(id, {whole}));
    EXPECT_EQ(seen(ben()).unread, 2);
}

TEST_P(Runs, that_cannot_be_true_are_found_by_fsck) {
    auto const id = begun();
    ASSERT_TRUE(carry_out(id, {assigned("me")}));
    static constexpr store::Query spoil{"test.spoil_run", "UPDATE desk_run SET version = version + $1",
                                        "UPDATE desk_run SET version = version + $1"};
    static constexpr store::Query item{"test.spoil_item", "UPDATE desk_item SET team = $1",
                                       "UPDATE desk_item SET team = $1"};
    ASSERT_TRUE(keep(canned("Hello"), me()));
    store().write_now([&](store::Tx& tx) { tx.exec(spoil, std::int64_t{9}), tx.exec(item, std::int64_t{77}); });
    EXPECT_THAT(desk_faults(), SizeIs(3));
    store().write_now([&](store::Tx& tx) {
        tx.exec(spoil, std::int64_t{-9});
        tx.exec(item, std::optional<std::int64_t>());
    });
}

TEST_P(Runs, need_what_their_kind_needs_and_nothing_else) {
    auto const pointer_of = [&](std::vector<Action> const& actions) {
        return store().read_now([&](store::Reader& reader) -> std::string {
            auto const good = check_actions(reader, me(), actions);
            return good ? "" : good.error().fields.at(0).pointer;
        });
    };
    auto both = state(State::open);
    both.priority = Priority::low;
    auto nap = doing(Does::snooze);
    nap.minutes = 0;
    auto gives = doing(Does::give_to_team);
    gives.team = OrNone<TeamId>{TeamId{77}};
    auto reply = doing(Does::reply);
    reply.canned_reply = CannedReplyId{99};
    auto twice = says(Does::note, "x");
    twice.canned_reply = CannedReplyId{99};
    EXPECT_EQ(pointer_of({}), "/actions");
    EXPECT_EQ(pointer_of({state(State::open), doing(Does::assign)}), "/actions/1/assignee");
    EXPECT_EQ(pointer_of({both}), "/actions/0/priority");
    EXPECT_EQ(pointer_of({state(State::merged)}), "/actions/0/state");
    EXPECT_EQ(pointer_of({nap}), "/actions/0/minutes");
    EXPECT_EQ(pointer_of({gives}), "/actions/0/team");
    EXPECT_EQ(pointer_of({assigned("agt_nobody")}), "/actions/0/assignee");
    EXPECT_EQ(pointer_of({labelled(LabelId{5})}), "/actions/0/label");
    EXPECT_EQ(pointer_of({doing(Does::note)}), "/actions/0/text");
    EXPECT_EQ(pointer_of({reply}), "/actions/0/canned_reply");
    EXPECT_EQ(pointer_of({twice}), "/actions/0/text");
    EXPECT_EQ(pointer_of({says(Does::notify, "x")}), "/actions/0/people");
    auto tells = says(Does::notify, "x");
    tells.people = {{"assignee", "agt_nobody"}};
    EXPECT_EQ(pointer_of({tells}), "/actions/0/people/1");
    tells.people = {std::vector<std::string>{}};
    EXPECT_EQ(pointer_of({tells}), "/actions/0/people");
    tells.people = {std::vector<std::string>(most_notified + 1, "assignee")};
    EXPECT_EQ(pointer_of({tells}), "/actions/0/people");
    EXPECT_EQ(pointer_of({says(Does::reply, "{{customer.name}}")}), "/actions/0/text");
    EXPECT_EQ(pointer_of({says(Does::reply, "{{customer.name|x}}"), assigned("")}), "");
}

TEST_P(Runs, of_macros_answer_with_a_canned_reply) {
    auto const greeting = keep(canned("Hello {{customer.name|you}}"), me());
    NewMacro wanted;
    wanted.name = {"Greet and wait"};
    wanted.audience = Audience::own;
    auto reply = doing(Does::reply);
    reply.canned_reply = greeting->id;
    wanted.actions = {reply, assigned("me")};
    auto const macro = keep(wanted, me());
    ASSERT_TRUE(macro) << macro.error().text;
    auto const id = begun();
    auto const actions =
        store().read_now([&](store::Reader& reader) { return actions_of(reader, me(), macro->id, {}).value(); });
    ASSERT_TRUE(carry_out(id, actions));
    EXPECT_EQ(thread(id).front().text, "Hello Ada Lovelace");
    EXPECT_EQ(
        store().read_now([&](store::Reader& reader) { return actions_of(reader, ben(), macro->id, {}).error().kind; }),
        ErrorKind::not_found);
    EXPECT_EQ(store().read_now([&](store::Reader& reader) {
        return actions_of(reader, me(), macro->id, actions).error().fields.at(0).pointer;
    }),
              "/actions");
}

TEST_P(Runs, mark_as_spam_only_for_who_may) {
    auto const id = begun();
    auto const ready = prepared(id, {state(State::spam)}).value();
    Who humble = me();
    humble.may_spam = false;
    auto const done = store().write_now(
        [&](store::Tx& tx) { return run(tx, office(), act(), humble, ready, std::nullopt, std::nullopt); });
    EXPECT_EQ(done.error().kind, ErrorKind::forbidden);
}

}  // namespace
}  // namespace rapport::desk
