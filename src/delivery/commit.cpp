// Makes a planned move happen: the one place that changes a delivery's state.
#include <map>

#include "delivery/row.hpp"
#include "delivery/sql.hpp"
#include "evidence/log.hpp"

namespace rapport::delivery {
namespace {

struct Difference {
    Kind kind;
    State state;
    std::int64_t n;
};
char const counts_key = 0;

// Rows are only added: on PostgreSQL no transaction waits for another one's counter.
store::Flush<Difference> const write_counts = [](store::Tx& tx, std::vector<Difference>& differences) {
    std::map<std::pair<Kind, State>, std::int64_t> sums;
    for (auto const& d : differences) sums[{d.kind, d.state}] += d.n;
    for (auto const& [what, n] : sums)
        if (n != 0) tx.exec(sql::insert_count, tx.new_id<Id<DeliveryTag>>(), what.first, what.second, n);
};

}  // namespace

void count(store::Tx& tx, Kind kind, State state, std::int64_t n) {
    tx.leave(&counts_key, Difference{kind, state, n}, write_counts);
}

void fold_counts(store::Tx& tx) {
    if (tx.one<std::int64_t>(sql::count_rows).value_or(0) < 100) return;
    std::map<std::pair<Kind, State>, std::int64_t> sums;
    for (auto const& taken : tx.all<Count>(sql::take_counts)) sums[{taken.kind, taken.state}] += taken.n;
    for (auto const& [what, n] : sums)
        tx.exec(sql::insert_count, tx.new_id<Id<DeliveryTag>>(), what.first, what.second, n);
}

void keep_evidence(store::Tx& tx, Office const& office, evidence::Sealed const& sealed, DeliveryId id, Time now) {
    evidence::append(tx, sealed, id.value, now);
    if (office.settings.stamp_every_evidence && sealed.token.empty()) evidence::want_time_stamp(tx, sealed.id, now);
}

Expected<State> commit(store::Tx& tx, Office const& office, Move const& move) {
    auto const changed = tx.changed(sql::move_delivery, move.delivery, move.from, move.to, move.at,
                                    move.evidence.size(), move.seen_evidence, move.seen_changed_at);
    if (changed == 0)
        return fail(ErrorKind::conflict, "state_changed", "The delivery has moved on in the meantime; look again.");
    for (auto const& sealed : move.evidence) keep_evidence(tx, office, sealed, move.delivery, move.at);
    if (move.from != move.to) {
        count(tx, move.kind, move.from, -1);
        count(tx, move.kind, move.to, 1);
    }
    if (move.also) move.also(tx);
    State state = move.from;
    for (auto const* step : move.steps) {
        state = step->to.value_or(state);
        store::Event event;
        event.at = move.at;
        event.kind = event_kind(step->verb);
        event.subject = to_text(move.delivery);
        event.customer = move.customer;
        event.actor_kind = move.actor.kind;
        event.actor_id = move.actor.id;
        event.data["verb"] = json::enum_name(step->verb);
        event.data["state"] = json::enum_name(state);
        if (step->evidence) event.data["evidence"] = evidence::info(*step->evidence).label;
        tx.publish(std::move(event));
    }
    return state;
}

}  // namespace rapport::delivery
