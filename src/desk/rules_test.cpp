// Rules, on both engines: when, if, then; once each; loops end; a dry run changes nothing.
#include "desk/rules.hpp"
#include "desk/desk_fixture.hpp"
#include "desk/mentions.hpp"

namespace rapport::desk {
namespace {

using testing::ElementsAre, testing::IsEmpty, testing::SizeIs;

class Rules : public DeskTest {
  protected:
    void SetUp() override {
        DeskTest::SetUp();
        desk_ = std::make_unique<Desk>(store(), *module_, [this] { return now(); });
        work();  // begins with what happens from now on
    }
    void TearDown() override {
        work();
        desk_.reset();
        DeskTest::TearDown();
    }
    // As the job does.
    void work() {
        for (int i = 0; i < 100; ++i) {
            bool const more = store().write_now([&](store::Tx& tx) { return follow(tx, office()); });
            bool const looked = await(look_at_one(*desk_));
            auto const quiet = store().read_now([&](store::Reader& reader) { return follow_done(reader); });
            if (!more && !looked && quiet) return;
        }
        ADD_FAILURE() << "the rules never end";
    }
    static bool follow_done(store::Reader& reader) {
        return reader.one<std::int64_t>(sql::position).value_or(0) == store::Store::last_event(reader);
    }
    static NewRule rule(std::string when, std::vector<Action> actions) {
        NewRule wanted;
        wanted.name = {"Rule"};
        wanted.when = {std::move(when)};
        wanted.actions = std::move(actions);
        return wanted;
    }
    Expected<RuleView> keep(NewRule const& wanted) {
        return store().write_now([&](store::Tx& tx) { return create_rule(tx, operator_act(), me(true), wanted); });
    }
    std::vector<RuleRunView> runs(RuleId id) {
        return store().read_now([&](store::Reader& reader) { return rule_runs(reader, office(), id, {}); });
    }
    std::unique_ptr<Desk> desk_;
};
RAPPORT_ON_BOTH_ENGINES(Rules);

TEST_P(Rules, act_when_something_happens_and_the_conditions_hold) {
    auto const refund = label("Refund");
    auto wanted = rule("message.received", {labelled(refund), assigned(to_text(other_)),
                                            says(Does::note, "Asked by {{customer.name|somebody}}")});
    wanted.contains = Words{{}, Text<1, 200>{"REFUND"}, {}};
    auto const kept = keep(wanted);
    ASSERT_TRUE(kept) << kept.error().text;
    conversation::MailOut mail;
    mail.text = "I want a refund.";
    auto const id = receive(mail).conversation;
    auto const other = begun("Bob <bob@example.org>", "<2@bob.test>");
    work();
    EXPECT_THAT(view(id).labels, ElementsAre(refund));
    EXPECT_EQ(view(id).assignee, other_);
    EXPECT_EQ(thread(id).front().text, "Asked by Ada Lovelace");
    EXPECT_THAT(view(other).labels, IsEmpty());
    auto const log = runs(kept->id);
    ASSERT_THAT(log, SizeIs(1));
    EXPECT_TRUE(log[0].done);
    EXPECT_EQ(log[0].conversation, id);
    work();
    EXPECT_THAT(thread(id), SizeIs(2));
}

TEST_P(Rules, run_in_order_until_one_says_stop) {
    auto const a = label("A"), b = label("B"), c = label("C");
    auto first = rule("message.received", {labelled(a)});
    first.place = 1;
    auto second = rule("message.received", {labelled(b)});
    second.place = 2;
    second.stop = true;
    Filter has_a;
    has_a.label = a;  // what the first one did counts
    second.filter = has_a;
    auto third = rule("message.received", {labelled(c)});
    third.place = 3;
    ASSERT_TRUE(keep(third));
    ASSERT_TRUE(keep(second));
    ASSERT_TRUE(keep(first));
    auto const id = begun();
    work();
    EXPECT_THAT(view(id).labels, testing::UnorderedElementsAre(a, b));
}

TEST_P(Rules, do_not_hear_themselves_and_end_when_they_set_off_each_other) {
    auto const flag = label("Flag");
    auto const on = keep(rule("conversation.labelled", {labelled(flag, Does::remove_label), labelled(flag)}));
    auto const id = begun();
    ASSERT_TRUE(carry_out(id, {labelled(flag)}));
    work();
    EXPECT_THAT(runs(on->id), SizeIs(1));
    // Two that undo each other's work.
    auto const high = doing(Does::set_priority), low = doing(Does::set_priority);
    auto up = high, down = low;
    up.priority = Priority::high;
    down.priority = Priority::low;
    Filter is_high, is_low;
    is_high.priorities = {Priority::high};
    is_low.priorities = {Priority::low};
    auto rises = rule("conversation.prioritised", {up});
    rises.filter = is_low;
    auto falls = rule("conversation.prioritised", {down});
    falls.filter = is_high;
    auto const one = keep(rises), two = keep(falls);
    ASSERT_TRUE(carry_out(id, {up}));
    work();
    auto const log_one = runs(one->id), log_two = runs(two->id);
    EXPECT_LE(log_one.size() + log_two.size(), 8U);
    auto const refused = [](std::vector<RuleRunView> const& log) {
        return std::ranges::count_if(log, [](auto const& run) { return run.code == "too_deep"; });
    };
    EXPECT_EQ(refused(log_one) + refused(log_two), 1);
}

TEST_P(Rules, say_in_the_log_why_they_did_nothing_and_change_nothing_then) {
    auto const kept = keep(rule("conversation.marked_spam", {state(State::open)}));
    EXPECT_EQ(kept.error().fields.at(0).pointer, "/when/0");
    auto const flag = label("Flag");
    auto nap = doing(Does::snooze);
    nap.minutes = 5;
    auto const sleepy = keep(rule("conversation.resolved", {labelled(flag), nap}));
    ASSERT_TRUE(sleepy) << sleepy.error().text;
    auto const id = begun();
    ASSERT_TRUE(carry_out(id, {state(State::resolved)}));
    work();
    auto const log = runs(sleepy->id);
    ASSERT_THAT(log, SizeIs(1));
    EXPECT_FALSE(log[0].done);
    EXPECT_EQ(log[0].code, "state_does_not_allow");
    EXPECT_THAT(view(id).labels, IsEmpty());
}

TEST_P(Rules, that_fail_in_ways_nobody_foresaw_are_set_aside_and_the_others_go_on) {
    static constexpr store::Query breaks{"t1", "ALTER TABLE conversation_label RENAME TO broken_label",
                                         "ALTER TABLE conversation_label RENAME TO broken_label"};
    static constexpr store::Query mends{"t2", "ALTER TABLE broken_label RENAME TO conversation_label",
                                        "ALTER TABLE broken_label RENAME TO conversation_label"};
    auto const flag = label("Flag");
    auto const broken = keep(rule("message.received", {labelled(flag)}));
    auto const noting = keep(rule("message.received", {says(Does::note, "seen")}));
    auto const id = begun();
    store().write_now([&](store::Tx& tx) { tx.exec(breaks); });
    store().write_now([&](store::Tx& tx) { return follow(tx, office()); });
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(await(look_at_one(*desk_)));  // again, a moment later
        EXPECT_THAT(runs(broken->id), IsEmpty());
        EXPECT_THAT(runs(noting->id), IsEmpty());
    }
    EXPECT_TRUE(await(look_at_one(*desk_)));
    ASSERT_THAT(runs(broken->id), SizeIs(1));
    EXPECT_FALSE(runs(broken->id)[0].done);
    EXPECT_EQ(runs(broken->id)[0].code, "set_aside");
    ASSERT_THAT(runs(noting->id), SizeIs(1));
    EXPECT_TRUE(runs(noting->id)[0].done);
    store().write_now([&](store::Tx& tx) { tx.exec(mends); });
    work();
    EXPECT_THAT(view(id).labels, IsEmpty());  // it is not caught up with
    conversation::MailOut more;
    more.id = "<2@ada.test>";
    auto const next = receive(more).conversation;
    work();
    EXPECT_THAT(view(next).labels, ElementsAre(flag));
    EXPECT_THAT(runs(broken->id), SizeIs(2));
}

TEST_P(Rules, go_on_where_they_were_after_a_restart) {
    auto const flag = label("Flag");
    auto const kept = keep(rule("message.received", {says(Does::note, "seen"), labelled(flag)}));
    auto const id = begun();
    store().write_now([&](store::Tx& tx) { return follow(tx, office()); });
    desk_.reset();
    restart();
    desk_ = std::make_unique<Desk>(store(), *module_, [this] { return now(); });
    work();
    store().write_now([&](store::Tx& tx) { return tx.changed(sql::move_position, store::Store::last_event(tx), 0); });
    work();  // the journal once more: nothing twice
    EXPECT_THAT(runs(kept->id), SizeIs(1));
    EXPECT_THAT(thread(id), SizeIs(2));
}

TEST_P(Rules, are_tried_out_over_the_past_without_changing_anything) {
    auto const id = begun();
    begun("Bob <bob@example.org>", "<2@bob.test>");
    auto wanted = rule("message.received", {state(State::resolved)});
    wanted.contains = Words{Text<1, 200>{"meter"}, {}, Text<1, 200>{"ada"}};
    auto const version = view(id).version;
    auto const tried = store().read_now(
        [&](store::Reader& reader) { return dry_run(reader, office(), me(true), {wanted, {}}, now()).value(); });
    EXPECT_EQ(tried.waited_for, 2);
    ASSERT_THAT(tried.items, SizeIs(1));
    EXPECT_EQ(tried.items[0].conversation, id);
    EXPECT_EQ(view(id).version, version);
    wanted.when.clear();
    EXPECT_EQ(store().read_now([&](store::Reader& reader) {
        return dry_run(reader, office(), me(true), {wanted, {}}, now()).error().fields.at(0).pointer;
    }),
              "/rule/when");
}

TEST_P(Rules, know_business_hours) {
    conversation::sla::NewCalendar hours;
    hours.name = {"Always"};
    hours.zone = "UTC";
    for (auto* day : {&hours.week.monday, &hours.week.tuesday, &hours.week.wednesday, &hours.week.thursday,
                      &hours.week.friday, &hours.week.saturday, &hours.week.sunday})
        *day = {{{0}, {24 * 60}}};
    auto const always = store().write_now(
        [&](store::Tx& tx) { return conversation::sla::create_calendar(tx, operator_act(), hours)->id; });
    hours.name = {"Never"};
    hours.week = {};
    auto const never = store().write_now(
        [&](store::Tx& tx) { return conversation::sla::create_calendar(tx, operator_act(), hours)->id; });
    auto const a = label("A"), b = label("B"), c = label("C");
    auto const when = [&](LabelId flag, conversation::sla::CalendarId calendar, bool open) {
        auto wanted = rule("message.received", {labelled(flag)});
        wanted.hours = WithinHours{calendar, open};
        return keep(wanted);
    };
    ASSERT_TRUE(when(a, always, true));
    ASSERT_TRUE(when(b, never, true));
    ASSERT_TRUE(when(c, never, false));
    auto const id = begun();
    work();
    EXPECT_THAT(view(id).labels, testing::UnorderedElementsAre(a, c));
    EXPECT_EQ(when(a, conversation::sla::CalendarId{99}, true).error().fields.at(0).pointer, "/hours/calendar");
}

TEST_P(Rules, tell_people_and_teams) {
    auto tell = says(Does::notify, "Somebody wrote");
    tell.people = {{to_text(other_)}};
    ASSERT_TRUE(keep(rule("message.received", {tell})));
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return wish_mentions(tx, act_of(other_), {true}); }));
    auto const id = begun();
    work();
    auto const told =
        store().read_now([&](store::Reader& reader) { return list_mentions(reader, office(), ben(), {}).value(); });
    ASSERT_THAT(told.items, SizeIs(1));
    EXPECT_EQ(told.items[0].conversation, id);
    EXPECT_EQ(told.items[0].excerpt, "Somebody wrote");
    EXPECT_THAT(letters("mention"), ElementsAre("ben@staff.test"));
}

TEST_P(Rules, look_at_segments_that_everybody_may_use_and_at_empty_fields) {
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) {
        return describe_attributes(tx, operator_act(), {{{{"plan"}, {"Plan"}, FieldKind::text, {}}}});
    }));
    NewSegment gold;
    gold.name = {"Gold"};
    gold.all = {{{"plan"}, Is::is, json::Value("gold")}};
    auto const segment = [&](Audience audience) {
        gold.audience = audience;
        return store().write_now([&](store::Tx& tx) { return create_segment(tx, operator_act(), me(true), gold)->id; });
    };
    auto wanted = rule("message.received", {labelled(label("Gold"))});
    wanted.filter.emplace().segment = segment(Audience::own);
    EXPECT_EQ(keep(wanted).error().fields.at(0).pointer, "/filter/segment") << "it would never fit";
    wanted.filter->segment = segment(Audience::everyone);
    EXPECT_TRUE(keep(wanted));
    auto const first = begun();
    auto const customer = view(first).from.customer.value();
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) {
        return put_attributes(tx, office(), operator_act(), me(true), customer, {{{"plan", json::Value("gold")}}});
    }));
    work();
    EXPECT_THAT(view(first).labels, SizeIs(1));
    conversation::NewField field;
    field.key = {"topic"};
    field.name = {"Topic"};
    field.kind = FieldKind::text;
    ASSERT_TRUE(
        store().write_now([&](store::Tx& tx) { return conversation::create_field(tx, operator_act(), field); }));
    auto const flag = label("Empty");
    auto empty = rule("message.received", {labelled(flag)});
    empty.filter.emplace().field = FieldIs{"topic", json::Value()};
    ASSERT_TRUE(keep(empty));
    auto const second = begun("Bob <bob@example.org>", "<2@bob.test>");
    work();
    EXPECT_THAT(view(second).labels, ElementsAre(flag)) << "as in saved views";
}

TEST_P(Rules, that_were_refused_do_not_use_up_how_often_others_may_run) {
    auto const flag = label("Flag");
    auto nap = doing(Does::snooze);
    nap.minutes = 5;
    auto const refused = keep(rule("conversation.prioritised", {state(State::resolved), nap}));
    auto const runs_well = keep(rule("message.noted", {labelled(flag)}));
    auto const id = begun();
    work();
    for (int i = 0; i < 35; ++i) {
        conversation::ConversationChange next;
        next.priority = i % 2 ? Priority::normal : Priority::high;
        ASSERT_TRUE(change(id, next));
    }
    work();
    auto note = answer("look");
    note.kind = conversation::MessageKind::note;
    ASSERT_TRUE(post(id, note));
    work();
    ASSERT_THAT(runs(runs_well->id), SizeIs(1));
    EXPECT_TRUE(runs(runs_well->id)[0].done);
    EXPECT_FALSE(runs(refused->id).at(0).done);
}

TEST_P(Rules, do_not_answer_customers_and_are_nobody) {
    EXPECT_EQ(keep(rule("message.received", {says(Does::reply, "Hello")})).error().fields.at(0).pointer,
              "/actions/0/does");
    EXPECT_EQ(keep(rule("message.received", {assigned("me")})).error().fields.at(0).pointer, "/actions/0/assignee");
    auto mine = rule("message.received", {state(State::open)});
    mine.filter.emplace();
    mine.filter->assignee = "me";
    EXPECT_EQ(keep(mine).error().fields.at(0).pointer, "/filter/assignee");
    EXPECT_EQ(store().write_now([&](store::Tx& tx) {
        return create_rule(tx, act(), me(), rule("message.received", {state(State::open)})).error().kind;
    }),
              ErrorKind::forbidden);
}

}  // namespace
}  // namespace rapport::desk
