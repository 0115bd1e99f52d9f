// Planning a batch and committing it: the one place where rows become notices.
#include "notice/bulk_batch.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/crypto.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

constexpr int rounds_by_name = 3;

std::int64_t key_number(std::string_view key) {
    auto const digest = sha256(key);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8 | digest.octets[i];
    return static_cast<std::int64_t>(number >> 1);
}

RowState row_state(State state) {
    switch (state) {
        case State::submitted:
            return RowState::submitted;
        case State::suppressed:
            return RowState::suppressed;
        case State::throttled:
            return RowState::throttled;
        case State::collected:
            return RowState::collected;
    }
    return RowState::failed;
}

bool counts(RowState state) { return state != RowState::failed && state != RowState::duplicate; }

// "/notices/12/data/amount" → 12, and "data/amount" is left.
std::optional<std::size_t> index_in(std::string_view& pointer) {
    constexpr std::string_view root = "/notices/";
    if (!pointer.starts_with(root)) return std::nullopt;
    auto const rest = pointer.substr(root.size());
    std::size_t index = 0;
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
    if (error != std::errc()) return std::nullopt;
    pointer = rest.substr(static_cast<std::size_t>(end - rest.data()));
    return index;
}

RowDetail duplicate_of(std::int64_t row) {
    return {"Has the same key as row " + std::to_string(row) + ".", {}, {}, row};
}

struct Planner {
    store::Reader& reader;
    Desk const& desk;
    BatchRequest const& request;
    Batch& batch;
    RowReader const& rows;
    std::optional<Error> broken;  // not a row's fault: later

    std::int64_t key_pass() const { return batch.pass == Pass::check ? batch.job.checks : 0; }
    void plan_all();
    void plan_some(std::vector<BatchRow*> const& some, int round);
    void take(std::vector<BatchRow*> const& some, std::shared_ptr<Plan const> plan);
    bool is_duplicate(BatchRow& row);
    static void fail_row(BatchRow& row, RowFault fault) {
        row.planned = false;
        row.state = RowState::failed;
        if (row.detail.faults.size() < 5) row.detail.faults.push_back(std::move(fault));
    }
};

void Planner::take(std::vector<BatchRow*> const& some, std::shared_ptr<Plan const> plan) {
    auto const made = outcomes(*plan);
    require(made.size() == some.size(), "each row makes one notice");
    for (std::size_t i = 0; i < some.size(); ++i) {
        some[i]->plan = batch.plans.size();
        some[i]->planned = true;
        some[i]->state = row_state(made[i].state);
        if (some[i]->state != RowState::submitted) some[i]->detail.reason = made[i].reason;
        if (some[i]->state == RowState::suppressed) some[i]->detail.decision = made[i].decision;
    }
    batch.plans.push_back(std::move(plan));
}

// A plan is made of all or of none: those that are named as wrong are left out, and where too many are, or none is
// named, each half is tried.
void Planner::plan_some(std::vector<BatchRow*> const& some, int round) {
    if (some.empty() || broken) return;
    Request wanted;
    wanted.actor = maker_of(batch.job);
    wanted.batch = true;
    wanted.bulk = true;
    wanted.origin = to_text(batch.job.id);
    for (auto const* row : some) wanted.notices.push_back(*row->made.notice);
    auto made = plan(reader, desk, wanted, request.now);
    if (made) return take(some, std::move(*made));
    auto const& error = made.error();
    if (error.kind == ErrorKind::unavailable || error.kind == ErrorKind::limited) {
        broken = error;
        return;
    }
    std::vector<BatchRow*> rest;
    if (round < rounds_by_name) {
        std::vector<bool> named(some.size(), false);
        for (auto const& field : error.fields) {
            std::string_view pointer = field.pointer;
            auto const index = index_in(pointer);
            if (!index || *index >= some.size()) continue;
            named[*index] = true;
            fail_row(*some[*index], {rows.field_of(pointer), field.rule, field.fix});
        }
        for (std::size_t i = 0; i < some.size(); ++i)
            if (!named[i]) rest.push_back(some[i]);
        if (rest.size() < some.size()) return plan_some(rest, round + 1);
    }
    if (some.size() == 1) {
        auto const& field = error.fields;
        std::string_view pointer = field.empty() ? std::string_view() : std::string_view(field.front().pointer);
        index_in(pointer);
        return fail_row(*some.front(), {rows.field_of(pointer), field.empty() ? error.text : field.front().rule,
                                        field.empty() ? "correct the row" : field.front().fix});
    }
    auto const half = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
    plan_some({some.begin(), half}, round);
    plan_some({half, some.end()}, round);
}

// An earlier row with this key counts already.
bool Planner::is_duplicate(BatchRow& row) {
    if (!row.made.key) return false;
    auto const number = key_number(*row.made.key);
    auto const owner = reader.one<std::int64_t>(sql::find_key, batch.job.id, key_pass(), number);
    if (!owner) {
        row.key = number;
        return false;
    }
    if (*owner == row.made.number) return false;  // a replay of a row that counted
    row.state = RowState::duplicate;
    row.detail = duplicate_of(*owner);
    return true;
}

void Planner::plan_all() {
    std::map<std::int64_t, BatchRow*> owners;
    std::vector<BatchRow*> first, later;
    for (auto& row : batch.rows) {
        if (!row.made.notice) {
            row.detail.faults = row.made.faults;
            continue;
        }
        if (is_duplicate(row)) continue;
        bool const is_first = !row.key || owners.try_emplace(*row.key, &row).second;
        (is_first ? first : later).push_back(&row);
    }
    plan_some(first, 0);
    // Rows whose key stood in this batch before: duplicates, unless the one before came to nothing.
    for (auto* row : later) {
        auto*& owner = owners.at(*row->key);
        if (counts(owner->state) && owner->planned) {
            row->state = RowState::duplicate;
            row->detail = duplicate_of(owner->made.number);
            row->key.reset();
            continue;
        }
        owner->key.reset();
        owner = row;
        plan_some({row}, 0);
    }
    for (auto& row : batch.rows)
        if (!counts(row.state)) row.key.reset();
}

std::optional<Pass> pass_of(BulkRow const& job) {
    if (job.state == BulkState::checking) return Pass::check;
    if (job.state != BulkState::running) return std::nullopt;
    return job.replay ? Pass::replay : Pass::run;
}

// The rows that a replay still has to do, in their order.
std::vector<StoredRow> rows_to_replay(store::Reader& reader, BulkRow const& job, std::size_t most) {
    std::vector<StoredRow> rows;
    auto const wants = [&](std::string_view state) { return job.replay->find(state) != std::string::npos; };
    auto const add = [&](std::vector<StoredRow> some) { std::ranges::move(some, std::back_inserter(rows)); };
    auto const in = [&](RowState state) {
        return reader.all<StoredRow>(sql::rows_in_state, job.id, state, job.replay_mark, most);
    };
    if (wants("failed")) add(in(RowState::failed));
    if (wants("throttled")) add(in(RowState::throttled));
    if (wants("suppressed")) add(in(RowState::suppressed));
    if (wants("undelivered")) add(reader.all<StoredRow>(sql::rows_undelivered, job.id, job.replay_mark, most));
    std::ranges::sort(rows, {}, &StoredRow::row_number);
    if (rows.size() > most) rows.resize(most);
    return rows;
}

struct Deltas {
    std::int64_t of[6] = {};
    void add(RowState state, std::int64_t n) { of[static_cast<std::size_t>(state)] += n; }
};

std::optional<json::Object> detail_of(BatchRow const& row) {
    if (!row.detail.reason && row.detail.faults.empty()) return std::nullopt;
    return json::parse(json::encode(row.detail))->get_object();
}

// What the job needs besides its file: somebody may have changed the kind since it was mapped.
Expected<RowReader> reader_of(store::Reader& reader, BulkRow const& job) {
    auto const kind = find_kind(reader, job.kind);
    if (!kind || kind->retired_at)
        return fail(ErrorKind::conflict, "kind_retired",
                    "The kind of notice is retired: nothing is sent with it. Bring it back, then resume the job.");
    auto const mapping = mapping_of(job);
    auto made = mapping ? RowReader::make(*mapping, columns_of(job), job.format, *kind)
                        : Expected<RowReader>(fail(ErrorKind::conflict, "mapping_unfit", ""));
    if (!made)
        return fail(ErrorKind::conflict, "mapping_unfit",
                    "The mapping does not fit the kind of notice any more: map the columns anew, then resume the job.",
                    made.error().fields);
    return made;
}

}  // namespace

Expected<std::optional<Batch>> plan_batch(store::Reader& reader, Desk const& desk, BulkRow job,
                                          BatchRequest const& request, std::shared_ptr<Piece const>& piece) {
    auto const pass = pass_of(job);
    if (!pass) return std::nullopt;
    if (job.worker && *job.worker != request.worker && job.lease_until && *job.lease_until > request.now)
        return std::nullopt;
    auto const rows = reader_of(reader, job);
    if (!rows) return fail(rows.error());
    Batch batch;
    batch.pass = *pass;
    batch.at = request.now;
    auto const read = [&](std::int64_t number) -> Expected<BatchRow*> {
        if (!piece || number < piece->first() || number >= piece->end()) {
            auto opened = Piece::open(reader, desk, job, number);
            if (!opened) return fail(opened.error());
            piece = std::move(*opened);
        }
        auto& row = batch.rows.emplace_back();
        row.made = rows->read(reader, piece->at(number));
        return &row;
    };
    if (*pass == Pass::replay) {
        auto const stored = rows_to_replay(reader, job, request.most);
        for (auto const& one : stored) {
            auto const row = read(one.row_number);
            if (!row) return fail(row.error());
            (*row)->before = one.state;
        }
        batch.mark = stored.size() < request.most ? job.rows : stored.back().row_number;
    } else {
        auto const from = *pass == Pass::check ? job.check_mark : job.mark;
        auto const last = std::min(job.rows, from + static_cast<std::int64_t>(request.most));
        for (auto number = from + 1; number <= last; ++number)
            if (auto const row = read(number); !row) return fail(row.error());
        batch.mark = last;
    }
    bool const ends = batch.mark >= job.rows;
    batch.to = !ends ? job.state : *pass == Pass::check ? BulkState::checked : BulkState::done;
    batch.job = std::move(job);
    Planner planner{reader, desk, request, batch, *rows, {}};
    planner.plan_all();
    if (planner.broken) return fail(*planner.broken);
    return batch;
}

Expected<> commit_batch(store::Tx& tx, Desk const& desk, BulkSettings const& settings, BatchRequest const& request,
                        Batch const& batch, bool tell_progress) {
    auto const& job = batch.job;
    Deltas sums;
    for (auto const& row : batch.rows) {
        sums.add(row.state, 1);
        if (row.before) sums.add(*row.before, -1);
    }
    auto const& n = sums.of;
    auto const until = request.now + settings.lease;
    auto const replayed = static_cast<std::int64_t>(batch.rows.size());
    auto const changed = batch.pass == Pass::check
                             ? tx.changed(sql::advance_check, job.id, job.check_mark, batch.mark, n[0], n[1], n[2],
                                          n[3], n[4], n[5], request.worker, until, batch.to, request.now, job.checks)
                         : batch.pass == Pass::run
                             ? tx.changed(sql::advance_run, job.id, job.mark, batch.mark, n[0], n[1], n[2], n[3], n[4],
                                          n[5], request.worker, until, batch.to, request.now)
                             : tx.changed(sql::advance_replay, job.id, job.replay_mark, batch.mark, n[0], n[1], n[2],
                                          n[3], n[4], n[5], request.worker, until, batch.to, request.now, replayed);
    if (changed != 1) return fail(ErrorKind::conflict, "bulk_moved", "The job has moved on in the meantime.");
    bool const is_check = batch.pass == Pass::check;
    std::vector<std::vector<NoticeView>> made;
    if (!is_check)
        for (auto const& plan : batch.plans) {
            auto views = commit(tx, desk, *plan);
            if (!views) return fail(views.error());
            made.push_back(std::move(*views));
        }
    std::vector<std::size_t> next(made.size(), 0);
    auto findings = job.check_failed + job.check_duplicate;
    for (auto const& row : batch.rows) {
        std::optional<NoticeId> notice;
        std::optional<DeliveryId> delivery;
        if (row.planned && !is_check) {
            auto const& view = made.at(row.plan).at(next[row.plan]++);
            notice = view.id;
            if (view.delivery) delivery = view.delivery->id;
        }
        if (row.key) tx.exec(sql::insert_key, job.id, is_check ? job.checks : 0, *row.key, row.made.number);
        if (is_check && (counts(row.state) || ++findings > static_cast<std::int64_t>(settings.most_check_findings)))
            continue;
        auto const detail = detail_of(row);
        if (batch.pass == Pass::replay)
            tx.exec(sql::change_row, job.id, row.made.number, row.state, row.made.reference, notice, delivery, detail);
        else
            tx.exec(sql::insert_row, job.id, row.made.number, row.made.line, row.state, row.made.reference, notice,
                    delivery, detail);
    }
    bool const ends = batch.to != job.state;
    if (ends || tell_progress)
        tell(tx, job,
             !ends      ? "progressed"
             : is_check ? "checked"
                        : "finished",
             request.now, Actor{}, {{"processed", batch.mark}, {"state", json::enum_name(batch.to)}});
    return {};
}

}  // namespace rapport::notice
