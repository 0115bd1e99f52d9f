// Lanes: the claimed letters of one destination and the senders that work on them, one connection each.
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "post/room.hpp"
#include "post/verp.hpp"

namespace rapport::post {

namespace email = channels::email;

void Room::sort_into_lanes(std::vector<Claimed> letters) {
    auto& r = *now_running_;
    r.in_flight += letters.size();
    attempting_ = static_cast<std::int64_t>(r.in_flight);
    // With many destinations a slow one must not fill the room: what is too much for it comes back in a while.
    std::size_t const most = options_.transport.smart_host ? options_.in_flight : options_.in_flight * 3 / 4;
    for (auto& letter : letters) {
        if (letter.held_back) {  // no network for an address that gets none
            end_held_back(letter);
            continue;
        }
        auto& lane = r.lanes[r.transport->destination(letter.to)];
        if (letter.must_wait)
            give_back(letter, std::chrono::seconds(1));
        else if (lane.ready.size() >= most)
            give_back(letter, std::chrono::seconds(5));
        else
            lane.ready.push_back(std::move(letter));
    }
}

void Room::staff_lanes() {
    auto& r = *now_running_;
    for (auto it = r.lanes.begin(); it != r.lanes.end();) {
        auto& [destination, lane] = *it;
        if (lane.ready.empty() && lane.senders == 0) {
            it = r.lanes.erase(it);
            continue;
        }
        while (lane.senders < std::min(lane.ready.size(), options_.connections_per_destination) &&
               r.senders < options_.connections) {
            ++lane.senders;
            ++r.senders;
            spawn(send_lane(destination));
        }
        ++it;
    }
}

Task<> Room::send_lane(std::string destination) {
    auto& r = *now_running_;
    // co_spawn begins at once: nothing may change under staff_lanes(), which is counting.
    co_await asio::post(r.executor, asio::use_awaitable_t<Executor>());
    auto& lane = r.lanes[destination];  // stays as long as it has a sender
    while (!lane.ready.empty()) {
        Claimed letter = std::move(lane.ready.front());
        lane.ready.pop_front();
        bool const reachable = co_await send(std::move(letter));
        // Other destinations without a sender come first when all connections are in use.
        bool const crowded =
            r.senders >= options_.connections && lane.senders > 1 && std::ranges::any_of(r.lanes, [](auto const& l) {
                return l.second.senders == 0 && !l.second.ready.empty();
            });
        if (!reachable || crowded) break;
    }
    --lane.senders;
    --r.senders;
    if (!stopping_) staff_lanes();
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

// False when the destination cannot be reached at all: the lane's other letters wait as well.
Task<bool> Room::send(Claimed letter) {
    auto& r = *now_running_;
    Outcome outcome = outcome_of(letter);
    if (outcome.at >= letter.expires_at) {
        outcome.reply = "expired before it could be delivered";
        outcome.enhanced_status = "4.4.7";
        end(letter, std::move(outcome));
        co_return true;
    }
    auto content = co_await content_of(letter);
    if (!content) {
        if (content.error().kind == ErrorKind::unavailable) outcome.result = Result::delayed;
        outcome.reply = content.error().text;
        outcome.enhanced_status = "5.6.0";
        end(letter, std::move(outcome));
        co_return true;
    }
    email::Mail const mail{options_.from,
                           {email::HeaderText(), letter.to},
                           email::HeaderText(content->subject),
                           letter.created_at,
                           email::MessageId(message_id_left(letter.id), options_.message_id_domain),
                           content->locale,
                           std::move(content->text),
                           std::move(content->html),
                           std::move(content->attachments),
                           {},
                           letter.unsubscribe_url};
    Bytes const bytes = email::write_mail(mail);
    email::Envelope envelope{sender_of(letter.id), {letter.to}};
    std::function<void()> before_end = [&r, id = letter.id.value] {
        if (r.marks) r.marks->mark(id);
    };
    auto const result = co_await r.transport->send(std::move(envelope), bytes, std::move(before_end));
    auto const& reply = result.recipients.front();
    outcome = outcome_of(letter);
    outcome.server = result.server;
    outcome.reply = reply.text;
    outcome.enhanced_status = reply.enhanced_status;
    switch (reply.handed) {
        case email::Handed::accepted:
            outcome.result = Result::accepted;
            break;
        case email::Handed::permanent:
            outcome.result = Result::failed;
            break;
        case email::Handed::temporary:
            outcome.result = Result::delayed;
            break;
        case email::Handed::unknown:
            outcome.result = Result::unknown;
            break;
    }
    bool const unreachable =
        outcome.result == Result::delayed && reply.code == 0 &&
        (reply.enhanced_status == "4.4.1" || reply.enhanced_status == "4.4.3" || reply.enhanced_status == "4.4.4");
    if (unreachable && !stopping_) delay_lane(r.lanes[r.transport->destination(letter.to)], outcome);
    end(letter, std::move(outcome));
    co_return !unreachable;
}

void Room::end_held_back(Claimed const& letter) {
    Outcome outcome = outcome_of(letter);
    outcome.reply = *letter.held_back;
    outcome.enhanced_status = "5.7.0";
    end(letter, std::move(outcome));
}

std::string Room::message_id_left(OutboxId letter) const {
    return options_.return_paths ? options_.return_paths->message_id_left(letter) : to_text(letter);
}

// Bounces come back to an address that says, signed, whose they are.
EmailAddress Room::sender_of(OutboxId letter) const {
    auto const& paths = options_.return_paths;
    return paths && !paths->domain().empty() ? paths->return_path(letter) : options_.from.address;
}

void Room::delay_lane(Lane& lane, Outcome const& like) {
    auto const waiting = std::exchange(lane.ready, {});
    for (auto const& letter : waiting) {
        Outcome outcome = outcome_of(letter);
        outcome.result = Result::delayed;
        outcome.server = like.server;
        outcome.reply = like.reply;
        outcome.enhanced_status = like.enhanced_status;
        end(letter, std::move(outcome));
    }
}

void Room::end(Claimed const& letter, Outcome outcome) {
    auto& r = *now_running_;
    if (r.marks && outcome.result == Result::accepted)
        r.marks->accepted(letter.id.value);
    else if (r.marks && outcome.result != Result::unknown)
        r.marks->unmark(letter.id.value);
    std::optional<Time> next_at;
    if (outcome.result == Result::delayed) {
        std::size_t const step = std::min(static_cast<std::size_t>(letter.attempt), options_.backoff.size()) - 1;
        std::uniform_real_distribution<double> share(1 - options_.jitter, 1 + options_.jitter);
        auto const wait =
            Duration(static_cast<std::int64_t>(static_cast<double>(options_.backoff[step].count()) * share(chance_)));
        // Not later than its end: then it is told to have expired, at that time.
        next_at = std::min(outcome.at + wait, std::max(letter.expires_at, outcome.at));
    }
    r.to_record.push_back({r.worker, letter.attempt, std::move(outcome), next_at});
    r.outcomes.notify();
}

void Room::give_back(Claimed const& letter, Duration later) {
    auto& r = *now_running_;
    Ended ended{r.worker, letter.attempt, outcome_of(letter), clock_() + later};
    ended.given_back = true;
    ended.tell = false;
    r.to_record.push_back(std::move(ended));
    r.outcomes.notify();
}

}  // namespace rapport::post
