// Business calendars as rows.
#include <algorithm>

#include "base/text.hpp"
#include "conversation/sla/verbs.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation::sla {
namespace {

Expected<Hours> sound(Hours hours) {
    auto faults = faults_of(hours, "");
    if (!faults.empty())
        return fail(ErrorKind::invalid, "invalid_fields", "The calendar is not right; see fields.", std::move(faults));
    return tidied(std::move(hours));
}

Expected<> check_name(store::Tx& tx, CalendarId id, std::string_view name) {
    auto const other = tx.one<CalendarId>(sql::calendar_of_name, ascii_lower(trimmed(name)));
    if (!other || *other == id) return {};
    return fail(ErrorKind::conflict, "calendar_exists", "There is a calendar of this name already.",
                {{"/name", "must be unique", "take another name"}});
}

CalendarView view_of(CalendarRow const& row, Time now) {
    auto hours = hours_of(row);
    Calendar const calendar(hours);
    CalendarView view;
    view.id = row.id;
    view.name = row.name;
    view.open_now = calendar.is_open(now);
    if (!view.open_now) view.opens_at = calendar.next_opening(now);
    view.zone = std::move(hours.zone);
    view.week = std::move(hours.week);
    view.holidays = std::move(hours.holidays);
    view.retired = row.retired_at.has_value();
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

std::unexpected<Error> no_such_calendar() {
    return fail(ErrorKind::not_found, "not_found", "There is no such calendar.");
}

Expected<CalendarRow> locked(store::Tx& tx, CalendarId id) {
    lock_thing(tx, id.value);
    auto row = find_calendar_row(tx, id);
    if (!row) return no_such_calendar();
    return std::move(*row);
}

CalendarView keep(store::Tx& tx, Act const& act, CalendarRow const& row, Hours const& hours) {
    tx.exec(sql::change_calendar, row.id, trimmed(row.name), ascii_lower(trimmed(row.name)), json::encode(hours),
            act.now, row.retired_at);
    for (auto const policy : tx.all<PolicyId>(sql::policies_of_calendar, row.id)) renew_terms(tx, policy, act.now);
    tell_of(tx, act, "sla.calendar_changed", to_text(row.id));
    return view_of(*find_calendar_row(tx, row.id), act.now);
}

}  // namespace

void tell_of(store::Tx& tx, Act const& act, std::string_view verb, std::string const& subject) {
    tx.publish({.at = act.now,
                .kind = std::string(verb),
                .subject = subject,
                .actor_kind = act.actor.kind,
                .actor_id = act.actor.id});
    people::audit(tx, act, verb, subject);
}

std::optional<CalendarRow> find_calendar_row(store::Reader& reader, CalendarId id) {
    return reader.one<CalendarRow>(sql::find_calendar, id);
}

Hours hours_of(CalendarRow const& row) {
    auto hours = json::decode_value<Hours>(json::Value(row.hours));
    require(hours.has_value(), "a calendar's row holds hours");
    return std::move(*hours);
}

Expected<CalendarView> create_calendar(store::Tx& tx, Act const& act, NewCalendar const& wanted) {
    auto const hours = sound({wanted.zone, wanted.week, wanted.holidays});
    if (!hours) return fail(hours.error());
    if (auto const free = check_name(tx, {}, wanted.name.value); !free) return fail(free.error());
    if (tx.one<std::int64_t>(sql::count_calendars).value_or(0) >= static_cast<std::int64_t>(most_calendars))
        return fail(ErrorKind::conflict, "too_many_calendars", "There are too many calendars already.");
    auto const id = tx.new_id<CalendarId>();
    tx.exec(sql::insert_calendar, id, trimmed(wanted.name.value), ascii_lower(trimmed(wanted.name.value)),
            json::encode(*hours), act.now);
    tell_of(tx, act, "sla.calendar_created", to_text(id));
    return view_of(*find_calendar_row(tx, id), act.now);
}

Expected<CalendarView> change_calendar(store::Tx& tx, Act const& act, CalendarId id, CalendarChange const& change) {
    auto found = locked(tx, id);
    if (!found) return fail(found.error());
    auto row = std::move(*found);
    auto hours = hours_of(row);
    if (change.zone) hours.zone = *change.zone;
    if (change.week) hours.week = *change.week;
    if (change.holidays) hours.holidays = *change.holidays;
    auto const good = sound(std::move(hours));
    if (!good) return fail(good.error());
    if (change.name) row.name = change.name->value;
    if (change.retired)
        row.retired_at = *change.retired ? std::optional(row.retired_at.value_or(act.now)) : std::nullopt;
    if (row.retired_at && !tx.all<PolicyId>(sql::policies_of_calendar, id).empty())
        return fail(ErrorKind::conflict, "calendar_in_use", "A policy counts with this calendar.",
                    {{"/retired", "must be used by no policy", "give the policies another calendar first"}});
    if (!row.retired_at)
        if (auto const free = check_name(tx, id, row.name); !free) return fail(free.error());
    return keep(tx, act, row, *good);
}

Expected<HolidayImport> import_holidays(store::Tx& tx, Act const& act, CalendarId id, Holidays const& read) {
    auto const row = locked(tx, id);
    if (!row) return fail(row.error());
    auto hours = hours_of(*row);
    HolidayImport out;
    for (auto const& one : read.found) {
        auto const present = std::ranges::find(hours.holidays, one.date, &Holiday::date);
        if (present == hours.holidays.end()) {
            hours.holidays.push_back(one);
            ++out.added;
        } else if (present->name != one.name || present->yearly != one.yearly) {
            present->name = one.name;
            present->yearly = one.yearly;
            ++out.changed;
        }
    }
    auto const good = sound(std::move(hours));
    if (!good) return fail(good.error());
    out.calendar = keep(tx, act, *row, *good);
    out.skipped = read.skipped;
    return out;
}

Expected<CalendarView> find_calendar(store::Reader& reader, CalendarId id, Time now) {
    auto const row = find_calendar_row(reader, id);
    if (!row) return no_such_calendar();
    return view_of(*row, now);
}

std::vector<CalendarView> list_calendars(store::Reader& reader, Time now) {
    std::vector<CalendarView> out;
    for (auto const& row : reader.all<CalendarRow>(sql::list_calendars)) out.push_back(view_of(row, now));
    return out;
}

}  // namespace rapport::conversation::sla
