// Runs of schedules and letters of digests on both engines, while the test's clock moves: clocks put forward and back,
// the ends of months, a program that did not run, one that died in the middle.
#include "notice/notice_fixture.hpp"
#include "notice/schedule_wire.hpp"
#include "testing/run_until.hpp"

namespace rapport::notice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr store::Query count_letters{"test.count_letters", "SELECT COUNT(*) FROM outbox",
                                     "SELECT COUNT(*) FROM outbox"};
constexpr store::Query add_run{"test.add_run",
                               "INSERT INTO notice_schedule_run (schedule, due_at, at, result, notices, suppressed) "
                               "VALUES ($1, $2, 0, 'done', 0, 0)",
                               "INSERT INTO notice_schedule_run (schedule, due_at, at, result, notices, suppressed) "
                               "VALUES ($1, $2, 0, 'done', 0, 0)"};
constexpr store::Query drop_run{"test.drop_run", "DELETE FROM notice_schedule_run WHERE schedule = $1 AND due_at = $2",
                                "DELETE FROM notice_schedule_run WHERE schedule = $1 AND due_at = $2"};
constexpr store::Query add_part{"test.add_part", "INSERT INTO notice_part (id, part_of) VALUES ($1, 1)",
                                "INSERT INTO notice_part (id, part_of) VALUES ($1, 1)"};
constexpr store::Query drop_part{"test.drop_part", "DELETE FROM notice_part WHERE part_of = 1",
                                 "DELETE FROM notice_part WHERE part_of = 1"};

class ScheduleJobsTest : public NoticeTest {
  protected:
    Schedules& schedules() {
        if (!schedules_) schedules_ = std::make_unique<Schedules>(notices());
        return *schedules_;
    }
    ~ScheduleJobsTest() override { schedules_.reset(); }
    void restart_all() {
        schedules_.reset();
        restart();
    }
    void go_to(std::string_view when) {
        auto const at = time_from_text(when);
        ASSERT_TRUE(at && *at >= now()) << when;
        advance(*at - now());
    }
    std::size_t work() { return run(schedules().work()); }
    // Every minute would do the same: looks four times an hour.
    void pass_until(std::string_view when) {
        auto const end = *time_from_text(when);
        while (now() < end) {
            advance(std::min<Duration>(15min, end - now()));
            work();
        }
    }
    ScheduleId schedule(std::string rule, std::string begins, std::string zone, Gap gap = Gap::later) {
        NewSchedule wanted;
        wanted.name = {"Again"};
        wanted.notice = announcement("ada@example.org");
        wanted.recurrence = Recurrence{{std::move(rule)}, {std::move(begins)}, Text<1, 64>{std::move(zone)}, gap};
        notices();
        auto const made = write([&](store::Tx& tx) { return create_schedule(tx, desk(), act(), wanted); });
        if (!made) throw std::runtime_error(made.error().text + pointers(made.error()));
        return made->id;
    }
    // "2027-03-28T01:30:00Z done", oldest first.
    std::vector<std::string> runs(ScheduleId id) {
        auto const page = read([&](store::Reader& reader) { return schedule_runs(reader, id, "", 200); });
        std::vector<std::string> found;
        for (auto const& one : page->items)
            found.insert(found.begin(), to_text(one.due_at) + " " + std::string(json::enum_name(one.result)));
        return found;
    }
    std::int64_t letters() {
        return read([](store::Reader& reader) { return reader.one<std::int64_t>(count_letters).value_or(0); });
    }
    std::vector<std::string> all_faults() {
        auto found = faults();
        read([&](store::Reader& reader) {
            check_schedules(reader, [&](Finding const& f) { found.push_back(f.subject + ": " + f.text); });
            return true;
        });
        return found;
    }
    DigestId digest(DigestEvery every, std::optional<std::string> at, std::string zone) {
        NewDigest wanted;
        wanted.name = {"Orders"};
        wanted.kind = KindName{"announcement"};
        wanted.every = every;
        if (at) wanted.at = Text<5, 5>{*at};
        wanted.zone = Text<1, 64>{std::move(zone)};
        notices();
        auto const made = write([&](store::Tx& tx) { return create_digest(tx, act(), wanted); });
        if (!made) throw std::runtime_error(made.error().text + pointers(made.error()));
        return made->id;
    }
    // Times at which letters of digests went out while the clock moved, four times an hour.
    std::vector<std::string> letters_until(std::string_view when) {
        std::vector<std::string> found;
        auto const end = *time_from_text(when);
        while (now() < end) {
            advance(std::min<Duration>(15min, end - now()));
            if (work() > 0) found.push_back(to_text(now()));
        }
        return found;
    }

    std::unique_ptr<Schedules> schedules_;
};
RAPPORT_ON_BOTH_ENGINES(ScheduleJobsTest);

TEST_P(ScheduleJobsTest, ADailyRunKeepsItsLocalTimeWhenClocksArePutForwardAndBack) {
    go_to("2027-03-26T12:00:00Z");
    auto const id = schedule("FREQ=DAILY", "2027-03-27T02:30", "Europe/Rome");
    auto const skipping = schedule("FREQ=DAILY", "2027-03-27T02:30", "Europe/Rome", Gap::skip);
    pass_until("2027-03-29T12:00:00Z");
    // 02:30 does not exist on the 28th: 03:30 then, which is 01:30 UTC; an hour earlier by UTC from the 29th on.
    EXPECT_THAT(runs(id),
                ElementsAre("2027-03-27T01:30:00Z done", "2027-03-28T01:30:00Z done", "2027-03-29T00:30:00Z done"));
    EXPECT_THAT(runs(skipping), ElementsAre("2027-03-27T01:30:00Z done", "2027-03-29T00:30:00Z done"));
    EXPECT_EQ(letters(), 5);
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(ScheduleJobsTest, ALocalTimeThatExistsTwiceRunsOnce) {
    go_to("2027-10-30T12:00:00Z");
    auto const id = schedule("FREQ=DAILY", "2027-10-31T02:30", "Europe/Rome");
    pass_until("2027-11-01T12:00:00Z");
    EXPECT_THAT(runs(id), ElementsAre("2027-10-31T00:30:00Z done", "2027-11-01T01:30:00Z done"));
    EXPECT_EQ(letters(), 2);
}

TEST_P(ScheduleJobsTest, TheEndOfEachMonthIsFoundAlsoInLeapYears) {
    go_to("2028-01-01T00:00:00Z");
    auto const last = schedule("FREQ=MONTHLY;BYMONTHDAY=-1", "2028-01-01T09:00", "Asia/Bangkok");
    auto const thirtieth = schedule("FREQ=MONTHLY;BYMONTHDAY=30", "2028-01-01T09:00", "Asia/Bangkok");
    pass_until("2028-05-01T00:00:00Z");
    EXPECT_THAT(runs(last), ElementsAre("2028-01-31T02:00:00Z done", "2028-02-29T02:00:00Z done",
                                        "2028-03-31T02:00:00Z done", "2028-04-30T02:00:00Z done"));
    EXPECT_THAT(runs(thirtieth),
                ElementsAre("2028-01-30T02:00:00Z done", "2028-03-30T02:00:00Z done", "2028-04-30T02:00:00Z done"));
}

TEST_P(ScheduleJobsTest, WhatWasDueWhileTheProgramDidNotRunIsSentOnceForTheLastTime) {
    go_to("2027-06-01T00:00:00Z");
    auto const id = schedule("FREQ=DAILY", "2027-06-01T09:00", "UTC");
    pass_until("2027-06-01T10:00:00Z");
    restart_all();
    go_to("2027-06-06T11:00:00Z");  // down for five days; two hours late today
    work();
    EXPECT_THAT(runs(id), ElementsAre("2027-06-01T09:00:00Z done", "2027-06-06T09:00:00Z done"));
    EXPECT_EQ(letters(), 2);
    pass_until("2027-06-07T10:00:00Z");
    EXPECT_THAT(runs(id), SizeIs(3));
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(ScheduleJobsTest, WhatIsMoreThanADayLateIsMissedAndSaid) {
    go_to("2027-06-01T00:00:00Z");
    auto const weekly = schedule("FREQ=WEEKLY", "2027-06-02T09:00", "UTC");
    NewSchedule once;
    once.name = {"Once"};
    once.notice = announcement("ada@example.org");
    once.at = *time_from_text("2027-06-02T09:00:00Z");
    auto const single = write([&](store::Tx& tx) { return create_schedule(tx, desk(), act(), once); })->id;
    restart_all();
    go_to("2027-06-04T10:00:00Z");
    work();
    EXPECT_THAT(runs(weekly), ElementsAre("2027-06-02T09:00:00Z missed"));
    EXPECT_THAT(runs(single), ElementsAre("2027-06-02T09:00:00Z missed"));
    EXPECT_EQ(letters(), 0);
    pass_until("2027-06-09T10:00:00Z");
    EXPECT_THAT(runs(weekly), ElementsAre("2027-06-02T09:00:00Z missed", "2027-06-09T09:00:00Z done"));
    EXPECT_EQ(letters(), 1);
}

// The run's last statement fails, as if the program had died there: notice, delivery and letter are not there either.
TEST_P(ScheduleJobsTest, ARunThatDiesInItsTransactionTakesPlaceOnceAfterTheRestart) {
    go_to("2027-06-01T00:00:00Z");
    auto const id = schedule("FREQ=DAILY", "2027-06-01T09:00", "UTC");
    auto const due = *time_from_text("2027-06-01T09:00:00Z");
    go_to("2027-06-01T09:00:01Z");
    write([&](store::Tx& tx) { return tx.exec(add_run, id, due), true; });
    EXPECT_EQ(work(), 0U);
    EXPECT_EQ(letters(), 0);
    EXPECT_THAT(addressed(), IsEmpty());
    write([&](store::Tx& tx) { return tx.exec(drop_run, id, due), true; });
    restart_all();
    EXPECT_EQ(work(), 1U);
    EXPECT_EQ(work(), 0U);
    restart_all();
    EXPECT_EQ(work(), 0U);
    EXPECT_EQ(letters(), 1);
    EXPECT_THAT(runs(id), ElementsAre("2027-06-01T09:00:00Z done"));
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(ScheduleJobsTest, TwoProgramsAtOnceRunItOnce) {
    go_to("2027-06-01T00:00:00Z");
    auto const id = schedule("FREQ=DAILY", "2027-06-01T09:00", "UTC");
    go_to("2027-06-01T09:00:01Z");
    Schedules other(notices());
    std::size_t done = 0;
    int ended = 0;
    for (auto* one : {&schedules(), &other})
        asio::co_spawn(context_, one->work(), [&](std::exception_ptr, std::size_t n) {
            done += n;
            ++ended;
        });
    rapport::test::run_until(context_, [&] { return ended == 2; });
    EXPECT_EQ(done, 1U);
    EXPECT_EQ(letters(), 1);
    EXPECT_THAT(runs(id), SizeIs(1));
}

TEST_P(ScheduleJobsTest, ADigestGoesOutAtItsLocalTimeOnTheDaysWhenClocksChange) {
    go_to("2027-03-27T12:00:00Z");
    digest(DigestEvery::day, "02:30", "Europe/Rome");
    sent(announcement("ada@example.org"));
    EXPECT_THAT(letters_until("2027-03-28T12:00:00Z"), ElementsAre("2027-03-28T01:30:00Z"));  // 03:30 there
    sent(announcement("ada@example.org"));
    EXPECT_THAT(letters_until("2027-03-29T12:00:00Z"), ElementsAre("2027-03-29T00:30:00Z"));
    go_to("2027-10-30T12:00:00Z");
    sent(announcement("ada@example.org"));
    EXPECT_THAT(letters_until("2027-10-31T12:00:00Z"), ElementsAre("2027-10-31T00:30:00Z"));  // the first 02:30
    EXPECT_EQ(letters(), 3);
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(ScheduleJobsTest, ADigestThatWasDueWhileTheProgramDidNotRunGoesOutOnceWithEverything) {
    go_to("2027-12-31T20:00:00Z");
    auto const id = digest(DigestEvery::day, "08:00", "Asia/Tokyo");  // 23:00 UTC; the year ends between
    sent(announcement("ada@example.org", "One"));
    sent(announcement("ada@example.org", "Two"));
    sent(announcement("bob@example.org", "Three"));
    restart_all();
    go_to("2028-01-05T00:00:00Z");
    EXPECT_EQ(work(), 2U);  // one letter for each of them
    EXPECT_EQ(work(), 0U);
    EXPECT_EQ(letters(), 2);
    auto const list = read([](store::Reader& reader) { return list_digests(reader); });
    EXPECT_EQ(list.items.front().id, id);
    EXPECT_EQ(list.items.front().letters, 2);
    EXPECT_EQ(list.items.front().waiting, 0);
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(ScheduleJobsTest, ADigestThatDiesInItsTransactionGoesOutOnceAfterTheRestart) {
    go_to("2027-06-01T00:00:00Z");
    digest(DigestEvery::hour, {}, "UTC");
    auto const first = sent(announcement("ada@example.org")), second = sent(announcement("ada@example.org"));
    ASSERT_EQ(second.state, State::collected);
    write([&](store::Tx& tx) { return tx.exec(add_part, second.id), true; });
    go_to("2027-06-01T01:00:00Z");
    EXPECT_EQ(work(), 0U);
    EXPECT_EQ(letters(), 0);
    write([&](store::Tx& tx) { return tx.exec(drop_part), true; });
    restart_all();
    go_to("2027-06-01T02:00:01Z");
    EXPECT_EQ(work(), 1U);
    EXPECT_EQ(work(), 0U);
    EXPECT_EQ(letters(), 1);
    EXPECT_THAT(all_faults(), IsEmpty());
}

TEST_P(ScheduleJobsTest, ADigestGoesBackToTheCustomersZoneWhereItsOwnIsTakenAway) {
    auto const id = digest(DigestEvery::day, "08:00", "Asia/Tokyo");
    auto const change = [&](DigestChange const& what) {
        return write([&](store::Tx& tx) { return change_digest(tx, act(), id, what); });
    };
    DigestChange later, without;
    later.at = Text<5, 5>{"09:30"};
    without.zone = Text<0, 64>{""};
    EXPECT_EQ(change(later)->zone, "Asia/Tokyo");
    EXPECT_FALSE(change(without)->zone);
    EXPECT_EQ(change({})->at, "09:30");
    later.zone = Text<0, 64>{"Mars/Base"};
    EXPECT_EQ(fields(change(later).error()), std::vector<std::string>{"/zone"});
}

}  // namespace
}  // namespace rapport::notice
