// libical behind ical.hpp.
#include "conversation/sla/ical.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace rapport::conversation::sla {
namespace {

using namespace std::chrono;

constexpr int most_events = 5000, most_nested = 8, most_days_of_one = 31;
constexpr int most_steps = 4000, most_steps_in_all = 100'000;  // of repetitions
constexpr std::size_t most_name_octets = 800;                  // at most 200 characters
constexpr days reach{366 * 10};
constexpr std::size_t most_told = 20;

struct Freed {
    void operator()(icalcomponent* one) const { icalcomponent_free(one); }
    void operator()(icalrecur_iterator* one) const { icalrecur_iterator_free(one); }
};

std::unexpected<Error> unreadable(std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, "ical_syntax", "This is no calendar file that can be read.",
                {{"", std::move(rule), std::move(fix)}});
}

// What nests deeply would be freed by as deep a recursion.
Expected<> check_shape(std::string_view text) {
    int depth = 0, components = 0;
    bool is_calendar = false;
    for (std::size_t at = 0; at < text.size();) {
        auto const line = text.substr(at, text.find('\n', at) - at);
        at += line.size() + 1;
        auto const name = ascii_lower(trimmed(line.substr(0, 40)));
        if (name.starts_with("begin:")) {
            is_calendar = is_calendar || name == "begin:vcalendar";
            ++components;
            if (++depth > most_nested) return unreadable("parts must not nest so deeply", "export it again");
        }
        if (name.starts_with("end:")) --depth;
    }
    if (!is_calendar) return unreadable("must be an iCalendar (RFC 5545)", "export it as .ics");
    if (components > most_events)
        return unreadable("at most " + std::to_string(most_events) + " events", "export a shorter time");
    return {};
}

std::optional<Day> day_of(icaltimetype const& time) {
    year_month_day const ymd{year(time.year), month(static_cast<unsigned>(time.month)),
                             day(static_cast<unsigned>(time.day))};
    if (!ymd.ok() || time.year < 1970 || time.year > 2199) return std::nullopt;
    return Day{sys_days(ymd)};
}

// FREQ=YEARLY on the day that it begins with, for ever.
bool is_plainly_yearly(icalrecurrencetype const& rule, icaltimetype const& begins) {
    auto const only = [](short const* list, int wanted) {
        return list[0] == ICAL_RECURRENCE_ARRAY_MAX || (list[0] == wanted && list[1] == ICAL_RECURRENCE_ARRAY_MAX);
    };
    auto const none = [](short const* list) { return list[0] == ICAL_RECURRENCE_ARRAY_MAX; };
    return rule.freq == ICAL_YEARLY_RECURRENCE && rule.interval <= 1 && rule.count == 0 &&
           icaltime_is_null_time(rule.until) && only(rule.by_month, begins.month) &&
           only(rule.by_month_day, begins.day) && none(rule.by_day) && none(rule.by_year_day) &&
           none(rule.by_week_no) && none(rule.by_set_pos);
}

class Import {
  public:
    explicit Import(Day from) : from_(from) {}

    void take(icalcomponent* event) {
        auto const* summary = icalcomponent_get_summary(event);
        name_ = summary ? std::string(trimmed(summary)) : std::string();
        if (!is_plain_text(name_)) name_.clear();
        if (name_.size() > most_name_octets) name_.resize(most_name_octets);
        while (count_characters(name_) > 200) name_.pop_back();
        while (!name_.empty() && !is_plain_text(name_)) name_.pop_back();  // a character was cut
        if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED) return;
        if (icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY))
            return skip("changes one of a series: enter it by hand");
        auto const begins = icalcomponent_get_dtstart(event);
        auto const first = icaltime_is_null_time(begins) ? std::nullopt : day_of(begins);
        if (!first) return skip("has no day");
        if (!begins.is_date) return skip("is no whole day");
        // RFC 5545 §3.6.1: without an end it is one day; an end is not in it.
        int length = 1;
        if (auto const ends = icalcomponent_get_dtend(event); !icaltime_is_null_time(ends))
            if (auto const last = day_of(ends); last && *last > *first)
                length = static_cast<int>((last->value - first->value).count());
        if (length > most_days_of_one) return skip("is longer than a month");
        for (auto* p = icalcomponent_get_first_property(event, ICAL_EXDATE_PROPERTY); p;
             p = icalcomponent_get_next_property(event, ICAL_EXDATE_PROPERTY))
            if (auto const day = day_of(icalproperty_get_exdate(p))) left_out_.insert(*day);
        auto* const rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
        if (rule)
            repeat(icalproperty_get_rrule(rule), begins, length);
        else
            add(*first, length, false);
        left_out_.clear();
    }

    Holidays result() {
        for (auto& [day, one] : found_) out_.found.push_back(std::move(one));
        return std::move(out_);
    }

  private:
    void skip(std::string const& why) {
        if (out_.skipped.size() < most_told) out_.skipped.push_back((name_.empty() ? "An event" : name_) + ' ' + why);
    }

    void add(Day first, int length, bool yearly) {
        if (left_out_.contains(first)) return;
        for (int i = 0; i < length; ++i) {
            Day const day{first.value + days(i)};
            if (!yearly && day < from_) continue;
            if (found_.size() >= most_holidays) return;
            found_.try_emplace(day, Holiday{day, name_, yearly ? std::optional(true) : std::nullopt, {}});
        }
    }

    void repeat(icalrecurrencetype rule, icaltimetype begins, int length) {
        auto const first = *day_of(begins);
        if (left_out_.empty() && is_plainly_yearly(rule, begins)) return add(first, length, true);
        if (rule.freq == ICAL_NO_RECURRENCE || rule.freq < ICAL_DAILY_RECURRENCE)
            return skip("repeats in a way that days do not");
        std::unique_ptr<icalrecur_iterator, Freed> const each(icalrecur_iterator_new(rule, begins));
        if (!each) return skip("has a rule of repetition that cannot be read");
        Day const last{from_.value + reach};
        for (int step = 0; step < most_steps && found_.size() < most_holidays; ++step) {
            if (++steps_ > most_steps_in_all) return skip("repeats too often");
            auto const next = icalrecur_iterator_next(each.get());
            auto const day = icaltime_is_null_time(next) ? std::nullopt : day_of(next);
            if (!day || *day > last) return;
            add(*day, length, false);
        }
    }

    Day from_;
    int steps_ = 0;  // of all repetitions
    std::string name_;
    std::set<Day> left_out_;
    std::map<Day, Holiday> found_;
    Holidays out_;
};

void take_events(icalcomponent* from, Import& import) {
    for (auto* one = icalcomponent_get_first_component(from, ICAL_VEVENT_COMPONENT); one;
         one = icalcomponent_get_next_component(from, ICAL_VEVENT_COMPONENT))
        import.take(one);
}

}  // namespace

Expected<Holidays> holidays_from(std::string_view text, Day from) {
    if (text.size() > most_ical_octets)
        return fail(ErrorKind::too_large, "too_large", "The calendar file is too large.",
                    {{"", "at most 1 MiB", "export a shorter time"}});
    if (text.find('\0') != std::string_view::npos) return unreadable("must be text", "export it again");
    if (auto const good = check_shape(text); !good) return fail(good.error());
    std::unique_ptr<icalcomponent, Freed> const all(icalparser_parse_string(std::string(text).c_str()));
    if (!all) return unreadable("must be an iCalendar (RFC 5545)", "export it as .ics");
    Import import(from);
    take_events(all.get(), import);
    // Several calendars in one file stand below a common root.
    for (auto* one = icalcomponent_get_first_component(all.get(), ICAL_VCALENDAR_COMPONENT); one;
         one = icalcomponent_get_next_component(all.get(), ICAL_VCALENDAR_COMPONENT))
        take_events(one, import);
    return import.result();
}

}  // namespace rapport::conversation::sla
