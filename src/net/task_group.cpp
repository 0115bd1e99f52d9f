// Signal, Stop and TaskGroup.
#include "net/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>

#include "base/error.hpp"
#include "base/log.hpp"

namespace rapport::net {

namespace {
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Awaitable = asio::use_awaitable_t<Executor>;
constexpr Awaitable awaitable{};

// One who waits. Its timer is only touched on its own executor's thread.
struct Waiter {
    explicit Waiter(Executor const& executor) : timer(executor) {}
    Timer timer;
    std::atomic<bool> woken = false;
};

class Waiters {
  public:
    using Place = std::list<std::shared_ptr<Waiter>>::iterator;
    Place add(std::shared_ptr<Waiter> waiter) { return waiters_.insert(waiters_.end(), std::move(waiter)); }
    void remove(Place place) { waiters_.erase(place); }
    void wake_all() {
        for (auto const& waiter : waiters_) {
            if (waiter->woken.exchange(true)) continue;
            asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
        }
    }

  private:
    std::list<std::shared_ptr<Waiter>> waiters_;
};

// Takes the place back, however the coroutine ends.
template <class State>
struct Leave {
    State& state;
    Waiters::Place place;
    ~Leave() {
        std::lock_guard const lock(state.mutex);
        state.waiters.remove(place);
    }
};

// Throws when it was the coroutine that was cancelled, and not the timer by a waker.
Task<> pause(Waiter& waiter, std::chrono::milliseconds at_most) {
    waiter.timer.expires_after(at_most);
    boost::system::error_code ignored;
    if (!waiter.woken) co_await waiter.timer.async_wait(asio::redirect_error(awaitable, ignored));
    auto const cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
}
}  // namespace

// ---- Signal

struct Signal::State {
    std::mutex mutex;
    std::atomic<std::uint64_t> count = 0;
    Waiters waiters;
};

Signal::Signal() : state_(std::make_shared<State>()) {}
Signal::~Signal() = default;

std::uint64_t Signal::count() const { return state_->count; }

void Signal::notify() {
    std::lock_guard const lock(state_->mutex);
    ++state_->count;
    state_->waiters.wake_all();
}

Task<std::uint64_t> Signal::wait(std::uint64_t seen, std::chrono::milliseconds at_most) {
    auto const state = state_;  // the signal may die while we wait
    auto const executor = co_await asio::this_coro::executor;
    auto const waiter = std::make_shared<Waiter>(executor);
    Waiters::Place place;
    {
        std::lock_guard const lock(state->mutex);
        if (state->count > seen) co_return state->count.load();
        place = state->waiters.add(waiter);
    }
    Leave<State> const leave{*state, place};
    // As pause(), but without a frame of its own: ten thousand event streams wait here.
    waiter->timer.expires_after(at_most);
    boost::system::error_code ignored;
    if (!waiter->woken) co_await waiter->timer.async_wait(asio::redirect_error(awaitable, ignored));
    auto const cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    co_return state->count.load();
}

Task<> sleep(std::chrono::milliseconds duration) {
    auto const executor = co_await asio::this_coro::executor;
    Timer timer(executor, duration);
    co_await timer.async_wait(awaitable);
}

// ---- Stop

struct Stop::State {
    std::atomic<bool> requested = false;
    std::mutex mutex;
    Waiters waiters;
};

Stop::Stop() : state_(std::make_shared<State>()) {}
bool Stop::requested() const { return state_->requested; }

void Stop::request() const {
    std::lock_guard const lock(state_->mutex);
    state_->requested = true;
    state_->waiters.wake_all();
}

Task<bool> Stop::sleep(std::chrono::milliseconds duration) const {
    auto const state = state_;
    auto const executor = co_await asio::this_coro::executor;
    auto const waiter = std::make_shared<Waiter>(executor);
    Waiters::Place place;
    {
        std::lock_guard const lock(state->mutex);
        if (state->requested) co_return false;
        place = state->waiters.add(waiter);
    }
    Leave<State> const leave{*state, place};
    co_await pause(*waiter, duration);
    co_return !state->requested;
}

Task<bool> Stop::wait(Signal& signal, std::uint64_t& seen, std::chrono::milliseconds at_most) const {
    // A stop need not be instant here: it is seen within a quarter of a second.
    constexpr std::chrono::milliseconds step{250};
    auto left = at_most;
    while (!requested()) {
        auto const now = std::min(left, step);
        auto const count = co_await signal.wait(seen, now);
        left -= now;
        if (count <= seen && left.count() > 0) continue;
        seen = count;
        break;
    }
    co_return !requested();
}

// ---- TaskGroup

struct TaskGroup::State {
    struct Job {
        std::string name;
        std::function<Task<>(Stop)> run;
        asio::cancellation_signal signal;
        std::unique_ptr<Timer> deadline;
    };
    explicit State(asio::io_context& c) : context(c) {}
    asio::io_context& context;
    Stop stop;
    std::mutex mutex;
    std::condition_variable ended;
    std::list<std::shared_ptr<Job>> jobs;
};

TaskGroup::TaskGroup(asio::io_context& context) : state_(std::make_shared<State>(context)) {}

// Not yet joined where what is built beside it fails: the error then travels on, and says why.
TaskGroup::~TaskGroup() {
    constexpr std::chrono::seconds grace{2};
    require(running() == 0 || join(grace), "a task group's jobs end before it dies");
}

namespace {
Task<> run_job(std::string const& name, std::function<Task<>(Stop)> const& job, Stop stop) {
    try {
        auto task = job(stop);
        co_await std::move(task);
    } catch (boost::system::system_error const& error) {
        if (error.code() == asio::error::operation_aborted) {
            if (!stop.requested()) log::warning("job_cancelled", {{"job", name}});
            co_return;
        }
        log::error("job_failed", {{"job", name}, {"error", std::string(error.what())}});
    } catch (std::exception const& error) {
        log::error("job_failed", {{"job", name}, {"error", std::string(error.what())}});
    }
}

Task<> run_again(std::string name, std::function<Task<>(Stop)> job, std::chrono::milliseconds pause_after, Stop stop) {
    bool again = true;
    while (again) {
        co_await run_job(name, job, stop);
        again = co_await stop.sleep(pause_after);
    }
}
}  // namespace

void TaskGroup::spawn(std::string name, std::function<Task<>(Stop)> run, std::chrono::milliseconds deadline) {
    auto job = std::make_shared<State::Job>();
    job->name = std::move(name);
    job->run = std::move(run);
    auto state = state_;
    std::list<std::shared_ptr<State::Job>>::iterator place;
    {
        std::lock_guard const lock(state->mutex);
        place = state->jobs.insert(state->jobs.end(), job);
    }
    asio::post(state->context, [state, job, place, deadline] {
        if (deadline.count() > 0) {
            job->deadline = std::make_unique<Timer>(state->context.get_executor(), deadline);
            job->deadline->async_wait([job](boost::system::error_code error) {
                if (!error) job->signal.emit(asio::cancellation_type::terminal);
            });
        }
        auto done = [state, job, place](std::exception_ptr) {
            job->deadline.reset();
            job->run = {};
            std::lock_guard const lock(state->mutex);
            state->jobs.erase(place);
            state->ended.notify_all();
        };
        asio::co_spawn(state->context.get_executor(), run_job(job->name, job->run, state->stop),
                       asio::bind_cancellation_slot(job->signal.slot(), std::move(done)));
    });
}

void TaskGroup::keep_running(std::string name, std::function<Task<>(Stop)> job, std::chrono::milliseconds pause_after) {
    spawn(name,
          [name, job = std::move(job), pause_after](Stop stop) { return run_again(name, job, pause_after, stop); });
}

Stop TaskGroup::stop_token() const { return state_->stop; }
void TaskGroup::stop() { state_->stop.request(); }

void TaskGroup::cancel() {
    stop();
    auto state = state_;
    asio::post(state->context, [state] {
        std::list<std::shared_ptr<State::Job>> jobs;
        {
            std::lock_guard const lock(state->mutex);
            jobs = state->jobs;
        }
        for (auto const& job : jobs) job->signal.emit(asio::cancellation_type::terminal);
    });
}

std::size_t TaskGroup::running() const {
    std::lock_guard const lock(state_->mutex);
    return state_->jobs.size();
}

bool TaskGroup::join(std::chrono::milliseconds grace) {
    stop();
    std::unique_lock lock(state_->mutex);
    auto const empty = [this] { return state_->jobs.empty(); };
    if (state_->ended.wait_for(lock, grace, empty)) return true;
    lock.unlock();
    cancel();
    lock.lock();
    if (state_->ended.wait_for(lock, grace, empty)) return true;
    for (auto const& job : state_->jobs) log::error("job_not_ended", {{"job", job->name}});
    return false;
}

}  // namespace rapport::net
