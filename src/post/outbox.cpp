// Claiming, recording and recovering letters.
#include "post/outbox.hpp"

#include "post/sql.hpp"
#include "post/suppression.hpp"

namespace rapport::post {
namespace {

struct LeftLetter {
    OutboxId id;
    std::int64_t attempts = 0;
    std::string owner, purpose;
};
BOOST_DESCRIBE_STRUCT(LeftLetter, (), (id, attempts, owner, purpose))

constexpr Priority by_urgency[] = {Priority::urgent, Priority::normal, Priority::bulk};

std::optional<std::string_view> optional_text(std::string const& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

Ended left(LeftLetter const& letter, WorkerId worker, bool handed, Time now) {
    Ended ended{worker, letter.attempts, {letter.id, letter.owner, letter.purpose, Result::unknown, {}, {}, {}, now}};
    ended.outcome.recovered = true;
    if (handed) {
        ended.outcome.reply = "the program ended while the mail may have been handed over";
        ended.outcome.enhanced_status = "4.4.2";
    } else {
        ended.outcome.result = Result::delayed;
        ended.outcome.reply = "the program ended before the mail was handed over";
        ended.outcome.enhanced_status = "4.3.2";
        ended.next_at = now;
        ended.tell = false;
    }
    return ended;
}

}  // namespace

std::vector<Claimed> claim(store::Tx& tx, WorkerId worker, std::size_t limit, Time now, SuppressionPolicy const& policy,
                           std::size_t bulk) {
    std::vector<Claimed> claimed;
    for (auto const priority : by_urgency) {
        if (claimed.size() >= limit) break;
        auto found = tx.all<Claimed>(
            sql::claim_letters, worker, now, static_cast<std::int64_t>(priority),
            priority == Priority::bulk ? std::min(bulk, limit - claimed.size()) : limit - claimed.size());
        for (auto& letter : found) {
            letter.priority = priority;
            claimed.push_back(std::move(letter));
        }
    }
    std::vector<Asked> asked;
    for (auto const& letter : claimed)
        asked.push_back({letter.to.value, class_of(letter.purpose, letter.stream, letter.priority)});
    auto held = held_back(tx, asked, policy, now);
    for (std::size_t i = 0; i < claimed.size(); ++i) claimed[i].held_back = std::move(held[i]);
    for (auto const& letter : claimed) tx.exec(sql::begin_attempt, letter.id, letter.attempt, worker, now);
    return claimed;
}

std::optional<Time> next_due(store::Reader& reader) {
    std::optional<Time> first;
    for (auto const priority : by_urgency) {
        auto const due = reader.one<std::optional<Time>>(sql::next_due, static_cast<std::int64_t>(priority));
        if (due && *due && (!first || **due < *first)) first = *due;
    }
    return first;
}

void record(store::Tx& tx, Ended const& ended, bool publish) {
    auto const& outcome = ended.outcome;
    if (ended.given_back) {
        tx.exec(sql::give_back_letter, outcome.id, ended.worker, ended.next_at.value_or(outcome.at));
        tx.exec(sql::drop_attempt, outcome.id, ended.attempt);
        return;
    }
    switch (outcome.result) {
        case Result::accepted:
            tx.exec(sql::settle_accepted, outcome.id, ended.worker, outcome.reply, outcome.at);
            break;
        case Result::delayed:
            tx.exec(sql::settle_queued, outcome.id, ended.worker, outcome.reply, outcome.at,
                    ended.next_at.value_or(outcome.at));
            break;
        case Result::failed:
            tx.exec(sql::settle_failed, outcome.id, ended.worker, outcome.reply, outcome.at);
            break;
        case Result::unknown:
            tx.exec(sql::settle_unknown, outcome.id, ended.worker, outcome.reply, outcome.at);
            break;
    }
    tx.exec(sql::end_attempt, outcome.id, ended.attempt, outcome.at, outcome.result, outcome.server, outcome.reply,
            outcome.enhanced_status, optional_text(ended.tls), optional_text(ended.source));
    if (publish)
        tx.publish({.at = outcome.at,
                    .kind = "outbox." + std::string(json::enum_name(outcome.result)),
                    .subject = to_text(outcome.id),
                    .data = {{"owner", outcome.owner}, {"purpose", outcome.purpose}}});
}

WorkerId start_worker(store::Tx& tx, std::string_view node, Time now) {
    auto const id = tx.new_id<WorkerId>();
    tx.exec(sql::add_worker, id, node, now);
    return id;
}
void worker_seen(store::Tx& tx, WorkerId worker, Time now) { tx.exec(sql::worker_seen, worker, now); }
void end_worker(store::Tx& tx, WorkerId worker) { tx.exec(sql::drop_worker, worker); }

std::vector<Ended> left_by(store::Reader& reader, LeftBoard const& board, Time now) {
    std::vector<Ended> ended;
    WorkerId const worker{board.worker};
    for (auto const& letter : reader.all<LeftLetter>(sql::letters_of_worker, worker)) {
        bool const accepted = board.accepted.contains(letter.id.value);
        ended.push_back(left(letter, worker, !board.same_boot || board.marked.contains(letter.id.value), now));
        if (!accepted) continue;  // an acceptance that is on the board was a reply, whatever came after
        auto& outcome = ended.back().outcome;
        outcome.result = Result::accepted;
        outcome.reply = "250 accepted; the reply's text was lost when the program ended";
        outcome.enhanced_status = "2.0.0";
        ended.back().next_at.reset();
        ended.back().tell = true;
    }
    return ended;
}

std::vector<Ended> left_by_silent(store::Reader& reader, WorkerId self, Time seen_before, Time now,
                                  std::vector<WorkerId>& silent) {
    std::vector<Ended> ended;
    silent = reader.all<WorkerId>(sql::silent_workers, seen_before, self);
    for (auto const worker : silent)
        for (auto const& letter : reader.all<LeftLetter>(sql::letters_of_worker, worker))
            ended.push_back(left(letter, worker, true, now));
    return ended;
}

}  // namespace rapport::post
