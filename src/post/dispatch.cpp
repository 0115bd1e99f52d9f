// The room's main loop: recover, claim what is due while there is room, sleep until a hint or the next due time.
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "post/room.hpp"
#include "post/rules.hpp"
#include "post/sql.hpp"

namespace rapport::post {

namespace email = channels::email;

namespace {

struct KeptPolicy {
    std::string domain, id;
    email::StsMode mode{};
    std::string mx;
    Time expires_at{};
};
BOOST_DESCRIBE_STRUCT(KeptPolicy, (), (domain, id, mode, mx, expires_at))

struct SentOn {
    std::string source;
    std::int64_t letters = 0;
};
BOOST_DESCRIBE_STRUCT(SentOn, (), (source, letters))

constexpr std::chrono::milliseconds longest_sleep{60'000}, after_trouble{1'000};

std::string node_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return std::string(name) + ' ' + std::to_string(::getpid());
}

}  // namespace

Task<> Signal::wait(std::chrono::milliseconds at_most) {
    if (!raised_) {
        timer_.expires_after(at_most);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>()));
    }
    raised_ = false;
}

Room::Room(store::Store& store, Options options, Clock clock)
    : store_(store), options_(std::move(options)), clock_(std::move(clock)) {
    require(!options_.backoff.empty() && options_.batch > 0 && options_.in_flight >= options_.batch &&
                options_.connections > 0 && options_.connections_per_destination > 0,
            "the post room's options leave it something to do");
}

std::unique_ptr<Post> Post::make(store::Store& store, Options options, Clock clock) {
    return std::make_unique<Room>(store, std::move(options), std::move(clock));
}

Counters Room::counters() const {
    return {counts_[0],  counts_[1],
            counts_[2],  counts_[3],
            attempting_, {transport_counts_[0], transport_counts_[1], transport_counts_[2], transport_counts_[3]}};
}

void Room::stop(std::chrono::milliseconds grace) {
    grace_ms_ = grace.count();
    stopping_ = true;
    std::lock_guard const lock(waker_mutex_);
    if (waker_) (*waker_)();
}

void Room::spawn(Task<> task) {
    auto& r = *now_running_;
    ++r.loops;
    asio::co_spawn(r.executor, std::move(task), [&r](std::exception_ptr failure) {
        if (failure) {
            try {
                std::rethrow_exception(failure);
            } catch (std::exception const& e) {
                log::error("post_loop_failed", {{"why", e.what()}});
            }
        }
        --r.loops;
        r.ended.notify();
    });
}

// Called from any thread, also after run() has ended: then it finds nothing to wake.
std::shared_ptr<std::function<void()>> Room::make_waker(Executor executor) {
    auto const on_its_way = std::make_shared<std::atomic<bool>>(false);
    return std::make_shared<std::function<void()>>([executor, on_its_way, running = std::weak_ptr(now_running_)] {
        if (on_its_way->exchange(true)) return;
        asio::post(executor, [on_its_way, running] {
            on_its_way->store(false);
            if (auto const r = running.lock()) r->wake.notify();
        });
    });
}

Task<> Room::run() {
    auto const executor = co_await asio::this_coro::executor;
    require(!now_running_, "the post room runs once at a time");
    auto transport_options = options_.transport;
    co_await recall_policies(transport_options);
    now_running_ = std::make_shared<Running>(executor, options_, std::move(transport_options));
    auto& r = *now_running_;
    auto const waker = make_waker(executor);
    {
        std::lock_guard const lock(waker_mutex_);
        waker_ = waker;
    }
    auto const subscription = store_.subscribe([waker](std::int64_t) { (*waker)(); });

    std::exception_ptr trouble;
    try {
        co_await sign_on();
        if (!options_.marks.empty())
            r.marks = std::make_unique<MarkBoard>(options_.marks, r.worker.value, options_.in_flight + options_.batch);
    } catch (...) {
        trouble = std::current_exception();  // the database or the disk is away: run() may be called once more
    }
    if (trouble) {
        close_room();
        std::rethrow_exception(trouble);
    }
    spawn(record_outcomes());
    spawn(beat());
    spawn(pace());
    while (!stopping_) co_await dispatch();
    co_await drain();
    close_room();
}

Task<> Room::sign_on() {
    Time const now = clock_();
    std::string const node = node_name();
    now_running_->worker = co_await store_.write([&](store::Tx& tx) { return start_worker(tx, node, now); });
    co_await read_rules();
    co_await recover();
}

// MTA-STS policies survive a restart: what a domain promised holds until it expires (RFC 8461 §5.1).
Task<> Room::recall_policies(email::TransportOptions& transport) {
    Time const now = clock_();
    for (auto const& row : co_await store_.read(
             [now](store::Reader& reader) { return reader.all<KeptPolicy>(sql::sts_policies, now); })) {
        email::StsPolicy policy{row.domain, row.id, row.mode, {}, row.expires_at};
        for (std::size_t at = 0, end; at < row.mx.size(); at = end + 1) {
            end = std::min(row.mx.find('\n', at), row.mx.size());
            policy.mx.push_back(row.mx.substr(at, end - at));
        }
        transport.sts.known.push_back(std::move(policy));
    }
    transport.sts.keep = [this](email::StsPolicy const& policy) {
        if (now_running_) now_running_->to_keep.push_back(policy);
        if (now_running_) now_running_->heart.notify();
    };
}

Task<> Room::keep_policies() {
    auto& r = *now_running_;
    if (r.to_keep.empty()) co_return;
    auto const policies = std::exchange(r.to_keep, {});
    Time const now = clock_();
    co_await store_.write([&](store::Tx& tx) {
        for (auto const& policy : policies) {
            std::string mx;
            for (auto const& pattern : policy.mx) mx += (mx.empty() ? "" : "\n") + pattern;
            tx.exec(sql::keep_sts_policy, policy.domain, policy.id, policy.mode, mx, policy.expires);
        }
        tx.exec(sql::forget_sts_policies, now);
    });
}

// Rules of sites, warm-up plans, and what was sent today (by other nodes, too).
Task<> Room::read_rules() {
    auto& r = *now_running_;
    auto const today = day_of(clock_());
    std::string const domain(options_.from.address.domain());
    struct Read {
        std::vector<SiteRule> rules;
        std::vector<WarmUp> plans;
        std::vector<SentOn> sent;
    };
    auto const read = co_await store_.read([&](store::Reader& reader) {
        return Read{site_rules(reader), warm_ups(reader), reader.all<SentOn>(sql::sent_on, today, domain)};
    });
    r.rules.set(read.rules);
    std::vector<WarmUp> own;
    for (auto const& plan : read.plans)
        if (plan.domain == domain) own.push_back(plan);
    r.sources.set(own);
    for (auto const& row : read.sent) r.sources.sent(row.source, today, row.letters);
}

void Room::refresh() {
    refresh_ = true;
    std::lock_guard const lock(waker_mutex_);
    if (waker_) (*waker_)();
}

void Room::close_room() {
    {
        std::lock_guard const lock(waker_mutex_);
        waker_ = nullptr;
    }
    now_running_ = nullptr;
}

Task<> Room::dispatch() {
    auto& r = *now_running_;
    if (refresh_.exchange(false)) r.heart.notify();
    std::size_t const space = options_.in_flight - std::min(options_.in_flight, r.in_flight);
    std::size_t const wanted = std::min(options_.batch, space);
    if (wanted < std::min(options_.batch, options_.in_flight / 4)) {
        co_await r.wake.wait(longest_sleep);  // recorded() wakes us
        co_return;
    }
    auto letters = co_await claim_some(wanted);
    if (!letters) {
        co_await r.wake.wait(after_trouble);
        co_return;
    }
    bool const more = letters->size() == wanted;
    co_await load_contents(*letters);
    place_all(std::move(*letters));
    bool const bulk_full = r.bulk_in_flight >= options_.in_flight * 3 / 4;
    if (!more && bulk_full)
        co_await r.wake.wait(after_trouble);  // recorded() wakes us
    else if (!more)
        co_await wait_for_work();
}

Task<std::optional<std::vector<Claimed>>> Room::claim_some(std::size_t limit) {
    auto& r = *now_running_;
    Time const now = clock_();
    std::string trouble;
    try {
        WorkerId const worker = r.worker;
        // A quarter of the room is for what is not bulk.
        std::size_t const most = options_.in_flight * 3 / 4;
        std::size_t const bulk = most - std::min(most, r.bulk_in_flight);
        co_return co_await store_.write(
            [&](store::Tx& tx) { return claim(tx, worker, limit, now, options_.suppression, bulk); });
    } catch (std::exception const& failure) {
        trouble = failure.what();
    }
    log::warning("letters_not_claimed", {{"why", trouble}});
    co_return std::nullopt;
}

Task<> Room::wait_for_work() {
    auto& r = *now_running_;
    auto sleep = longest_sleep;
    try {
        auto const due = co_await store_.read([](store::Reader& reader) { return next_due(reader); });
        if (due) {
            auto const left =
                std::chrono::duration_cast<std::chrono::milliseconds>(*due - clock_()) + std::chrono::milliseconds(1);
            // Already due and not claimed: another worker is at it, or the database is in trouble.
            sleep = std::clamp(left, std::chrono::milliseconds(20), longest_sleep);
        }
    } catch (std::exception const&) {
        sleep = after_trouble;
    }
    co_await r.wake.wait(sleep);
}

Task<> Room::recover() {
    Time const now = clock_();
    for (auto const& board : left_boards(options_.marks)) {
        auto ended = co_await store_.read([&](store::Reader& reader) { return left_by(reader, board, now); });
        log::info("letters_recovered", {{"letters", ended.size()}, {"possibly_handed_over", board.marked.size()}});
        bool const done = co_await record_all(ended);
        if (!done) co_return;  // the board stays for the next start
        co_await store_.write([&](store::Tx& tx) { end_worker(tx, WorkerId{board.worker}); });
        std::filesystem::remove(board.file);  // after the commit: a second death here repeats the work, harmlessly
    }
    co_await recover_silent();
}

Task<> Room::recover_silent() {
    auto& r = *now_running_;
    Time const now = clock_();
    Time const seen_before = now - options_.lease;
    WorkerId const self = r.worker;
    std::vector<WorkerId> silent;
    auto ended = co_await store_.read(
        [&](store::Reader& reader) { return left_by_silent(reader, self, seen_before, now, silent); });
    if (silent.empty()) co_return;
    bool const done = co_await record_all(ended);
    if (!done) co_return;
    co_await store_.write([&](store::Tx& tx) {
        for (auto const worker : silent) end_worker(tx, worker);
    });
}

// Keeps the lease, and takes over what silent workers left.
Task<> Room::beat() {
    auto& r = *now_running_;
    auto const period = std::chrono::duration_cast<std::chrono::milliseconds>(options_.lease / 4);
    while (!stopping_) {
        co_await r.heart.wait(period);
        if (stopping_) break;
        try {
            Time const now = clock_();
            WorkerId const worker = r.worker;
            co_await store_.write([worker, now](store::Tx& tx) { worker_seen(tx, worker, now); });
            co_await keep_policies();
            co_await read_rules();
            co_await recover_silent();
        } catch (std::exception const& failure) {
            log::warning("post_lease_not_kept", {{"why", failure.what()}});
        }
    }
}

// In order: give back what was not begun, let attempts finish, cut what does not, record everything, sign off.
Task<> Room::drain() {
    auto& r = *now_running_;
    r.heart.notify();
    r.pacer.notify();
    Time const now = clock_();
    for (auto& [name, site] : r.sites)
        for (auto& line : site->ready)
            for (auto const& waiting : std::exchange(line, {})) give_back(waiting.letter, now);
    for (auto& [name, domain] : r.domains)
        for (auto const& letter : std::exchange(domain.waiting, {})) give_back(letter, now);
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms_);
    while (r.senders > 0) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) r.transport->cancel();
        co_await r.ended.wait(std::max(left, std::chrono::milliseconds(100)));
    }
    r.transport->cancel_lookups();
    r.finishing = true;
    r.outcomes.notify();
    while (r.loops > 0) co_await r.ended.wait(after_trouble);
    co_await r.transport->close_idle();
    r.transport->cancel();
    bool const clean = r.in_flight == 0;
    if (clean) {
        try {
            WorkerId const worker = r.worker;
            co_await store_.write([worker](store::Tx& tx) { end_worker(tx, worker); });
            if (r.marks) r.marks->remove();
        } catch (std::exception const& failure) {
            log::warning("post_not_signed_off", {{"why", failure.what()}});
        }
    }
}

}  // namespace rapport::post
