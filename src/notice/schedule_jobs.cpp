// What is due: runs of schedules and letters of digests. A run's notices, its line of history and the time of the next
// one are one transaction.
#include <algorithm>

#include "base/log.hpp"
#include "notice/bulk_wire.hpp"
#include "notice/digest.hpp"
#include "notice/schedule_row.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t at_once = 50;
constexpr int most_attempts = 5;
constexpr std::size_t most_in_a_day = 26;              // hourly, a day with clocks put back, and one more
constexpr Duration too_late = std::chrono::hours(24);  // what was due longer ago is not made up for

struct Detail {
    std::optional<std::string> reason;
    std::vector<RowFault> faults;
};
BOOST_DESCRIBE_STRUCT(Detail, (), (reason, faults))

struct Run {
    ScheduleRow row;
    Time due_at{};  // the last time that it was due: those before it, while the program did not run, are this run, too
    RunResult result = RunResult::done;
    Detail detail;
    std::optional<Time> next_at;
    std::shared_ptr<Plan const> plan;
};

void fail_run(Run& run, Error const& error) {
    run.result = RunResult::failed;
    run.detail.reason = error.text;
    for (auto const& field : error.fields) run.detail.faults.push_back({field.pointer, field.rule, field.fix});
}

Actor maker_of(ScheduleRow const& row) { return {row.maker_kind, row.maker_id, row.maker_name}; }

// The last time not after `now` at which it was due; of those that are too late, the first.
Time last_due(ScheduleRow const& row, Time now) {
    auto const rule = rule_of(row);
    auto last = *row.next_at;
    if (!rule) return last;
    for (auto const& one : instances(*rule, std::max(last, now - too_late - 1us), most_in_a_day))
        if (one.at <= now) last = one.at;
    return last;
}

Expected<Run> plan_run(store::Reader& reader, Desk const& desk, ScheduleRow row, Time now) {
    Run run;
    run.next_at = next_run(row, now);
    run.due_at = last_due(row, now);
    run.row = std::move(row);
    if (now - run.due_at > too_late) {
        run.result = RunResult::missed;
        run.detail.reason = "The program did not run then; it was more than a day too late.";
        return run;
    }
    if (run.due_at != *run.row.next_at)
        run.detail.reason = "The program did not run at earlier times, from " + to_text(*run.row.next_at) + " on.";
    if (run.row.bulk) return run;
    auto notice = notice_of(desk, run.row);
    if (!notice) {
        fail_run(run, notice.error());
        return run;
    }
    Request request;
    request.actor = maker_of(run.row);
    request.notices.push_back(std::move(*notice));
    request.origin = to_text(run.row.id);
    request.bulk = true;
    auto made = plan(reader, desk, request, now);
    if (!made && (made.error().kind == ErrorKind::unavailable || made.error().kind == ErrorKind::limited))
        return fail(made.error());
    if (made)
        run.plan = std::move(*made);
    else
        fail_run(run, made.error());
    return run;
}

std::optional<json::Object> json_of(Detail const& detail) {
    if (!detail.reason && detail.faults.empty()) return std::nullopt;
    return json::parse(json::encode(detail))->get_object();
}

Expected<> commit_run(store::Tx& tx, Desk const& desk, Run run, Time now) {
    auto const state = run.next_at ? ScheduleState::active : ScheduleState::ended;
    if (tx.changed(sql::advance_schedule, run.row.id, *run.row.next_at, state, run.next_at, now) != 1)
        return fail(ErrorKind::conflict, "schedule_moved", "Another program ran it, or it was paused.");
    std::int64_t notices = 0, suppressed = 0;
    if (run.plan) {
        auto const views = commit(tx, desk, *run.plan);
        if (!views) return fail(views.error());
        for (auto const& view : *views) {
            ++notices;
            suppressed += view.state == State::suppressed || view.state == State::throttled;
        }
    }
    if (run.row.bulk && run.result == RunResult::done) {
        people::Act const act{maker_of(run.row), now, {}, {}};
        if (auto const started = start_bulk(tx, act, *run.row.bulk); !started) fail_run(run, started.error());
    }
    tx.exec(sql::insert_schedule_run, run.row.id, run.due_at, now, run.result, notices, suppressed,
            json_of(run.detail));
    tx.publish({.at = now,
                .kind = "schedule.run",
                .subject = to_text(run.row.id),
                .data = {{"name", run.row.name},
                         {"result", json::enum_name(run.result)},
                         {"notices", notices},
                         {"due_at", to_text(run.due_at)}}});
    return {};
}

Task<bool> run_one(store::Store& store, Desk const& desk, ScheduleRow row, Time now) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const run = co_await store.read([&](store::Reader& reader) { return plan_run(reader, desk, row, now); });
        if (!run) {
            log::warning("schedule_stuck", {{"schedule", to_text(row.id)}, {"reason", run.error().text}});
            co_return false;
        }
        try {
            auto const done = co_await store.write([&](store::Tx& tx) { return commit_run(tx, desk, *run, now); });
            co_return done.has_value();
        } catch (store::UniqueViolation const&) {
            continue;  // somebody else made one of the customers meanwhile
        }
    }
    co_return false;
}

Task<bool> send_one(store::Store& store, Desk const& desk, DueDigest due, Time now) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        auto const planned =
            co_await store.read([&](store::Reader& reader) { return plan_digest(reader, desk, due, now); });
        std::optional<Error> trouble;
        if (!planned)
            trouble = planned.error();
        else if (!*planned)
            co_return false;
        else
            try {
                auto const done =
                    co_await store.write([&](store::Tx& tx) { return commit_digest(tx, desk, **planned, now); });
                if (done) co_return true;
                if (done.error().code == "digest_taken") co_return false;
                trouble = done.error();
            } catch (store::UniqueViolation const&) {
                continue;
            }
        co_await store.write([&](store::Tx& tx) {
            postpone_digest(tx, due, *trouble, now);
            return true;
        });
        co_return false;
    }
    co_return false;
}

}  // namespace

Task<std::size_t> Schedules::work() {
    auto const now = notices_.clock()();
    auto const due = co_await store().read([&](store::Reader& reader) {
        return std::pair(reader.all<ScheduleRow>(sql::due_schedules, now, at_once), due_digests(reader, now, at_once));
    });
    std::size_t done = 0;
    for (auto const& row : due.first) {
        bool const ran = co_await run_one(store(), desk(), row, now);
        done += ran;
    }
    for (auto const& digest : due.second) {
        bool const sent = co_await send_one(store(), desk(), digest, now);
        done += sent;
    }
    co_return done;
}

Task<> Schedules::run(net::Stop stop) {
    while (!stop.requested()) {
        auto const done = co_await work();
        if (done > 0) continue;
        bool const go_on = co_await stop.sleep(1s);
        if (!go_on) break;
    }
}

void check_schedules(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    for (auto const id : reader.all<ScheduleId>(sql::check_schedule_states))
        report({to_text(id), "a schedule has a next run exactly while it is active"});
    for (auto const id : reader.all<ScheduleId>(sql::check_schedule_runs))
        report({to_text(id), "a schedule counts its runs"});
    for (auto const id : reader.all<NoticeId>(sql::check_digest_items))
        report({to_text(id), "what waits for a digest is a notice that was collected"});
    for (auto const id : reader.all<NoticeId>(sql::check_collected))
        report({to_text(id), "a collected notice waits for its digest, or went out with one"});
}

}  // namespace rapport::notice
