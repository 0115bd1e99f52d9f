// Senders: one connection each, letters of one site after the other; and what replies teach.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "post/room.hpp"
#include "post/verp.hpp"

namespace rapport::post {

namespace email = channels::email;
using namespace std::chrono_literals;

namespace {

constexpr Duration short_wait = 1s;  // for the rate, with the connection open

std::optional<Waiting> next_of(Site& site) {
    for (auto line = site.ready.rbegin(); line != site.ready.rend(); ++line) {
        if (line->empty()) continue;
        Waiting next = std::move(line->front());
        line->pop_front();
        return next;
    }
    return std::nullopt;
}

Result result_of(email::Handed handed) {
    switch (handed) {
        case email::Handed::accepted:
            return Result::accepted;
        case email::Handed::permanent:
            return Result::failed;
        case email::Handed::temporary:
            return Result::delayed;
        case email::Handed::unknown:
            break;
    }
    return Result::unknown;
}

}  // namespace

Task<> Room::send_from(std::shared_ptr<Site> site, bool unproven) {
    auto& r = *now_running_;
    // co_spawn begins at once: nothing may change under staff(), which is counting.
    co_await asio::post(r.executor, asio::use_awaitable_t<Executor>());
    while (site->waiting() > 0 && !stopping_) {
        Time const now = clock_();
        Time const at = site->shape.ready_at(now);
        if (at > now + short_wait || site->senders > std::max<std::size_t>(1, most_senders(*site, now))) break;
        if (at > now) {
            SteadyTimer timer(r.executor, at - now);
            co_await timer.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>()));
            continue;
        }
        auto waiting = next_of(*site);
        if (!waiting || expire(waiting->letter)) continue;
        site->shape.began(now);
        bool const reachable = co_await send(site, std::move(*waiting));
        // Other sites without a sender come first when all connections are in use.
        bool const crowded = r.senders >= options_.connections && site->senders > 1 &&
                             std::ranges::any_of(r.hungry, [](auto const& other) { return other->senders == 0; });
        if (!reachable || crowded) break;
        if (site->senders < site->waiting()) staff(site);
    }
    --site->senders;
    --r.senders;
    r.unproven_senders -= unproven;
    if (!stopping_) {
        staff_hungry();
        staff(site);
    }
    auto const counted = r.transport->counters();
    transport_counts_[0] = counted.connections;
    transport_counts_[1] = counted.reused;
    transport_counts_[2] = counted.mails;
    transport_counts_[3] = counted.encrypted;
    r.ended.notify();
}

Outcome Room::outcome_of(Claimed const& letter) const {
    return {letter.id, letter.owner, letter.purpose, Result::failed, {}, {}, {}, clock_()};
}

// In whichever line it stands: a letter that is out of time is told so, not sent.
bool Room::expire(Claimed const& letter) {
    Outcome outcome = outcome_of(letter);
    if (outcome.at < letter.expires_at) return false;
    outcome.reply = "expired before it could be delivered";
    outcome.enhanced_status = "4.4.7";
    end(letter, std::move(outcome));
    return true;
}

// False when the site cannot be reached, or does not want more now: the sender ends.
Task<bool> Room::send(std::shared_ptr<Site> site, Waiting waiting) {
    auto& r = *now_running_;
    auto& letter = waiting.letter;
    Time const now = clock_();
    Composed composed;
    std::optional<Content> words;
    if (letter.template_name.empty()) {  // its owner keeps the words
        auto drawn = co_await content_of(letter);
        if (drawn)
            words = std::move(*drawn);
        else
            composed.trouble = drawn.error();
    }
    if (!composed.trouble) composed = co_await r.composers.compose(letter, std::move(words), options_, now);
    if (composed.trouble) {
        Outcome outcome = outcome_of(letter);
        if (composed.trouble->kind == ErrorKind::unavailable) outcome.result = Result::delayed;
        outcome.reply = composed.trouble->text;
        outcome.enhanced_status = "5.6.0";
        end(letter, std::move(outcome));
        co_return true;
    }
    auto const sender = options_.return_paths && !options_.return_paths->domain().empty()
                            ? options_.return_paths->return_path(letter.id)
                            : options_.from.address;
    email::Envelope envelope{sender, {letter.to}};
    std::function<void()> before_end = [&r, id = letter.id.value] {
        if (r.marks) r.marks->mark(id);
    };
    auto const most = static_cast<std::size_t>(std::max<std::int64_t>(0, site->shape.rule().mails_per_connection));
    auto const result =
        co_await r.transport->send(waiting.route, std::move(envelope), composed.mail, std::move(before_end), most);
    learn(*site, waiting, result);
    if (!result.opened && fail_over(*site, waiting, result)) co_return false;
    auto const& reply = result.recipients.front();
    Outcome outcome = outcome_of(letter);
    outcome.result = result_of(reply.handed);
    outcome.server = result.server;
    outcome.reply = reply.text;
    outcome.enhanced_status = reply.enhanced_status;
    bool const unreachable =
        outcome.result == Result::delayed && reply.code == 0 &&
        (reply.enhanced_status == "4.4.1" || reply.enhanced_status == "4.4.3" || reply.enhanced_status == "4.4.4");
    if (unreachable && !stopping_) delay_line(*site, outcome);
    bool const suspended = site->shape.suspended(outcome.at);
    bool const elsewhere = waiting.route->smart_host && r.sources.another(letter.source, outcome.at);
    Time const not_before = suspended && !elsewhere ? site->shape.suspended_until() : Time{};
    end(letter, std::move(outcome), result.tls, not_before);
    co_return !unreachable && !suspended;
}

// What the site's answer says about its speed.
void Room::learn(Site& site, Waiting const& waiting, email::SendResult const& result) {
    auto& r = *now_running_;
    Time const now = clock_();
    auto const& reply = result.recipients.front();
    if (result.opened || reply.code != 0) {
        site.answered_at = now;
        site.proven = true;
        site.shape.answered(now);
    }
    if (reply.handed == email::Handed::accepted) {
        site.open = std::min<std::size_t>(site.open + 1, 1000);
        if (waiting.route->smart_host) r.sources.well(waiting.letter.source);
    }
    if (reply.handed != email::Handed::temporary) return;
    auto const* reaction = reaction_to(reply.code, reply.enhanced_status, reply.text);
    if (!reaction || site.shape.suspended(now)) return;
    site.shape.slow_down(*reaction, reply.text, now);
    log::warning("site_slowed_down",
                 {{"site", site.name}, {"because", reaction->name}, {"until", to_text(site.shape.suspended_until())}});
    auto const source = waiting.letter.source;
    bool const smart = waiting.route->smart_host != nullptr;
    if (smart) r.sources.away(source, reply.text, now, site.shape.suspended_until());
    if (stopping_) return;
    if (smart && r.sources.another(source, now))
        move_line(site);
    else
        clear_line(site);
}

// A smart host that cannot be reached, or turns us away before it heard of any mail: the next one takes its letters.
// Nothing was handed over, so this is still the same attempt.
bool Room::fail_over(Site& site, Waiting& waiting, email::SendResult const& result) {
    auto& r = *now_running_;
    if (!waiting.route->smart_host || stopping_) return false;
    auto const source = waiting.letter.source;
    Time const now = clock_();
    r.sources.away(source, result.recipients.front().text, now);
    if (!r.sources.another(source, now)) return false;
    log::warning("smart_host_away", {{"host", site.name}, {"why", result.recipients.front().text}});
    settle(waiting.letter, false);
    waiting.letter.source = Sources::nowhere;
    place(std::move(waiting.letter));
    move_line(site);
    return true;
}

void Room::end_held_back(Claimed const& letter) {
    Outcome outcome = outcome_of(letter);
    outcome.reply = *letter.held_back;
    outcome.enhanced_status = "5.7.0";
    end(letter, std::move(outcome));
}

void Room::delay_line(Site& site, Outcome const& like) {
    for (auto& line : site.ready)
        for (auto const& waiting : std::exchange(line, {})) {
            Outcome outcome = outcome_of(waiting.letter);
            outcome.result = Result::delayed;
            outcome.server = like.server;
            outcome.reply = like.reply;
            outcome.enhanced_status = like.enhanced_status;
            end(waiting.letter, std::move(outcome));
        }
}

// The source's count of the day.
void Room::settle(Claimed const& letter, bool handed_over) {
    if (letter.source != Sources::nowhere) now_running_->sources.ended(letter.source, handed_over, clock_());
}

void Room::end(Claimed const& letter, Outcome outcome, std::string tls, Time not_before) {
    auto& r = *now_running_;
    if (r.marks && outcome.result == Result::accepted)
        r.marks->accepted(letter.id.value);
    else if (r.marks && outcome.result != Result::unknown)
        r.marks->unmark(letter.id.value);
    bool const handed_over = outcome.result == Result::accepted || outcome.result == Result::unknown;
    settle(letter, handed_over);
    Ended ended{r.worker, letter.attempt, std::move(outcome)};
    if (ended.outcome.result == Result::delayed) {
        std::size_t const step = std::min(static_cast<std::size_t>(letter.attempt), options_.backoff.size()) - 1;
        std::uniform_real_distribution<double> share(1 - options_.jitter, 1 + options_.jitter);
        auto const wait =
            Duration(static_cast<std::int64_t>(static_cast<double>(options_.backoff[step].count()) * share(chance_)));
        // Not later than its end: then it is told to have expired, at that time.
        Time const at = ended.outcome.at;
        ended.next_at = std::min(std::max(at + wait, not_before), std::max(letter.expires_at, at));
    }
    ended.tls = std::move(tls);
    ended.bulk = letter.priority == Priority::bulk;
    if (letter.source != Sources::nowhere) ended.source = r.sources.name(letter.source);
    r.to_record.push_back(std::move(ended));
    r.outcomes.notify();
}

void Room::give_back(Claimed const& letter, Time next_at) {
    auto& r = *now_running_;
    settle(letter, false);
    Ended ended{r.worker, letter.attempt, outcome_of(letter)};
    ended.next_at = std::min(next_at, std::max(letter.expires_at, ended.outcome.at));
    ended.given_back = true;
    ended.tell = false;
    ended.bulk = letter.priority == Priority::bulk;
    r.to_record.push_back(std::move(ended));
    r.outcomes.notify();
}

}  // namespace rapport::post
