// Group commit; see writer.hpp. A group is tried as it is; when something in it fails that cannot be laid at one
// function's door (a pipelined statement, a flush), or a function fails after it changed something, it is rolled back
// and run again carefully, each function in a savepoint; then one by one.
#include "store/writer.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/measure.hpp"
#include "store/sql.hpp"

namespace rapport::store {
namespace {

constexpr std::size_t largest_group = 512;
constexpr int most_repetitions = 20;  // of deadlocks with other nodes
constexpr std::chrono::seconds probe_every{1};
constexpr std::chrono::seconds longest_close{10};

std::exception_ptr unavailable(std::string const& text) { return std::make_exception_ptr(Unavailable(text)); }

std::exception_ptr swallowed() {
    return std::make_exception_ptr(std::runtime_error("a statement failed, and the function went on as if it had not"));
}

bool is_unavailable(std::exception_ptr const& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (Unavailable const&) {
        return true;
    } catch (...) {
        return false;
    }
}

std::string text_of(std::exception_ptr const& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& error) {
        return error.what();
    } catch (...) {
        return "unknown";
    }
}

// Thrown to give up an attempt; what spoiled it is known to the connection or is thrown with it.
struct Spoiled {
    std::exception_ptr reason;
};

}  // namespace

Writer::Writer(Engine& engine, IdSource& ids, Clock clock, std::size_t queue_limit,
               std::function<void(std::int64_t)> published)
    : clock_(std::move(clock)),
      queue_limit_(queue_limit),
      published_(std::move(published)),
      connection_(engine.connect(Access::write, stop_.get_token())),
      tx_(*connection_, ids),
      thread_([this] { run(); }) {}

Writer::~Writer() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    {
        std::unique_lock lock(mutex_);
        finished_.wait_for(lock, longest_close, [&] { return closed_; });
    }
    stop_.request_stop();  // gives up on a database that does not come back
    thread_.join();
}

void Writer::submit(Work<Tx>& work) {
    {
        std::lock_guard const lock(mutex_);
        if (!closing_ && writable() && queue_.size() < queue_limit_) {
            queue_.push_back(&work);
            if (queue_.size() == 1) wake_.notify_one();
            return;
        }
    }
    work.failure = unavailable(writable() ? "Too many changes wait to be written."
                                          : "The database does not take changes at the moment.");
    std::exchange(work.on_done, nullptr)();
}

Writer::Group Writer::next_group() {
    std::unique_lock lock(mutex_);
    auto const ready = [&] { return closing_ || !queue_.empty(); };
    if (writable())
        wake_.wait(lock, ready);
    else
        wake_.wait_for(lock, probe_every, [&] { return closing_; });
    Group group;
    while (!queue_.empty() && group.size() < largest_group) {
        group.push_back(queue_.front());
        queue_.pop_front();
    }
    measure::waiting_functions.set(static_cast<std::int64_t>(queue_.size()));
    return group;
}

void Writer::run() {
    for (;;) {
        Group const group = next_group();
        if (!group.empty()) {
            if (writable())
                commit_group(group);
            else
                complete(group, unavailable("The database is not writable."));
            continue;
        }
        {
            std::lock_guard const lock(mutex_);
            if (closing_ && queue_.empty()) {
                closed_ = true;
                finished_.notify_one();
                return;
            }
        }
        if (!writable()) probe();
    }
}

void Writer::commit_group(Group const& group) {
    if (try_group(group, false)) return;
    if (try_group(group, true)) return;
    for (Work<Tx>* work : group) {
        if (writable())
            try_group({work}, true);
        else
            complete({work}, unavailable("The database is not writable."));
    }
}

bool Writer::try_group(Group const& group, bool careful) {
    for (int repetition = 0;; ++repetition) {
        std::exception_ptr failure;
        try {
            attempt(group, careful);
            std::int64_t const last = tx_.last_event();
            complete(group, nullptr);
            if (last != 0) published_(last);
            return true;
        } catch (Spoiled const& spoiled) {
            failure = spoiled.reason;
        } catch (...) {
            failure = std::current_exception();
        }
        bool const repeat = connection_->worth_repeating() && repetition < most_repetitions;
        connection_->rollback();
        if (repeat || (is_unavailable(failure) && repetition == 0 && reconnected())) continue;
        if (is_unavailable(failure)) {
            suspend(failure);
        } else if (group.size() > 1 || !careful) {
            return false;
        }
        complete(group, failure);
        return true;
    }
}

// After a connection was lost before its COMMIT: nothing was kept, and with a new one the group is as good as ever.
bool Writer::reconnected() {
    if (!connection_->pipelines() || stop_.stop_requested()) return false;
    try {
        connection_->recover();
        return true;
    } catch (std::exception const&) {
        return false;
    }
}

void Writer::attempt(Group const& group, bool careful) {
    auto const begun = std::chrono::steady_clock::now();
    tx_.clear();
    connection_->begin();
    for (Work<Tx>* work : group) run_function(*work, careful);
    tx_.flush();
    connection_->commit();
    measure::commit_seconds.observe(std::chrono::steady_clock::now() - begun);
    measure::group_functions.observe(static_cast<double>(group.size()));
}

void Writer::run_function(Work<Tx>& work, bool careful) {
    work.failure = nullptr;
    tx_.mark(mark_);
    connection_->begin_function(careful);
    bool keep = false;
    try {
        keep = work.run(tx_);
        if (keep) connection_->end_function();
    } catch (...) {
        keep = false;
        work.failure = std::current_exception();
    }
    if (connection_->spoiled()) throw Spoiled{work.failure ? work.failure : swallowed()};
    if (keep) return;
    connection_->undo_function();
    if (connection_->spoiled()) throw Spoiled{work.failure ? work.failure : swallowed()};
    tx_.return_to(mark_);
}

void Writer::complete(Group const& group, std::exception_ptr failure) {
    for (Work<Tx>* work : group) {
        if (failure) work->failure = failure;
        auto done = std::exchange(work->on_done, nullptr);
        done();  // from here on the work may be gone
    }
}

void Writer::suspend(std::exception_ptr const& reason) {
    Group waiting;
    {
        std::lock_guard const lock(mutex_);
        writable_ = false;
        waiting.assign(queue_.begin(), queue_.end());
        queue_.clear();
    }
    log::error("database_not_writable", {{"reason", text_of(reason)}});
    complete(waiting, reason);
}

void Writer::probe() {
    try {
        connection_->recover();
        connection_->begin();
        Param const now[] = {micros(clock_())};
        connection_->execute(sql::probe, now);
        connection_->commit();
        writable_ = true;
        log::info("database_writable_again");
    } catch (std::exception const& error) {
        connection_->rollback();
        log::debug("database_still_not_writable", {{"reason", error.what()}});
    }
}

}  // namespace rapport::store
