// Schedules: making, looking, pausing, and when they run next.
#include "notice/schedule_row.hpp"

#include <algorithm>
#include <limits>

#include "base/crypto.hpp"
#include "notice/bulk_job.hpp"
#include "notice/row_codes.hpp"
#include "notice/rrule.hpp"
#include "notice/sql.hpp"
#include "store/keyring.hpp"

namespace rapport::notice {
namespace {

constexpr Duration most_ahead = std::chrono::hours(24 * 366 * 5);
constexpr std::size_t most_preview = 100;

Error no_such_schedule() { return {ErrorKind::not_found, "not_found", "There is no such schedule.", {}, 0}; }
std::string bound_to(ScheduleId id) { return "notice.schedule " + to_text(id); }

Expected<> wrong(std::vector<FieldError> faults) {
    if (faults.empty()) return {};
    return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                std::move(faults));
}

Rule rule_from(Recurrence const& wanted, Desk const& desk, std::vector<FieldError>& faults, std::string const& at) {
    Rule rule{
        wanted.rule.value, wanted.zone ? wanted.zone->value : desk.settings.zone, {}, wanted.gap.value_or(Gap::later)};
    if (auto fault = rule_fault(rule.text, at + "/rule")) faults.push_back(std::move(*fault));
    if (!is_zone(rule.zone))
        faults.push_back({at + "/zone", "must be a time zone like Europe/Rome", "use a name of the IANA database"});
    if (auto const begins = local_from_text(wanted.begins.value))
        rule.begins = *begins;
    else
        faults.push_back(
            {at + "/begins", "must be a local date and time like 2026-12-01T09:00", "leave offset and Z out"});
    return rule;
}

ScheduleView view_of(ScheduleRow const& row) {
    ScheduleView view;
    view.id = row.id;
    view.name = row.name;
    view.state = row.state;
    view.kind = row.kind;
    view.recipients = row.recipients;
    view.bulk = row.bulk;
    view.at = row.at;
    if (row.rule)
        view.recurrence =
            Recurrence{{*row.rule}, {row.begins.value_or("")}, Text<1, 64>{row.zone.value_or("UTC")}, row.gap};
    view.next_at = row.next_at;
    view.runs = row.runs;
    view.made_by = {std::string(json::enum_name(row.maker_kind)), row.maker_name};
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

Occurrences shown(std::vector<Instance> const& all, std::string const& zone, Gap gap, std::size_t limit) {
    Occurrences out;
    out.ends = all.size() < limit;
    for (auto const& one : all) {
        auto& item = out.items.emplace_back(Occurrence{one.at, local_text(one.at, zone), {}});
        bool const moved = one.is == Resolved::Is::in_gap && gap == Gap::later;
        if (!moved && one.is != Resolved::Is::twice) continue;
        item.clocks = moved ? ClockChange::forward : ClockChange::back;
        item.wanted = text_of(one.local);
        item.note =
            *item.wanted + (moved ? " does not exist on this day: clocks are put forward. It runs as much later."
                                  : " exists twice on this day: clocks are put back. It runs the first time.");
    }
    return out;
}

// What a run would refuse is refused now, as far as it can be told.
void check_notice(store::Tx& tx, Desk const& desk, people::Act const& act, NewNotice const& notice,
                  std::vector<FieldError>& faults) {
    auto const add = [&](std::string at, std::string rule, std::string fix) {
        faults.push_back({"/notice" + at, std::move(rule), std::move(fix)});
    };
    if (notice.send_at) add("/send_at", "must be absent: the schedule says when", "remove it");
    if (notice.accept_until)
        add("/accept_until", "must be absent: the days to accept begin with each run", "remove it");
    for (std::size_t i = 0; i < notice.files.size(); ++i)
        if (notice.files[i].file)
            add("/files/" + std::to_string(i) + "/file", "must be given as data: uploads do not wait for a schedule",
                "send name, media_type and data");
    if (!faults.empty()) return;
    Request request;
    request.actor = act.actor;
    request.notices = {notice};
    auto const planned = plan(tx, desk, request, act.now);
    if (planned) return;
    for (auto const& field : planned.error().fields)
        faults.push_back({"/notice" + field.pointer, field.rule, field.fix});
    if (planned.error().fields.empty()) add("", planned.error().text, "correct it");
}

void tell(store::Tx& tx, people::Act const& act, ScheduleRow const& row, std::string_view what) {
    json::Object const data{{"name", row.name}, {"kind", row.kind}};
    people::audit(tx, act, what, to_text(row.id), people::AuditOutcome::done, data);
    tx.publish({.at = act.now,
                .kind = std::string(what),
                .subject = to_text(row.id),
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id,
                .data = data});
}

Expected<ScheduleRow> changeable(store::Reader& reader, ScheduleId id, ScheduleState from, std::string_view verb) {
    auto row = reader.one<ScheduleRow>(sql::find_schedule, id);
    if (!row || row->state == ScheduleState::deleted) return fail(no_such_schedule());
    if (row->state == from) return std::move(*row);
    return fail(
        ErrorKind::conflict, "schedule_state",
        "A schedule that is " + std::string(json::enum_name(row->state)) + " cannot be " + std::string(verb) + ".");
}

}  // namespace

std::optional<Rule> rule_of(ScheduleRow const& row) {
    if (!row.rule) return std::nullopt;
    auto const begins = local_from_text(row.begins.value_or(""));
    if (!begins) return std::nullopt;
    return Rule{*row.rule, row.zone.value_or("UTC"), *begins, row.gap.value_or(Gap::later)};
}

std::vector<Instance> instances(Rule const& rule, Time after, std::size_t most) {
    // A local time may be moved by its gap, or stand twice: look a day back, and drop what has passed.
    auto const from = std::max(days_later(local_of(after, rule.zone), -1), rule.begins);
    std::vector<Instance> found;
    for (std::size_t asked = most + 50;; asked *= 2) {
        auto const locals = occurrences(rule.text, rule.begins, from, asked);
        found.clear();
        for (auto const& local : locals) {
            auto const resolved = resolve(local, rule.zone);
            bool const skipped = resolved.is == Resolved::Is::in_gap && rule.gap == Gap::skip;
            bool const again = !found.empty() && resolved.at <= found.back().at;  // moved onto the one before
            if (skipped || again || resolved.at <= after) continue;
            found.push_back({resolved.at, resolved.is, local});
            if (found.size() == most) return found;
        }
        if (locals.size() < asked || asked > 10'000) return found;
    }
}

std::optional<Time> next_run(ScheduleRow const& row, Time after) {
    if (row.at) return *row.at > after ? row.at : std::nullopt;
    auto const rule = rule_of(row);
    if (!rule) return std::nullopt;
    auto const next = instances(*rule, after, 1);
    return next.empty() ? std::nullopt : std::optional(next.front().at);
}

Expected<NewNotice> notice_of(Desk const& desk, ScheduleRow const& row) {
    if (!row.wrapped_key || !row.notice) return fail(no_such_schedule());
    auto const key = desk.office.keyring.unwrap(row.wrapped_key->bytes);
    if (!key) return fail(key.error());
    auto const plain = open(*key, row.notice->bytes, bound_to(row.id));
    if (!plain) return fail(plain.error());
    return json::decode<NewNotice>(*plain);
}

Expected<ScheduleView> create_schedule(store::Tx& tx, Desk const& desk, people::Act const& act,
                                       NewSchedule const& wanted) {
    std::vector<FieldError> faults;
    ScheduleRow row;
    row.id = tx.new_id<ScheduleId>();
    row.name = wanted.name.value;
    row.maker_kind = act.actor.kind;
    row.maker_id = act.actor.id;
    row.maker_name = act.actor.name;
    row.created_at = row.changed_at = act.now;
    if (wanted.notice.has_value() == wanted.bulk.has_value())
        faults.push_back({"/notice", "must be given, or a bulk job, not both", "say what is sent"});
    if (wanted.at.has_value() == wanted.recurrence.has_value())
        faults.push_back({"/at", "must be given, or a recurrence, not both", "say when"});
    if (wanted.at && (*wanted.at <= act.now || *wanted.at > act.now + most_ahead))
        faults.push_back({"/at", "must lie ahead, at most five years", "choose a later instant"});
    row.at = wanted.at;
    if (wanted.recurrence) {
        auto const rule = rule_from(*wanted.recurrence, desk, faults, "/recurrence");
        row.rule = rule.text;
        row.begins = text_of(rule.begins);
        row.zone = rule.zone;
        row.gap = rule.gap;
        if (wanted.bulk) faults.push_back({"/recurrence", "stands with a notice only: a job runs once", "give `at`"});
    }
    if (wanted.bulk) {
        auto const job = find_bulk_row(tx, *wanted.bulk);
        if (!job || (job->state != BulkState::uploaded && job->state != BulkState::checked) || !job->mapping)
            faults.push_back(
                {"/bulk", "must be a job that is mapped and not started", "upload and map the file first"});
        else
            row.kind = job->kind;
        row.bulk = wanted.bulk;
    }
    if (wanted.notice && faults.empty()) {
        row.kind = wanted.notice->kind.value;
        row.recipients = static_cast<std::int64_t>(wanted.notice->recipients.size());
        check_notice(tx, desk, act, *wanted.notice, faults);
        auto const key = random_key();
        row.notice = store::Blob{seal(key, json::encode(*wanted.notice), bound_to(row.id))};
        row.wrapped_key = store::Blob{desk.office.keyring.wrap(key)};
    }
    if (faults.empty()) row.next_at = next_run(row, act.now);
    if (faults.empty() && !row.next_at)
        faults.push_back(
            {"/recurrence/rule", "must have a run that lies ahead", "correct the rule, or when it begins"});
    if (auto const good = wrong(std::move(faults)); !good) return fail(good.error());
    tx.exec(sql::insert_schedule, row.id, row.name, row.kind, row.recipients, row.notice, row.wrapped_key, row.bulk,
            row.at, row.rule, row.begins, row.zone, row.gap, row.next_at, row.maker_kind, row.maker_id, row.maker_name,
            row.created_at);
    tell(tx, act, row, "schedule.created");
    return view_of(row);
}

Expected<ScheduleView> pause_schedule(store::Tx& tx, Desk const&, people::Act const& act, ScheduleId id) {
    auto row = changeable(tx, id, ScheduleState::active, "paused");
    if (!row) return fail(row.error());
    row->state = ScheduleState::paused;
    row->next_at.reset();
    tx.exec(sql::move_schedule, id, row->state, row->next_at, act.now);
    tell(tx, act, *row, "schedule.paused");
    return view_of(*row);
}

Expected<ScheduleView> resume_schedule(store::Tx& tx, Desk const&, people::Act const& act, ScheduleId id) {
    auto row = changeable(tx, id, ScheduleState::paused, "resumed");
    if (!row) return fail(row.error());
    row->next_at = next_run(*row, act.now);
    row->state = row->next_at ? ScheduleState::active : ScheduleState::ended;
    tx.exec(sql::move_schedule, id, row->state, row->next_at, act.now);
    tell(tx, act, *row, "schedule.resumed");
    return view_of(*row);
}

Expected<> delete_schedule(store::Tx& tx, people::Act const& act, ScheduleId id) {
    auto const row = tx.one<ScheduleRow>(sql::find_schedule, id);
    if (!row || row->state == ScheduleState::deleted) return fail(no_such_schedule());
    tx.exec(sql::delete_schedule, id, act.now);
    tell(tx, act, *row, "schedule.deleted");
    return {};
}

Expected<SchedulePage> list_schedules(store::Reader& reader, std::string_view after, std::size_t limit) {
    ScheduleId below{std::numeric_limits<std::int64_t>::max()};
    if (!after.empty() && !from_text(after, below))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    limit = std::clamp<std::size_t>(limit, 1, 200);
    auto rows = reader.all<ScheduleRow>(sql::list_schedules, below, limit + 1);
    SchedulePage page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = to_text(rows.back().id);
    }
    for (auto const& row : rows) page.items.push_back(view_of(row));
    return page;
}

Expected<ScheduleView> find_schedule(store::Reader& reader, Desk const& desk, ScheduleId id) {
    auto const row = reader.one<ScheduleRow>(sql::find_schedule, id);
    if (!row || row->state == ScheduleState::deleted) return fail(no_such_schedule());
    auto view = view_of(*row);
    if (row->bulk) return view;
    auto notice = notice_of(desk, *row);
    if (!notice) return fail(notice.error());
    view.notice = std::move(*notice);
    return view;
}

struct RunRow {
    Time due_at{}, at{};
    RunResult result{};
    std::int64_t notices = 0, suppressed = 0;
    std::optional<json::Object> detail;
};
BOOST_DESCRIBE_STRUCT(RunRow, (), (due_at, at, result, notices, suppressed, detail))

Expected<ScheduleRunPage> schedule_runs(store::Reader& reader, ScheduleId id, std::string_view after,
                                        std::size_t limit) {
    auto const before = after.empty() ? std::optional(time_from_micros(std::numeric_limits<std::int64_t>::max()))
                                      : time_from_text(after);
    if (!before)
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    if (!reader.one<ScheduleRow>(sql::find_schedule, id)) return fail(no_such_schedule());
    limit = std::clamp<std::size_t>(limit, 1, 200);
    auto rows = reader.all<RunRow>(sql::schedule_runs, id, *before, limit + 1);
    ScheduleRunPage page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = to_text(rows.back().due_at);
    }
    for (auto const& row : rows) {
        auto& view = page.items.emplace_back(
            ScheduleRunView{row.due_at, row.at, row.result, row.notices, row.suppressed, {}, {}});
        if (!row.detail) continue;
        if (auto detail = json::decode_value<RowDetail>(json::Value(*row.detail))) {
            view.reason = std::move(detail->reason);
            view.faults = std::move(detail->faults);
            add_codes(view.faults);
        }
    }
    return page;
}

Expected<Occurrences> next_runs(store::Reader& reader, Desk const& desk, ScheduleId id, Time now, std::size_t limit) {
    auto const row = reader.one<ScheduleRow>(sql::find_schedule, id);
    if (!row || row->state == ScheduleState::deleted) return fail(no_such_schedule());
    limit = std::clamp<std::size_t>(limit, 1, most_preview);
    if (auto const rule = rule_of(*row)) return shown(instances(*rule, now, limit), rule->zone, rule->gap, limit);
    std::vector<Instance> once;
    if (row->at && *row->at > now) once.push_back({*row->at, Resolved::Is::plain, {}});
    return shown(once, desk.settings.zone, Gap::later, limit + 1);
}

Expected<Occurrences> preview_recurrence(Desk const& desk, Recurrence const& wanted, Time now, std::size_t limit) {
    std::vector<FieldError> faults;
    auto const rule = rule_from(wanted, desk, faults, "");
    if (auto const good = wrong(std::move(faults)); !good) return fail(good.error());
    limit = std::clamp<std::size_t>(limit, 1, most_preview);
    return shown(instances(rule, now, limit), rule.zone, rule.gap, limit);
}

}  // namespace rapport::notice
