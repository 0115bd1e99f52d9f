// Durable consumers; see consumers.hpp. Events and cursor are read, and the cursor is moved, in the transaction in
// which the consumer works: after a crash it sees again exactly what it had not finished.
#include "store/consumers.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/sql.hpp"

namespace rapport::store {
namespace {
using Steady = std::chrono::steady_clock;
constexpr std::chrono::seconds tick{1};
constexpr std::chrono::seconds longest_pause{30};
}  // namespace

struct Consumers::Hints {
    std::mutex mutex;
    std::list<std::function<void(std::int64_t)>> list;
};

Consumers::Consumers(Store& store) : store_(store), hints_(std::make_shared<Hints>()) {}

void Consumers::start() {
    thread_ = std::thread([this] { run(); });
}

void Consumers::stop() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Consumers::add(Consumer consumer) {
    store_.write_now([&](Tx& tx) { tx.exec(sql::add_consumer, consumer.name); });
    std::lock_guard const lock(mutex_);
    states_.push_back({std::move(consumer)});
    woken_ = true;
    wake_.notify_one();
}

void Consumers::rewind(std::string const& name, std::int64_t to_seq) {
    store_.write_now([&](Tx& tx) { tx.exec(sql::rewind_consumer, name, to_seq); });
    std::lock_guard const lock(mutex_);
    for (State& state : states_)
        if (state.consumer.name == name) state.may_have_more = true;
    woken_ = true;
    wake_.notify_one();
}

std::shared_ptr<void> Consumers::subscribe(std::function<void(std::int64_t)> hint) {
    std::lock_guard const lock(hints_->mutex);
    auto const at = hints_->list.insert(hints_->list.end(), std::move(hint));
    return {nullptr, [hints = hints_, at](void*) {
                std::lock_guard const inner(hints->mutex);
                hints->list.erase(at);
            }};
}

void Consumers::published(std::int64_t last_seq) {
    {
        std::lock_guard const lock(mutex_);
        if (last_seq <= last_seq_) return;
        last_seq_ = last_seq;
        for (State& state : states_) state.may_have_more = true;
        woken_ = true;
        wake_.notify_one();
    }
    std::lock_guard const lock(hints_->mutex);
    for (auto const& hint : hints_->list) hint(last_seq);
}

void Consumers::run() {
    for (;;) {
        std::vector<State*> due;
        bool woken = false;
        {
            std::unique_lock lock(mutex_);
            woken = wake_.wait_for(lock, tick, [&] { return closing_ || woken_; });
            if (closing_) return;
            woken_ = false;
            for (State& state : states_) {
                // Once in a while without a hint: the cursor may have been rewound by another program.
                if ((state.may_have_more || !woken) && state.not_before <= Steady::now()) {
                    state.may_have_more = false;
                    due.push_back(&state);
                }
            }
        }
        for (State* state : due) {
            if (!feed(*state)) continue;
            std::lock_guard const lock(mutex_);
            state->may_have_more = woken_ = true;
        }
        // When this program commits, it learns of the others' events by the numbers of its own.
        if (!woken) look_for_others();
    }
}

bool Consumers::feed(State& state) {
    Consumer const& consumer = state.consumer;
    try {
        auto const cursor = store_.read_now([&](Reader& reader) -> std::optional<std::int64_t> {
            auto const seq = reader.one<std::int64_t>(sql::consumer_cursor, consumer.name).value_or(0);
            if (seq >= Store::last_event(reader)) return std::nullopt;
            return seq;
        });
        if (!cursor) return false;
        store_.write_now([&](Tx& tx) {
            auto const from = tx.one<std::int64_t>(sql::consumer_cursor, consumer.name).value_or(0);
            auto const events = Store::events_after(tx, from, consumer.batch);
            if (events.empty()) return;
            // Another node that feeds the same consumer waits here, and then finds the cursor moved.
            if (tx.changed(sql::move_consumer, consumer.name, from, events.back().seq) != 1) return;
            consumer.take(tx, events);
        });
        state.pause = {};
        return true;
    } catch (std::exception const& error) {
        state.pause = std::clamp(state.pause * 2, std::chrono::seconds(1), longest_pause);
        state.not_before = Steady::now() + state.pause;
        log::error("consumer_failed", {{"consumer", consumer.name}, {"reason", error.what()}});
        std::lock_guard const lock(mutex_);
        state.may_have_more = true;
        return false;
    }
}

void Consumers::look_for_others() {
    try {
        auto const last = store_.read_now([](Reader& reader) { return Store::last_event(reader); });
        published(last);
    } catch (std::exception const& error) {
        log::warning("journal_unreadable", {{"reason", error.what()}});
    }
}

}  // namespace rapport::store
