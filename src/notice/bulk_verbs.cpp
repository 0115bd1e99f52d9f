// What people do to a job: map, check, start, pause, resume, cancel, replay, pace, erase.
#include <algorithm>

#include "notice/bulk_mapping.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

std::unexpected<Error> wrong_state(BulkRow const& row, std::string_view verb) {
    return fail(ErrorKind::conflict, "bulk_state",
                "A job that is " + std::string(json::enum_name(row.state)) + " cannot be " + std::string(verb) + ".");
}
std::unexpected<Error> not_mapped() {
    return fail(ErrorKind::conflict, "bulk_not_mapped",
                "Say first which column goes where: PUT /v1/bulk/{id}/mapping.");
}

struct Move {
    BulkRow row;
    BulkState to{};
};

// The job, if its state allows the verb.
Expected<Move> begin(store::Tx& tx, BulkId id, BulkVerb verb, std::string_view word) {
    auto row = find_bulk_row(tx, id);
    if (!row || row->state == BulkState::receiving) return fail(no_such_bulk());
    auto const to = bulk_after(row->state, verb);
    if (!to) return wrong_state(*row, word);
    return Move{std::move(*row), *to};
}

// The row as it is now; the audit log and the journal hear of it.
Expected<BulkView> done(store::Tx& tx, people::Act const& act, Move const& move, BulkVerb verb,
                        json::Object data = {}) {
    std::string_view event;
    for (auto const& t : bulk_transitions())
        if (t.from == move.row.state && t.verb == verb) event = t.event;
    auto const now = find_bulk_row(tx, move.row.id);
    people::audit(tx, act, "bulk." + std::string(event), to_text(move.row.id), people::AuditOutcome::done, data);
    tell(tx, *now, event, act.now, act.actor, std::move(data));
    return view_of(*now, act.now);
}

// Somebody else moved it in between (only on PostgreSQL, where several may write at once).
std::unexpected<Error> moved_on() {
    return fail(ErrorKind::conflict, "bulk_state", "The job has moved on in the meantime; look again.");
}

Expected<BulkView> move(store::Tx& tx, people::Act const& act, BulkId id, BulkVerb verb, std::string_view word) {
    auto const step = begin(tx, id, verb, word);
    if (!step) return fail(step.error());
    bool const ends = step->to == BulkState::cancelled;
    auto const& row = step->row;
    auto const changed = verb == BulkVerb::resume ? tx.changed(sql::resume_bulk, id, row.state, step->to, act.now)
                                                  : tx.changed(sql::move_bulk, id, row.state, step->to, act.now, ends);
    if (changed != 1) return moved_on();
    return done(tx, act, *step, verb, {{"processed", row.replay ? row.replay_done : row.mark}});
}

}  // namespace

Expected<BulkView> map_bulk(store::Tx& tx, Desk const&, people::Act const& act, BulkId id, BulkMapping const& mapping) {
    auto const step = begin(tx, id, BulkVerb::map, "mapped");
    if (!step) return fail(step.error());
    auto const kind = find_kind(tx, step->row.kind);
    if (!kind) return fail(no_such_kind());
    auto const reader = RowReader::make(mapping, columns_of(step->row), step->row.format, *kind);
    if (!reader) return fail(reader.error());
    auto const value = json::parse(json::encode(mapping));
    if (tx.changed(sql::set_bulk_mapping, id, step->row.state, step->to, value->get_object(), act.now) != 1)
        return moved_on();
    return done(tx, act, *step, BulkVerb::map);
}

Expected<BulkView> check_bulk(store::Tx& tx, people::Act const& act, BulkId id) {
    auto const step = begin(tx, id, BulkVerb::check, "checked");
    if (!step) return fail(step.error());
    if (!step->row.mapping) return not_mapped();
    if (!step->row.wrapped_key) return fail(bulk_erased());
    if (tx.changed(sql::begin_check, id, step->row.state, step->to, act.now) != 1) return moved_on();
    tx.exec(sql::drop_findings, id);
    return done(tx, act, *step, BulkVerb::check);
}

Expected<BulkView> start_bulk(store::Tx& tx, people::Act const& act, BulkId id) {
    auto const step = begin(tx, id, BulkVerb::start, "started");
    if (!step) return fail(step.error());
    if (!step->row.mapping) return not_mapped();
    if (!step->row.wrapped_key) return fail(bulk_erased());
    if (tx.changed(sql::begin_run, id, step->row.state, step->to, act.now, act.actor.kind, act.actor.id,
                   act.actor.name) != 1)
        return moved_on();
    tx.exec(sql::drop_findings, id);  // of dry runs: at most most_check_findings
    return done(tx, act, *step, BulkVerb::start);
}

Expected<BulkView> pause_bulk(store::Tx& tx, people::Act const& act, BulkId id) {
    return move(tx, act, id, BulkVerb::pause, "paused");
}
Expected<BulkView> resume_bulk(store::Tx& tx, people::Act const& act, BulkId id) {
    return move(tx, act, id, BulkVerb::resume, "resumed");
}
Expected<BulkView> cancel_bulk(store::Tx& tx, people::Act const& act, BulkId id) {
    return move(tx, act, id, BulkVerb::cancel, "cancelled");
}

Expected<BulkView> replay_bulk(store::Tx& tx, people::Act const& act, BulkId id, BulkReplay const& what) {
    auto const step = begin(tx, id, BulkVerb::replay, "replayed");
    if (!step) return fail(step.error());
    auto const& row = step->row;
    if (!row.wrapped_key) return fail(bulk_erased());
    std::string states;
    std::int64_t rows = 0;
    auto const add = [&](ReplayOf of, std::int64_t n) {
        states += (states.empty() ? "" : " ") + std::string(json::enum_name(of));
        rows += n;
    };
    auto const wants = [&](ReplayOf of) {
        return what.rows.empty() ? of == ReplayOf::failed : std::ranges::find(what.rows, of) != what.rows.end();
    };
    if (wants(ReplayOf::failed)) add(ReplayOf::failed, row.failed);
    if (wants(ReplayOf::throttled)) add(ReplayOf::throttled, row.throttled);
    if (wants(ReplayOf::suppressed)) add(ReplayOf::suppressed, row.suppressed);
    if (wants(ReplayOf::undelivered))
        add(ReplayOf::undelivered, tx.one<std::int64_t>(sql::count_undelivered, id).value_or(0));
    if (rows == 0)
        return fail(ErrorKind::conflict, "nothing_to_replay", "No row of the job is in these states: " + states + ".");
    if (tx.changed(sql::begin_replay, id, row.state, step->to, act.now, act.actor.kind, act.actor.id, act.actor.name,
                   states, rows) != 1)
        return moved_on();
    return done(tx, act, *step, BulkVerb::replay, {{"states", states}, {"replayed", rows}});
}

Expected<BulkView> pace_bulk(store::Tx& tx, people::Act const& act, BulkId id, std::optional<std::int64_t> per_second) {
    auto const row = find_bulk_row(tx, id);
    if (!row || row->state == BulkState::receiving) return fail(no_such_bulk());
    if (per_second && (*per_second < 1 || *per_second > 100'000))
        return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                    {{"/rows_per_second", "must be from 1 to 100000", "leave it out for no limit"}});
    tx.exec(sql::set_pace, id, per_second, act.now);
    json::Object data;
    if (per_second) data["rows_per_second"] = *per_second;
    people::audit(tx, act, "bulk.paced", to_text(id), people::AuditOutcome::done, data);
    auto const now = find_bulk_row(tx, id);
    tell(tx, *now, "paced", act.now, act.actor, std::move(data));
    return view_of(*now, act.now);
}

Expected<BulkView> erase_bulk(store::Tx& tx, Desk const& desk, people::Act const& act, BulkId id) {
    auto const step = begin(tx, id, BulkVerb::erase, "erased");
    if (!step) return fail(step.error());
    if (!step->row.wrapped_key) return fail(bulk_erased());
    if (tx.changed(sql::erase_bulk, id, step->row.state, step->to, act.now) != 1) return moved_on();
    drop_pieces(tx, desk, id);
    return done(tx, act, *step, BulkVerb::erase);
}

}  // namespace rapport::notice
