// Outcomes: prepared by their owners off the writer, recorded in batches. What cannot be recorded is kept and tried
// again: nothing is claimed meanwhile, because the room is full.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "base/measure.hpp"
#include "post/room.hpp"
#include "post/sql.hpp"
#include "post/suppression.hpp"

namespace rapport::post {
namespace {
constexpr std::size_t batch_limit = 200;
constexpr std::chrono::milliseconds pause{500}, longest_sleep{60'000};
constexpr int tries = 5;

Task<> rest(Executor executor, std::chrono::milliseconds time) {
    SteadyTimer timer(executor, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>()));
}

// How many a source handed over, by day.
std::map<std::pair<std::int64_t, std::string>, std::int64_t> sent_in(std::vector<Ended> const& batch) {
    std::map<std::pair<std::int64_t, std::string>, std::int64_t> sent;
    for (auto const& ended : batch) {
        bool const handed = ended.outcome.result == Result::accepted || ended.outcome.result == Result::unknown;
        if (!ended.given_back && handed && !ended.source.empty()) ++sent[{day_of(ended.outcome.at), ended.source}];
    }
    return sent;
}
}  // namespace

void Room::on_outcome(std::string purpose, Prepare prepare_one) {
    on_outcomes(std::move(purpose),
                [prepare_one = std::move(prepare_one)](std::vector<Outcome> outcomes) -> Task<std::vector<Finish>> {
                    std::vector<Finish> finishes;
                    for (auto const& outcome : outcomes) finishes.push_back(prepare_one(outcome));
                    co_return finishes;
                });
}

void Room::on_outcomes(std::string purpose, PrepareAll prepare_all) {
    require(!now_running_, "owners speak up before the post room runs");
    require(handlers_.emplace(std::move(purpose), std::move(prepare_all)).second, "one handler for each purpose");
}

Task<std::vector<Finish>> Room::prepare(std::vector<Outcome> outcomes) {
    std::vector<Finish> finishes(outcomes.size());
    for (auto const& [purpose, handler] : handlers_) {
        std::vector<Outcome> own;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            if (outcomes[i].purpose != purpose) continue;
            own.push_back(outcomes[i]);
            places.push_back(i);
        }
        if (own.empty()) continue;
        auto made = co_await handler(std::move(own));
        require(made.size() == places.size(), "an owner returns one Finish for each outcome");
        for (std::size_t i = 0; i < places.size(); ++i) finishes[places[i]] = std::move(made[i]);
    }
    co_return finishes;
}

Task<> Room::record_outcomes() {
    auto& r = *now_running_;
    while (!r.finishing || !r.to_record.empty()) {
        if (r.to_record.empty()) {
            co_await r.outcomes.wait(longest_sleep);
            continue;
        }
        auto const n = std::min(r.to_record.size(), batch_limit);
        auto const cut = r.to_record.begin() + static_cast<std::ptrdiff_t>(n);
        std::vector<Ended> batch(std::make_move_iterator(r.to_record.begin()), std::make_move_iterator(cut));
        r.to_record.erase(r.to_record.begin(), cut);
        bool const done = co_await record_all(batch);
        if (!done) co_return;  // their marks stay: the next start recovers them
        recorded(batch);
    }
}

void Room::recorded(std::vector<Ended> const& batch) {
    auto& r = *now_running_;
    for (auto const& ended : batch) {
        if (r.marks) r.marks->unmark(ended.outcome.id.value);
        if (ended.bulk) --r.bulk_in_flight;
        if (ended.given_back) continue;
        ++counts_[static_cast<std::size_t>(ended.outcome.result)];
        measure::attempts[static_cast<std::size_t>(ended.outcome.result)].add();
    }
    r.in_flight -= batch.size();
    attempting_ = static_cast<std::int64_t>(r.in_flight);
    r.wake.notify();
}

// However long it takes; false only when the room is being closed while the database is away.
Task<bool> Room::record_all(std::vector<Ended> const& batch) {
    for (int failed = 0, away = 0; !batch.empty();) {
        auto const result = co_await record_batch(batch);
        if (result == Recorded::yes) co_return true;
        ++(result == Recorded::database_away ? away : failed);
        if (away > tries && stopping_) co_return false;
        if (failed > tries) {
            bool const all = co_await record_singly(batch);
            co_return all;
        }
        co_await rest(now_running_->executor, pause);
    }
    co_return true;
}

// One of a batch makes it fail: the others must not wait for it, and it is not sent again, so its state is recorded
// without what its owner wanted to add.
Task<bool> Room::record_singly(std::vector<Ended> const& batch) {
    for (auto const& ended : batch) {
        std::vector<Ended> single{ended};
        for (int failed = 0, away = 0;;) {
            auto const result = co_await record_batch(single);
            if (result == Recorded::yes) break;
            ++(result == Recorded::database_away ? away : failed);
            if (failed + away > tries && stopping_) co_return false;
            if (failed > tries && single.front().tell) {
                log::error("owner_refused_outcome",
                           {{"letter", to_text(ended.outcome.id)}, {"owner", ended.outcome.owner}});
                single.front().tell = false;
            }
            co_await rest(now_running_->executor, pause);
        }
    }
    co_return true;
}

// A database that is away, for writing or for what the owners read, is no fault of the owners'.
Task<Recorded> Room::record_batch(std::vector<Ended> const& batch) {
    std::string trouble;
    auto result = Recorded::no;
    try {
        std::vector<Outcome> told;
        for (auto const& ended : batch)
            if (ended.tell) told.push_back(ended.outcome);
        auto const finishes = co_await prepare(std::move(told));
        co_await store_.write([&](store::Tx& tx) {
            std::size_t next = 0;
            for (auto const& [day_and_source, letters] : sent_in(batch))
                tx.exec(sql::count_sent, day_and_source.first, day_and_source.second, options_.from.address.domain(),
                        letters);
            for (auto const& ended : batch) {
                Finish const none, *finish = &none;
                if (ended.tell) finish = &finishes[next++];
                // The owner's own event tells of an acceptance; everything else is told here.
                record(tx, ended, !ended.given_back && (ended.outcome.result != Result::accepted || !*finish));
                if (*finish) (*finish)(tx);
                learn_from_refusal(tx, ended.outcome, options_.suppression);
            }
        });
        co_return Recorded::yes;
    } catch (Unavailable const& failure) {
        result = Recorded::database_away;
        trouble = failure.what();
    } catch (std::exception const& failure) {
        trouble = failure.what();
    }
    log::warning("outcomes_not_recorded", {{"letters", batch.size()}, {"why", trouble}});
    co_return result;
}

}  // namespace rapport::post
