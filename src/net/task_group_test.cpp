// Jobs, signals and stops; throttles.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>

#include "net/task_group.hpp"
#include "net/test_server.hpp"
#include "net/throttle.hpp"

namespace rapport::net {
namespace {
using std::chrono::milliseconds;
constexpr milliseconds long_time = std::chrono::hours(1), grace{5'000};

Task<> count_until_stop(std::atomic<int>& rounds, Stop stop) {
    do ++rounds;
    while (co_await stop.sleep(milliseconds(1)));
}
Task<> stubborn(std::atomic<int>& ended) {
    struct Ended {
        std::atomic<int>& n;
        ~Ended() { ++n; }
    } const leave{ended};
    co_await sleep(long_time);
}
Task<> failing(std::atomic<int>& rounds) {
    ++rounds;
    co_await sleep(milliseconds(1));
    throw std::runtime_error("broken");
}
Task<std::uint64_t> wait_on(Signal& signal, std::uint64_t seen, milliseconds most) {
    co_return co_await signal.wait(seen, most);
}
}  // namespace

TEST(TaskGroup, ends_its_jobs_when_asked) {
    Threads threads;
    TaskGroup group(threads.first());
    std::atomic<int> rounds = 0;
    group.spawn("count", [&](Stop stop) { return count_until_stop(rounds, stop); });
    while (rounds < 5) std::this_thread::yield();
    EXPECT_TRUE(group.join(grace));
    EXPECT_EQ(group.running(), 0U);
}

TEST(TaskGroup, interrupts_jobs_that_do_not_listen) {
    Threads threads;
    TaskGroup group(threads.first());
    std::atomic<int> ended = 0;
    for (int i = 0; i < 10; ++i) group.spawn("stubborn", [&](Stop) { return stubborn(ended); });
    EXPECT_TRUE(group.join(milliseconds(50)));
    EXPECT_EQ(ended, 10);
}

TEST(TaskGroup, ends_its_jobs_when_it_dies_without_a_join) {
    Threads threads;
    std::atomic<int> ended = 0;
    {
        TaskGroup group(threads.first());
        group.spawn("count", [&](Stop stop) { return count_until_stop(ended, stop); });
        while (ended == 0) std::this_thread::yield();
    }
    int const seen = ended;
    std::this_thread::sleep_for(milliseconds(20));
    EXPECT_EQ(ended, seen);
}

TEST(TaskGroup, interrupts_a_job_at_its_deadline) {
    Threads threads;
    TaskGroup group(threads.first());
    std::atomic<int> ended = 0;
    group.spawn("late", [&](Stop) { return stubborn(ended); }, milliseconds(20));
    while (group.running() > 0) std::this_thread::yield();
    EXPECT_EQ(ended, 1);
}

TEST(TaskGroup, starts_a_failing_job_again) {
    Threads threads;
    TaskGroup group(threads.first());
    std::atomic<int> rounds = 0;
    group.keep_running("failing", [&](Stop) { return failing(rounds); }, milliseconds(1));
    while (rounds < 3) std::this_thread::yield();
    EXPECT_TRUE(group.join(grace));
}

TEST(Signal, wakes_whoever_waits_on_any_thread) {
    Threads threads;
    Signal signal;
    std::vector<std::future<std::uint64_t>> waiting;
    for (int i = 0; i < 20; ++i)
        waiting.push_back(asio::co_spawn(threads.all()[static_cast<std::size_t>(i) % 2]->get_executor(),
                                         wait_on(signal, 0, long_time), asio::use_future));
    signal.notify();
    for (auto& one : waiting) EXPECT_EQ(one.get(), 1U);
    auto past = asio::co_spawn(threads.first().get_executor(), wait_on(signal, 0, long_time), asio::use_future);
    EXPECT_EQ(past.get(), 1U);
    auto timed = asio::co_spawn(threads.first().get_executor(), wait_on(signal, 1, milliseconds(5)), asio::use_future);
    EXPECT_EQ(timed.get(), 1U);
}

TEST(Signal, loses_no_wake_up_in_a_race) {
    Threads threads;
    Signal ping, pong;
    auto const answer = [](Signal& from, Signal& to) -> Task<> {
        for (std::uint64_t seen = 0; seen < 2'000;) {
            seen = co_await from.wait(seen, long_time);
            while (to.count() < seen) to.notify();
        }
    };
    auto other = asio::co_spawn(threads.all()[1]->get_executor(), answer(ping, pong), asio::use_future);
    auto const lead = [](Signal& to, Signal& from) -> Task<> {
        for (std::uint64_t i = 1; i <= 2'000; ++i) {
            to.notify();
            std::uint64_t seen = i - 1;
            while (seen < i) seen = co_await from.wait(seen, long_time);
        }
    };
    auto first = asio::co_spawn(threads.first().get_executor(), lead(ping, pong), asio::use_future);
    first.get();
    other.get();
}

TEST(Throttle, lets_a_burst_through_and_then_a_rate) {
    Throttle throttle(3, std::chrono::seconds(10));
    Time const now{};
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(throttle.take("a", now));
    auto const refused = throttle.take("a", now);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::limited);
    EXPECT_EQ(refused.error().retry_after_s, 10);
    EXPECT_TRUE(throttle.take("b", now));
    EXPECT_TRUE(throttle.take("a", now + std::chrono::seconds(10)));
    EXPECT_FALSE(throttle.take("a", now + std::chrono::seconds(10)));
    throttle.give_back("a", now + std::chrono::seconds(10));
    EXPECT_TRUE(throttle.take("a", now + std::chrono::seconds(10)));
}

TEST(Throttle, has_bounded_memory_and_keeps_those_who_push_most) {
    Throttle throttle(2, std::chrono::seconds(10), 100);
    Time const now{};
    throttle.take("attacker", now);
    throttle.take("attacker", now);
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(throttle.take("k" + std::to_string(i), now));
    EXPECT_EQ(throttle.size(), 100U);
    EXPECT_FALSE(throttle.take("attacker", now));
}

}  // namespace rapport::net
