// What is promised, on both engines: policies and calendars, clocks that follow conversations, alarms that ring once.
#include <set>

#include "conversation/conversation_fixture.hpp"
#include "conversation/sla/rows.hpp"

namespace rapport::conversation::sla {
namespace {

using namespace std::chrono;
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::SizeIs;

class Promises : public ConversationTest {
  protected:
    static TargetsByPriority within(std::optional<std::int64_t> first, std::optional<std::int64_t> next = {},
                                    std::optional<std::int64_t> resolution = {}) {
        TargetsByPriority all;
        all.low = all.normal = all.high = all.urgent = Targets{first, next, resolution};
        return all;
    }
    Expected<PolicyView> make(NewPolicy const& wanted) {
        return store().write_now([&](store::Tx& tx) { return create_policy(tx, operator_act(), wanted); });
    }
    PolicyView policy(TargetsByPriority targets, std::string name = "Usual") {
        NewPolicy wanted;
        wanted.name = {std::move(name)};
        wanted.targets = std::move(targets);
        return make(wanted).value();
    }
    Expected<PolicyView> change_policy(PolicyId id, PolicyChange const& change) {
        return store().write_now([&](store::Tx& tx) { return sla::change_policy(tx, operator_act(), id, change); });
    }
    Expected<CalendarView> calendar(Hours const& hours, std::string name = "Office") {
        return store().write_now([&](store::Tx& tx) {
            return create_calendar(tx, operator_act(), {{std::move(name)}, hours.zone, hours.week, hours.holidays});
        });
    }
    ConversationId begun(std::string id = "<1@ada.test>", std::string box = "box@ours.test") {
        MailOut mail;
        mail.id = std::move(id);
        mail.to = box;
        return receive(mail, box).conversation;
    }
    // The customer writes into it again.
    void hear(ConversationId id) {
        MailOut mail;
        mail.id = "<again" + std::to_string(++mails_) + "@ada.test>";
        mail.references = mail.in_reply_to = "<1@ada.test>";
        ASSERT_EQ(receive(mail).conversation, id);
    }
    // As the job does: one transaction each.
    void ring_all() {
        for (auto const id : store().read_now([&](store::Reader& r) { return due_alarms(r, now(), 100); }))
            store().write_now([&](store::Tx& tx) { ring(tx, "https://ours.test", id, now()); });
    }
    // As the job does, until all open conversations are reached.
    void reach_all() {
        while (await(reach_some(store(), now()))) {
        }
    }
    std::optional<Time> alarm() {
        return store().read_now([](store::Reader& reader) { return next_alarm(reader); });
    }
    Expected<PromiseView> promise(ConversationId id) {
        return store().read_now([&](store::Reader& reader) { return promise_of(reader, id, now()); });
    }
    Expected<ConversationView> set_state(ConversationId id, State state) {
        ConversationChange wanted;
        wanted.state = state;
        return change(id, wanted);
    }
    std::vector<post::OutboxItem> letters() {
        return store().read_now([](store::Reader& r) { return post::list_letters(r, {}, {}, 100); });
    }
    int mails_ = 0;
};
RAPPORT_ON_BOTH_ENGINES(Promises);

TEST_P(Promises, of_a_first_response_are_due_in_lists_and_kept_by_an_answer) {
    policy(within(60, 30, 600));
    auto const id = begun();
    auto const opened = view(id).opened_at;
    ASSERT_TRUE(view(id).due);
    EXPECT_EQ(view(id).due->metric, Metric::first_response);
    EXPECT_EQ(view(id).due->due_at, opened + 60min);
    EXPECT_EQ(alarm(), opened + 45min) << "the warning";
    ASSERT_TRUE(post(id, answer()));
    ASSERT_TRUE(view(id).due);
    EXPECT_EQ(view(id).due->metric, Metric::resolution);
    EXPECT_EQ(view(id).due->stage, Stage::paused) << "the customer owes us something";
    EXPECT_EQ(alarm(), std::nullopt);
    hear(id);
    EXPECT_EQ(view(id).due->metric, Metric::next_response);
    EXPECT_EQ(view(id).due->due_at, now() + 30min);
    ASSERT_TRUE(set_state(id, State::resolved));
    EXPECT_FALSE(view(id).due);
    ring_all();
    EXPECT_EQ(events("sla.breached") + events("sla.warning"), 0);
}

TEST_P(Promises, that_nobody_made_leave_no_trace) {
    auto const id = begun();
    EXPECT_FALSE(view(id).due);
    EXPECT_EQ(promise(id).error().code, "nothing_promised");
    EXPECT_EQ(alarm(), std::nullopt);
}

TEST_P(Promises, ring_once_each_whatever_dies_in_between) {
    policy(within(60));
    auto const id = begun();
    advance(44min);
    ring_all();
    EXPECT_EQ(events("sla.warning"), 0);
    advance(2min);
    // Whoever dies before the commit has told nobody.
    EXPECT_THROW(store().write_now([&](store::Tx& tx) {
        ring(tx, "https://ours.test", id, now());
        throw std::runtime_error("killed");
    }),
                 std::runtime_error);
    EXPECT_EQ(events("sla.warning"), 0);
    restart();
    ring_all();
    ring_all();
    // Two nodes that saw the same row due.
    store().write_now([&](store::Tx& tx) { ring(tx, "https://ours.test", id, now()); });
    EXPECT_EQ(events("sla.warning"), 1);
    EXPECT_EQ(events("sla.breached"), 0);
    advance(24h);
    restart();
    ring_all();
    ring_all();
    EXPECT_EQ(events("sla.warning"), 1);
    EXPECT_EQ(events("sla.breached"), 1);
    EXPECT_EQ(alarm(), std::nullopt);
    ASSERT_TRUE(promise(id));
    EXPECT_TRUE(promise(id)->clocks.at(0).breached_at);
}

TEST_P(Promises, do_not_ring_after_the_answer) {  // complaint 36
    NewPolicy wanted;
    wanted.name = {"Usual"};
    wanted.targets = within(60);
    Step step;
    step.on = Alarm::breach;
    step.notify = {agent_};
    wanted.steps = {step};
    ASSERT_TRUE(make(wanted));
    auto const id = begun();
    advance(59min);
    ASSERT_TRUE(post(id, answer()));
    advance(10h);
    ring_all();
    EXPECT_EQ(events("sla.breached"), 0);
    // Late, but answered before the alarm could ring: the journal knows, and nobody is disturbed.
    hear(id);
    auto const late = begun("<2@ada.test>");
    advance(2h);
    ASSERT_TRUE(post(late, answer()));
    ring_all();
    EXPECT_EQ(events("sla.breached"), 1);
    for (auto const& letter : letters()) EXPECT_NE(letter.purpose, "sla");
}

TEST_P(Promises, that_are_missed_raise_the_priority_give_the_conversation_away_and_tell_people) {
    auto const team = store().write_now(
        [&](store::Tx& tx) { return people::create_team(tx, operator_act(), {{"Second line"}, {agent_}})->id; });
    NewPolicy wanted;
    wanted.name = {"Usual"};
    wanted.targets = within(60, {}, 600);
    Step warn, miss;
    warn.on = Alarm::warning;
    warn.priority = Priority::high;
    miss.on = Alarm::breach;
    miss.metric = Metric::first_response;
    miss.team = team;
    miss.notify = {agent_};
    wanted.steps = {warn, miss};
    ASSERT_TRUE(make(wanted));
    auto const id = begun();
    advance(46min);
    ring_all();
    EXPECT_EQ(view(id).priority, Priority::high);
    EXPECT_FALSE(view(id).team);
    advance(15min);
    ring_all();
    EXPECT_EQ(view(id).team, team);
    EXPECT_EQ(events("conversation.prioritised"), 1);
    EXPECT_EQ(events("conversation.given_to_team"), 1);
    auto const all = letters();
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].purpose, "sla");
    EXPECT_EQ(all[0].to.value, "ann@staff.test");
}

TEST_P(Promises, count_business_hours_and_the_calendar_that_was_in_force) {
    Hours hours{"UTC", {}, {}};
    auto const today = floor<days>(now());
    for (auto* one : {&hours.week.monday, &hours.week.tuesday, &hours.week.wednesday, &hours.week.thursday,
                      &hours.week.friday, &hours.week.saturday, &hours.week.sunday})
        *one = {{{9 * 60}, {10 * 60}}};
    auto const office = calendar(hours);
    ASSERT_TRUE(office);
    NewPolicy wanted;
    wanted.name = {"Usual"};
    wanted.targets = within(90);
    wanted.calendar = office->id;
    auto const made = make(wanted);
    ASSERT_TRUE(made);
    auto const first = begun();
    auto const calm = Calendar(hours);
    EXPECT_EQ(view(first).due->due_at, calm.add_open_time(view(first).opened_at, 90min));
    CalendarChange closed;
    closed.holidays = {{Day{today + days(1)}, "Closed", {}, {}}, {Day{today + days(2)}, "Closed", {}, {}}};
    ASSERT_TRUE(
        store().write_now([&](store::Tx& tx) { return change_calendar(tx, operator_act(), office->id, closed); }));
    advance(1s);
    EXPECT_EQ(promise(first)->clocks.at(0).due_at, calm.add_open_time(view(first).opened_at, 90min))
        << "until the change has come so far";
    reach_all();
    EXPECT_GE(*view(first).due->due_at, today + days(3)) << "a holiday counts for whoever waits, too";
    auto const second = begun("<2@ada.test>");
    EXPECT_GE(*view(second).due->due_at, today + days(3));
}

TEST_P(Promises, are_the_first_policys_that_fits) {
    auto const sales = mailbox("sales@ours.test", "Sales");
    NewPolicy narrow;
    narrow.name = {"Sales"};
    narrow.place = 0;
    narrow.targets = within(10);
    narrow.applies_to.emplace().mailboxes = {sales};
    ASSERT_TRUE(make(narrow));
    policy(within(60));
    NewPolicy never;
    never.name = {"Later"};
    never.place = 9;
    never.targets = within(1);
    ASSERT_TRUE(make(never));
    EXPECT_EQ(promise(begun())->policy_name, "Usual");
    auto const id = begun("<2@ada.test>", "sales@ours.test");
    EXPECT_EQ(promise(id)->policy_name, "Sales");
    EXPECT_EQ(view(id).due->target_s, 600);
}

TEST_P(Promises, follow_a_label_and_a_retired_policy_promises_nothing_new) {
    auto const label =
        store().write_now([&](store::Tx& tx) { return create_label(tx, operator_act(), {{"vip"}, {}})->id; });
    NewPolicy vip;
    vip.name = {"VIP"};
    vip.targets = within(10);
    vip.applies_to.emplace().labels = {label};
    auto const made = make(vip);
    ASSERT_TRUE(made);
    auto const id = begun();
    EXPECT_FALSE(view(id).due);
    advance(5min);
    ConversationChange labelled;
    labelled.labels = {{label}};
    ASSERT_TRUE(change(id, labelled));
    ASSERT_TRUE(view(id).due);
    EXPECT_EQ(view(id).due->due_at, view(id).opened_at + 10min) << "since when the customer waits";
    PolicyChange retire;
    retire.retired = true;
    ASSERT_TRUE(change_policy(made->id, retire));
    EXPECT_TRUE(view(id).due) << "until the change has come so far";
    labelled.labels = {std::vector<LabelId>{}};
    ASSERT_TRUE(change(id, labelled));
    EXPECT_FALSE(view(id).due);
    EXPECT_EQ(alarm(), std::nullopt);
}

TEST_P(Promises, that_are_changed_reach_open_conversations_and_tell_nothing_of_what_was_answered) {
    auto const slow = policy(within(600, 600));
    auto const waits = begun(), answered = begun("<2@ada.test>"), over = begun("<3@ada.test>");
    advance(30min);
    ASSERT_TRUE(post(answered, answer()));
    ASSERT_TRUE(set_state(over, State::resolved));
    auto const version = view(over).version;
    PolicyChange sooner;
    sooner.targets = within(20, 20);
    ASSERT_TRUE(change_policy(slow.id, sooner));
    restart();  // how far it has come is a row
    reach_all();
    EXPECT_EQ(view(waits).due->due_at, view(waits).opened_at + 20min);
    EXPECT_EQ(view(over).version, version);
    ring_all();
    EXPECT_EQ(events("sla.breached"), 1) << "whoever still waits";
    EXPECT_EQ(events("conversation.promised"), 2);
    // What was answered in time by the terms of then is not late by those of now, whatever happens afterwards.
    ConversationChange urgent;
    urgent.priority = Priority::urgent;
    ASSERT_TRUE(change(answered, urgent));
    EXPECT_EQ(events("sla.breached"), 1);
    reach_all();
    EXPECT_EQ(events("conversation.promised"), 2);
    PolicyChange retire;
    retire.retired = true;
    ASSERT_TRUE(change_policy(slow.id, retire));
    reach_all();
    EXPECT_FALSE(view(waits).due);
    EXPECT_EQ(alarm(), std::nullopt);
    retire.retired = false;
    ASSERT_TRUE(change_policy(slow.id, retire));
    reach_all();
    EXPECT_TRUE(view(waits).due);
}

TEST_P(Promises, that_are_new_count_from_when_the_customer_began_to_wait) {
    auto const id = begun();
    advance(10min);
    policy(within(60));
    reach_all();
    ASSERT_TRUE(view(id).due);
    EXPECT_EQ(view(id).due->due_at, view(id).opened_at + 60min);
}

TEST_P(Promises, count_an_episode_after_a_reopening_anew) {  // complaint 38
    policy(within(60, 5));
    auto const id = begun();
    auto resolves = answer();
    resolves.then = State::resolved;
    ASSERT_TRUE(post(id, resolves));
    advance(26h);
    hear(id);
    EXPECT_EQ(view(id).due->metric, Metric::first_response);
    EXPECT_EQ(view(id).due->due_at, now() + 60min);
}

TEST_P(Promises, forget_an_answer_that_was_taken_back) {
    policy(within(60));
    auto const id = begun();
    auto const due = view(id).due->due_at;
    auto const sent = post(id, answer());
    ASSERT_TRUE(sent);
    EXPECT_FALSE(view(id).due);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return take_back(tx, office(), act(), *sent); }));
    ASSERT_TRUE(view(id).due);
    EXPECT_EQ(view(id).due->due_at, due);
}

TEST_P(Promises, stand_still_for_notes_programs_spam_and_merged_ones) {
    policy(within(60));
    auto const id = begun();
    auto const due = view(id).due;
    NewMessage note;
    note.kind = MessageKind::note;
    note.text = MessageText{"She is a friend."};
    ASSERT_TRUE(post(id, note));
    MailOut away;
    away.id = "<away@ada.test>";
    away.references = away.in_reply_to = "<1@ada.test>";
    away.extra = "Auto-Submitted: auto-replied\r\n";
    receive(away);
    EXPECT_EQ(view(id).due, due);
    auto const other = begun("<2@ada.test>");
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return merge(tx, office(), act(), other, id); }));
    EXPECT_FALSE(view(other).due);
    EXPECT_EQ(view(id).due, due);
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return unmerge(tx, office(), act(), other); }));
    ASSERT_TRUE(set_state(id, State::spam));
    EXPECT_FALSE(view(id).due);
}

TEST_P(Promises, are_a_list_by_what_is_due_first) {
    auto const slow = policy(within(600));
    auto const first = begun("<1@ada.test>");
    PolicyChange sooner;
    sooner.targets = within(5);
    ASSERT_TRUE(change_policy(slow.id, sooner));
    auto const second = begun("<2@ada.test>");
    auto const third = begun("<3@ada.test>");
    ConversationQuery query;
    query.order = Order::due;
    EXPECT_THAT(list(query), ElementsAre(second, third, first));
    query.view = View::unassigned;
    query.limit = 2;
    auto page = store().read_now(
        [&](store::Reader& reader) { return list_conversations(reader, office(), act().actor, query).value(); });
    ASSERT_THAT(page.items, SizeIs(2));
    query.after = page.next.value();
    EXPECT_THAT(list(query), ElementsAre(first));
    query.after.clear();
    query.mailbox = box_;
    query.view.reset();
    EXPECT_EQ(
        store()
            .read_now([&](store::Reader& reader) { return list_conversations(reader, office(), act().actor, query); })
            .error()
            .fields.at(0)
            .pointer,
        "/order");
}

TEST_P(Promises, that_make_no_sense_are_refused_with_the_place) {
    NewPolicy wanted;
    wanted.name = {"Odd"};
    wanted.targets.high = Targets{0, {}, {}};
    wanted.calendar = CalendarId{99};
    wanted.warn_at_percent = 100;
    wanted.applies_to.emplace().teams = {TeamId{7}};
    wanted.steps = {Step{}, Step{}};
    wanted.steps[1].notify = {AgentId{7}};
    auto const refused = make(wanted);
    ASSERT_FALSE(refused);
    std::vector<std::string> pointers;
    for (auto const& one : refused.error().fields) pointers.push_back(one.pointer);
    EXPECT_THAT(pointers, ElementsAre("/calendar", "/applies_to/teams/0", "/targets/high/first_response",
                                      "/warn_at_percent", "/steps/0", "/steps/1/notify/0"));
    policy(within(5), "Twice");
    wanted = {};
    wanted.name = {" twice "};
    wanted.targets = within(5);
    EXPECT_EQ(make(wanted).error().code, "policy_exists");
    wanted.name = {"Nothing"};
    wanted.targets = {};
    EXPECT_EQ(make(wanted).error().fields.at(0).pointer, "/targets");
    EXPECT_EQ(calendar({"Europe/Atlantis", {}, {}}).error().fields.at(0).pointer, "/zone");
}

TEST_P(Promises, keep_their_calendars_and_take_holidays_from_a_file) {
    auto const office = calendar({"Europe/Rome", {}, {}});
    ASSERT_TRUE(office);
    EXPECT_EQ(calendar({"UTC", {}, {}}).error().code, "calendar_exists");
    std::string const file =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Ferragosto\r\n"
        "DTSTART;VALUE=DATE:20260815\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    auto const import = [&] {
        return store().write_now([&](store::Tx& tx) {
            return import_holidays(tx, operator_act(), office->id,
                                   holidays_from(file, Day{floor<days>(now())}).value());
        });
    };
    EXPECT_EQ(import()->added, 1);
    auto const again = import();
    EXPECT_EQ(again->added + again->changed, 0);
    EXPECT_THAT(again->calendar.holidays, SizeIs(1));
    NewPolicy wanted;
    wanted.name = {"Usual"};
    wanted.targets = within(90);
    wanted.calendar = office->id;
    ASSERT_TRUE(make(wanted));
    CalendarChange retire;
    retire.retired = true;
    EXPECT_EQ(store()
                  .write_now([&](store::Tx& tx) { return change_calendar(tx, operator_act(), office->id, retire); })
                  .error()
                  .code,
              "calendar_in_use");
}

TEST_P(Promises, that_rows_tell_wrong_are_found_by_fsck) {
    policy(within(60));
    auto const id = begun();
    static constexpr store::Query spoil{"test.spoil", "UPDATE conversation SET due_at = due_at + 1 WHERE id = $1",
                                        "UPDATE conversation SET due_at = due_at + 1 WHERE id = $1"};
    static constexpr store::Query mend{"test.mend", "UPDATE conversation SET due_at = due_at - 1 WHERE id = $1",
                                       "UPDATE conversation SET due_at = due_at - 1 WHERE id = $1"};
    static constexpr store::Query forget{"test.forget", "DELETE FROM sla_fact WHERE kind = 'heard'",
                                         "DELETE FROM sla_fact WHERE kind = 'heard'"};
    store().write_now([&](store::Tx& tx) { tx.exec(spoil, id); });
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("to be due")));
    store().write_now([&](store::Tx& tx) { tx.exec(mend, id); });
    EXPECT_THAT(faults(), IsEmpty());
    std::vector<Fact> const facts =
        store().read_now([&](store::Reader& reader) { return promise_of(reader, id, now())->facts; });
    store().write_now([&](store::Tx& tx) { tx.exec(forget); });
    EXPECT_THAT(faults(), SizeIs(2));
    store().write_now([&](store::Tx& tx) {
        auto const& f = facts.at(1);
        tx.exec(sql::insert_fact, id, f.id, f.at, f.kind, f.state, f.priority, f.message);
    });
}

}  // namespace
}  // namespace rapport::conversation::sla
