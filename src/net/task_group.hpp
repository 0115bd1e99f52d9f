// Jobs: every coroutine of the program that is no request runs in a TaskGroup, with a name, cancellation and a join.
// Signal wakes coroutines from any thread; Stop is what a job asks whether to go on.
//
//   Task<> run_checkpoints(Log& log, net::Stop stop) {
//       while (co_await stop.sleep(1s)) …;
//   }
//   group.spawn("checkpoints", [&log](net::Stop stop) { return run_checkpoints(log, stop); });
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/task.hpp"

namespace rapport::net {

// A counter that coroutines wait for. Any thread notifies; nobody who looks at the count before waiting misses one.
class Signal {
  public:
    Signal();
    ~Signal();
    Signal(Signal const&) = delete;
    Signal& operator=(Signal const&) = delete;

    std::uint64_t count() const;
    void notify();
    // The count, as soon as it is above `seen`, or after `at_most` whatever it is. Throws operation_aborted when the
    // waiting coroutine is cancelled.
    Task<std::uint64_t> wait(std::uint64_t seen, std::chrono::milliseconds at_most);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

// Pauses the calling coroutine.
Task<> sleep(std::chrono::milliseconds duration);

// Copied into every job of a group.
class Stop {
  public:
    Stop();
    bool requested() const;
    void request() const;  // any thread
    // Waits; false when it is time to end.
    Task<bool> sleep(std::chrono::milliseconds duration) const;
    // Waits for the signal to rise above `seen` (which it then sets), or for `at_most`; false when it is time to end.
    Task<bool> wait(Signal& signal, std::uint64_t& seen, std::chrono::milliseconds at_most) const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

// Runs jobs on one io_context. spawn() and stop() from any thread. A job that throws is logged ("job_failed") and ends;
// give it a loop of its own where it must go on. What still runs when the group dies is stopped and joined; its
// io_context must run until then.
class TaskGroup {
  public:
    explicit TaskGroup(asio::io_context& context);
    ~TaskGroup();
    TaskGroup(TaskGroup const&) = delete;
    TaskGroup& operator=(TaskGroup const&) = delete;

    // A zero deadline is none. At the deadline the job is cancelled: what it awaits throws operation_aborted.
    void spawn(std::string name, std::function<Task<>(Stop)> job, std::chrono::milliseconds deadline = {});
    // Like spawn, but starts the job again `pause` after it failed, until stop.
    void keep_running(std::string name, std::function<Task<>(Stop)> job, std::chrono::milliseconds pause);
    Stop stop_token() const;

    void stop();    // asks
    void cancel();  // and this interrupts
    std::size_t running() const;
    // Blocks a thread that does not run the io_context until every job has ended: asks, waits for `grace`, interrupts.
    // False when some did not end within another `grace`.
    bool join(std::chrono::milliseconds grace);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace rapport::net
