// The clock against a simulator that walks minute by minute, and what the peers' clocks got wrong.
#include "conversation/sla/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace rapport::conversation::sla {
namespace {

using namespace std::chrono;
using testing::IsEmpty, testing::SizeIs;

Time const monday = time_from_text("2026-11-23T00:00:00Z").value();

Interval hours(int from, int to) { return {{from * 60}, {to * 60}}; }
Hours office() {
    Hours made{"UTC", {}, {}};
    auto& w = made.week;
    w.monday = w.tuesday = w.wednesday = w.thursday = w.friday = {hours(9, 13), hours(14, 18)};
    return made;
}
Rules rules(std::optional<std::int64_t> first, std::optional<std::int64_t> next,
            std::optional<std::int64_t> resolution) {
    Rules made;
    made.targets.normal = Targets{first, next, resolution};
    made.targets.urgent = Targets{30, 30, 120};
    return made;
}

class Story {
  public:
    Story& add(Duration at, FactKind kind, State state = State::open, Priority priority = Priority::normal,
               std::int64_t message = 0) {
        Fact fact{FactId{static_cast<std::int64_t>(facts.size()) + 1}, monday + at, kind, state, priority, {}};
        if (message) fact.message = MessageId{message};
        facts.push_back(fact);
        return *this;
    }
    Clock clock(Metric metric, Rules const& by, Duration now, Hours const& open = office()) const {
        std::optional<Clock> last;
        for (auto const& one : run(by, Calendar(open), facts, monday + now))
            if (one.metric == metric) last = one;
        EXPECT_TRUE(last) << "there is no such clock";
        return last.value_or(Clock{});
    }
    std::vector<Fact> facts;
};

TEST(Clock, of_the_first_response_ends_with_a_persons_answer_and_no_programs) {  // complaint 38
    Story story;
    story.add(9h, FactKind::opened).add(9h, FactKind::heard);
    story.add(9h + 1min, FactKind::program_answered, State::pending)
        .add(9h + 2min, FactKind::key_answered, State::pending);
    auto by = rules(60, 60, 480);
    EXPECT_EQ(story.clock(Metric::first_response, by, 9h + 30min).stage, Stage::running);
    EXPECT_EQ(story.clock(Metric::first_response, by, 9h + 30min).due_at, monday + 10h);
    EXPECT_EQ(story.clock(Metric::first_response, by, 11h).breached_at, monday + 10h);
    by.api_answers_count = true;
    EXPECT_EQ(story.clock(Metric::first_response, by, 11h).ended_at, monday + 9h + 2min);
    by.api_answers_count = false;
    story.add(9h + 50min, FactKind::agent_answered, State::pending);
    auto const met = story.clock(Metric::first_response, by, 11h);
    EXPECT_EQ(met.stage, Stage::met);
    EXPECT_EQ(met.used, 50min);
    EXPECT_FALSE(met.breached_at);
}

TEST(Clock, counts_an_episode_and_not_an_earlier_life) {  // complaint 38
    Story story;
    story.add(9h, FactKind::opened).add(9h, FactKind::heard).add(10h, FactKind::agent_answered, State::resolved);
    story.add(33h, FactKind::reopened).add(33h, FactKind::heard);
    auto const first = story.clock(Metric::first_response, rules(60, 5, 480), 33h);
    EXPECT_EQ(first.started_at, monday + 33h);
    EXPECT_EQ(first.due_at, monday + 34h);
    EXPECT_THAT(run(rules(60, 5, 480), Calendar(office()), story.facts, monday + 33h), SizeIs(2));
}

TEST(Clock, of_the_next_response_never_runs_before_the_first_was_given) {  // complaint 36
    Story story;
    story.add(9h, FactKind::opened)
        .add(9h, FactKind::heard)
        .add(9h + 5min, FactKind::heard)
        .add(9h + 9min, FactKind::heard);
    auto const clocks = run(rules(120, 10, {}), Calendar(office()), story.facts, monday + 10h);
    EXPECT_THAT(clocks, SizeIs(2));
    EXPECT_FALSE(clocks[0].breached_at);
    story.add(10h, FactKind::agent_answered, State::pending)
        .add(10h + 5min, FactKind::heard)
        .add(10h + 12min, FactKind::heard);
    auto const next = story.clock(Metric::next_response, rules(120, 10, {}), 10h + 13min);
    EXPECT_EQ(next.started_at, monday + 10h + 5min) << "the oldest that nobody has answered";
    EXPECT_EQ(next.due_at, monday + 10h + 15min);
}

TEST(Clock, that_an_answer_has_stopped_is_never_late_afterwards) {  // complaint 36
    Story story;
    story.add(9h, FactKind::opened).add(9h, FactKind::heard).add(10h - 1us, FactKind::agent_answered, State::pending);
    EXPECT_FALSE(story.clock(Metric::first_response, rules(60, {}, {}), 99h).breached_at);
    EXPECT_FALSE(story.clock(Metric::first_response, rules(60, {}, {}), 99h).due_at);
}

TEST(Clock, is_never_due_at_midnight) {  // complaint 36
    Story story;
    story.add(17h + 30min, FactKind::opened).add(17h + 30min, FactKind::heard);
    EXPECT_EQ(story.clock(Metric::first_response, rules(60, {}, {}), 18h).due_at, monday + 33h + 30min);
    story.add(23h, FactKind::changed, State::open, Priority::urgent);
    EXPECT_EQ(story.clock(Metric::first_response, rules(60, {}, {}), 24h).due_at, monday + 33h)
        << "nothing is left; it is late when we open";
}

TEST(Clock, stands_still_over_lunch_and_while_the_customer_owes_us_something) {  // complaint 37
    Story story;
    story.add(12h, FactKind::opened)
        .add(12h, FactKind::heard)
        .add(12h + 30min, FactKind::agent_answered, State::pending);
    auto const by = rules(60, 60, 120);
    auto const paused = story.clock(Metric::resolution, by, 17h);
    EXPECT_EQ(paused.stage, Stage::paused);
    EXPECT_EQ(paused.used, 30min);
    EXPECT_FALSE(paused.due_at);
    story.add(15h, FactKind::heard);
    EXPECT_EQ(story.clock(Metric::resolution, by, 15h).due_at, monday + 16h + 30min);
    story.add(15h + 30min, FactKind::changed, State::snoozed);
    EXPECT_EQ(story.clock(Metric::resolution, by, 16h).stage, Stage::running);
    auto pausing = by;
    pausing.pause_when_snoozed = true;
    EXPECT_EQ(story.clock(Metric::resolution, pausing, 16h).stage, Stage::paused);
}

TEST(Clock, forgets_an_answer_that_was_taken_back) {
    Story story;
    story.add(9h, FactKind::opened)
        .add(9h, FactKind::heard)
        .add(9h + 50min, FactKind::agent_answered, State::pending, Priority::normal, 7);
    story.add(9h + 51min, FactKind::taken_back, State::open, Priority::normal, 7);
    EXPECT_EQ(story.clock(Metric::first_response, rules(60, {}, {}), 9h + 55min).due_at, monday + 10h);
}

TEST(Clock, of_what_we_began_starts_with_the_customers_answer_as_a_next_response) {
    Story story;
    story.add(9h, FactKind::opened, State::pending).add(9h, FactKind::agent_answered, State::pending);
    EXPECT_THAT(run(rules(60, 60, 60), Calendar(office()), story.facts, monday + 99h), IsEmpty());
    story.add(10h, FactKind::heard);
    EXPECT_EQ(story.clock(Metric::next_response, rules(60, 90, 60), 10h).due_at, monday + 11h + 30min);
}

TEST(Clock, that_was_late_stays_late_when_the_target_is_moved) {
    Story story;
    story.add(9h, FactKind::opened, State::open, Priority::urgent)
        .add(9h, FactKind::heard, State::open, Priority::urgent);
    story.add(9h + 40min, FactKind::changed, State::open, Priority::normal);
    auto const clock = story.clock(Metric::first_response, rules(120, {}, {}), 9h + 45min);
    EXPECT_EQ(clock.breached_at, monday + 9h + 30min);
}

TEST(Clock, ends_without_an_answer_as_cancelled_and_starts_nothing_for_spam) {
    Story story;
    story.add(9h, FactKind::opened).add(9h, FactKind::heard).add(9h + 5min, FactKind::changed, State::spam);
    for (auto const& one : run(rules(60, 60, 60), Calendar(office()), story.facts, monday + 99h))
        EXPECT_EQ(one.stage, Stage::cancelled);
    story.add(10h, FactKind::heard, State::spam);
    EXPECT_EQ(story.clock(Metric::first_response, rules(60, 60, 60), 99h).ended_at, monday + 9h + 5min);
}

// ---- the simulator: walks minute by minute, knows nothing of due times

struct Simulated {
    Metric metric{};
    std::int64_t round = 0;
    int used = 0, target = -1;
    bool running = true, live = true, met = false, breached = false;
};

std::vector<Simulated> simulate(Rules const& by, Calendar const& calendar, std::vector<Fact> const& facts,
                                int minutes_) {
    std::vector<Simulated> clocks;
    std::set<MessageId> gone;
    for (auto const& fact : facts)
        if (fact.kind == FactKind::taken_back) gone.insert(*fact.message);
    bool answered = false, episode = false;
    auto priority = Priority::normal;
    auto const live_response = [&]() -> Simulated* {
        for (auto& one : clocks)
            if (one.live && one.metric != Metric::resolution) return &one;
        return nullptr;
    };
    auto const start = [&](Metric metric, Fact const& fact) {
        auto const target = target_of(by, metric, priority);
        clocks.push_back(
            {metric, fact.id.value, 0, target ? static_cast<int>(duration_cast<minutes>(*target).count()) : -1});
    };
    std::size_t next = 0;
    for (int minute = 0; minute <= minutes_; ++minute) {
        auto const at = monday + minutes(minute);
        bool const open = calendar.is_open(at);
        // What is reached at this minute is late even for a fact of this very minute.
        auto const look = [&] {
            for (auto& one : clocks)
                if (one.live && one.running && one.target >= 0 && one.used == one.target && one.target > 0)
                    one.breached = true;
        };
        look();
        for (; next < facts.size() && facts[next].at == at; ++next) {
            auto const& fact = facts[next];
            if (fact.kind == FactKind::opened || fact.kind == FactKind::reopened) {
                clocks.clear();
                answered = false;
                episode = true;
                priority = fact.priority;
            }
            if (!episode) continue;
            if (fact.kind == FactKind::reopened) start(Metric::resolution, fact);
            if (fact.kind == FactKind::heard) {
                if (!live_response()) start(answered ? Metric::next_response : Metric::first_response, fact);
                if (std::ranges::none_of(clocks, [](auto& one) { return one.metric == Metric::resolution; }))
                    start(Metric::resolution, fact);
            }
            if (fact.kind == FactKind::agent_answered && !gone.contains(fact.message.value_or(MessageId{}))) {
                answered = true;
                if (auto* one = live_response()) one->live = false, one->met = true;
            }
            for (auto& one : clocks) {
                if (!one.live) continue;
                bool const over = fact.state == State::resolved || fact.state == State::spam;
                if (over) one.live = false, one.met = one.metric == Metric::resolution && fact.state == State::resolved;
                if (one.metric == Metric::resolution)
                    one.running =
                        fact.state != State::pending && !(fact.state == State::snoozed && by.pause_when_snoozed);
            }
            if (fact.state == State::resolved || fact.state == State::spam) episode = false;
        }
        if (minute < minutes_ && open)
            for (auto& one : clocks)
                if (one.live && one.running) ++one.used;
    }
    return clocks;
}

std::vector<Fact> any_facts() {
    std::vector<Fact> out;
    int at = *rc::gen::inRange(0, 600);
    auto state = State::open;
    auto const add = [&](FactKind kind) {
        out.push_back({FactId{static_cast<std::int64_t>(out.size()) + 1},
                       monday + minutes(at),
                       kind,
                       state,
                       Priority::normal,
                       {}});
    };
    add(FactKind::opened);
    std::optional<MessageId> last_answer;
    for (int i = 0, n = *rc::gen::inRange(1, 14); i < n; ++i) {
        at += *rc::gen::inRange(0, 500);
        bool const is_over = state == State::resolved || state == State::spam;
        switch (*rc::gen::inRange(0, 7)) {
            case 0:
            case 1:
                if (state == State::spam) break;
                if (is_over) state = State::open, add(FactKind::reopened);
                state = State::open;
                add(FactKind::heard);
                break;
            case 2:
                if (is_over) break;
                state = State::pending;
                add(FactKind::agent_answered);
                last_answer = out.back().message = MessageId{i + 100};
                break;
            case 3:
                if (is_over) break;
                add(FactKind::program_answered);
                break;
            case 4:
                if (is_over || !last_answer) break;
                state = State::open;
                add(FactKind::taken_back);
                out.back().message = last_answer;
                last_answer.reset();
                break;
            case 5:
                if (is_over) break;
                state = *rc::gen::element(State::pending, State::snoozed, State::open);
                add(FactKind::changed);
                break;
            default:
                if (is_over) break;
                state = *rc::gen::element(State::resolved, State::resolved, State::spam);
                add(FactKind::changed);
        }
    }
    return out;
}

TEST(Clock, equals_a_simulator_that_walks_minute_by_minute) {
    EXPECT_TRUE(rc::check("run == simulate", [] {
        auto const facts = any_facts();
        auto open = office();
        if (*rc::gen::inRange(0, 2)) open.holidays = {{{floor<days>(monday) + days(1)}, "Holiday", {}, {}}};
        Calendar const calendar(open);
        auto by = rules(*rc::gen::inRange(1, 600), *rc::gen::inRange(1, 600), *rc::gen::inRange(1, 2000));
        by.pause_when_snoozed = *rc::gen::inRange(0, 2);
        int const length = static_cast<int>((facts.back().at - monday) / 1min) + *rc::gen::inRange(0, 3000);
        auto const now = monday + minutes(length);
        auto const clocks = run(by, calendar, facts, now);
        auto const expected = simulate(by, calendar, facts, length);
        RC_ASSERT(clocks.size() == expected.size());
        for (std::size_t i = 0; i < clocks.size(); ++i) {
            auto const& one = clocks[i];
            auto const& other = expected[i];
            RC_ASSERT(one.metric == other.metric);
            RC_ASSERT(one.round.value == other.round);
            auto used = one.used;
            if (one.running_since) used += calendar.open_time(*one.running_since, now);
            RC_ASSERT(used == minutes(other.used));
            RC_ASSERT(one.is_live() == other.live);
            RC_ASSERT((one.stage == Stage::met) == other.met);
            RC_ASSERT(one.breached_at.has_value() == other.breached);
            if (one.stage == Stage::running && one.due_at && !one.breached_at)
                RC_ASSERT(used + calendar.open_time(now, *one.due_at) == *one.target);
            if (one.breached_at) RC_ASSERT(calendar.is_open(*one.breached_at - Duration(1)));
        }
    }));
}

TEST(Clock, is_the_same_whenever_it_was_asked_in_between) {
    EXPECT_TRUE(rc::check("a clock told late or early about time tells the same", [] {
        auto const facts = any_facts();
        Calendar const calendar(office());
        auto const by = rules(*rc::gen::inRange(1, 600), *rc::gen::inRange(1, 600), *rc::gen::inRange(1, 2000));
        auto const n = static_cast<std::size_t>(*rc::gen::inRange(1, static_cast<int>(facts.size()) + 1));
        auto const until = n < facts.size() ? facts[n].at - Duration(1) : facts.back().at + 100h;
        // Nothing that comes later makes early what was late, nor late what had ended in time.
        bool const later_taken_back = std::ranges::any_of(
            facts.begin() + static_cast<std::ptrdiff_t>(n), facts.end(),
            [](Fact const& one) { return one.kind == FactKind::taken_back || one.kind == FactKind::reopened; });
        RC_PRE(!later_taken_back);
        auto const early = run(by, calendar, {facts.data(), n}, until);
        auto const late = run(by, calendar, facts, until + 500h);
        for (auto const& one : early)
            for (auto const& other : late)
                if (one.round == other.round && one.metric == other.metric) {
                    if (one.breached_at) RC_ASSERT(one.breached_at == other.breached_at);
                    if (one.warned_at) RC_ASSERT(one.warned_at == other.warned_at);
                    if (!one.is_live()) RC_ASSERT(one == other);
                }
    }));
}

}  // namespace
}  // namespace rapport::conversation::sla
