// The readers; see readers.hpp.
#include "store/readers.hpp"

#include <algorithm>
#include <utility>

#include "store/transaction.hpp"

namespace rapport::store {

Readers::Readers(Engine& engine, std::size_t threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i)
        connections_.push_back(engine.connect(Access::read, stop_.get_token()));
    for (auto const& connection : connections_) threads_.emplace_back([this, &connection] { run(*connection); });
}

Readers::~Readers() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    stop_.request_stop();
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

bool Readers::is_own_thread() const {
    return std::any_of(threads_.begin(), threads_.end(),
                       [](std::thread const& t) { return t.get_id() == std::this_thread::get_id(); });
}

void Readers::submit(Work<Reader>& work) {
    {
        std::lock_guard const lock(mutex_);
        if (!closing_ && queue_.size() < queue_limit_) {
            queue_.push_back(&work);
            wake_.notify_one();
            return;
        }
    }
    work.failure = std::make_exception_ptr(Unavailable("Too many readers wait for the database."));
    std::exchange(work.on_done, nullptr)();
}

// True: the connection broke, as an idle one may have done long ago; with a new one it may go well.
bool Readers::try_to_read(Work<Reader>& work, Connection& connection, Reader& reader) {
    work.failure = nullptr;
    try {
        connection.recover();
        connection.begin();
        work.run(reader);
        return false;
    } catch (...) {
        work.failure = std::current_exception();
        return connection.pipelines() && connection.spoiled();
    }
}

void Readers::run(Connection& connection) {
    ConnectionReader reader(connection);
    for (;;) {
        Work<Reader>* work = nullptr;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
            if (queue_.empty()) return;
            work = queue_.front();
            queue_.pop_front();
        }
        if (try_to_read(*work, connection, reader)) {
            connection.rollback();
            try_to_read(*work, connection, reader);
        }
        auto done = std::exchange(work->on_done, nullptr);
        done();
        connection.rollback();  // nothing was written; the caller need not wait for it
    }
}

}  // namespace rapport::store
