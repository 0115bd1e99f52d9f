// Arithmetic over business hours.
#include "conversation/sla/calendar.hpp"

#include <algorithm>
#include <cstdio>

#include "templates/templates.hpp"

namespace rapport::conversation::sla {
namespace {

using namespace std::chrono;

constexpr int day_minutes = 24 * 60;
constexpr std::size_t most_findings = 20;

bool digits_at(std::string_view text, std::size_t at, std::size_t n, int& out) {
    out = 0;
    for (auto i = at; i < at + n; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        out = out * 10 + (text[i] - '0');
    }
    return true;
}

unsigned month_and_day(sys_days day) {
    year_month_day const ymd(day);
    return static_cast<unsigned>(ymd.month()) * 100 + static_cast<unsigned>(ymd.day());
}

constexpr std::pair<std::string_view, std::vector<Interval> Week::*> weekdays[] = {
    {"monday", &Week::monday},     {"tuesday", &Week::tuesday}, {"wednesday", &Week::wednesday},
    {"thursday", &Week::thursday}, {"friday", &Week::friday},   {"saturday", &Week::saturday},
    {"sunday", &Week::sunday}};

void check_intervals(std::vector<Interval> const& list, std::string const& at, std::vector<FieldError>& out) {
    if (list.size() > most_intervals)
        out.push_back({at, "at most " + std::to_string(most_intervals) + " intervals a day", "leave some out"});
    auto sorted = list;
    std::ranges::sort(sorted, {}, &Interval::from);
    for (std::size_t i = 0; i < list.size(); ++i)
        if (list[i].from >= list[i].to)
            out.push_back({at + '/' + std::to_string(i), "must end after it begins",
                           "what goes past midnight is two intervals: until 24:00, and from 00:00 of the next day"});
    for (std::size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i].from < sorted[i - 1].to)
            out.push_back({at, "intervals of a day must not overlap",
                           "correct " + to_text(sorted[i].from) + "–" + to_text(sorted[i].to)});
}

void tidy(std::vector<Interval>& list) {
    std::ranges::sort(list, {}, &Interval::from);
    std::vector<Interval> out;
    for (auto const& one : list) {
        if (!out.empty() && out.back().to == one.from)
            out.back().to = one.to;
        else
            out.push_back(one);
    }
    list = std::move(out);
}

}  // namespace

bool from_text(std::string_view text, Day& day) {
    int y = 0, m = 0, d = 0;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !digits_at(text, 0, 4, y) ||
        !digits_at(text, 5, 2, m) || !digits_at(text, 8, 2, d))
        return false;
    year_month_day const ymd{year(y), month(static_cast<unsigned>(m)), std::chrono::day(static_cast<unsigned>(d))};
    if (!ymd.ok() || y < 1970 || y > 2199) return false;
    day.value = sys_days(ymd);
    return true;
}
std::string to_text(Day day) {
    year_month_day const ymd(day.value);
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                  static_cast<unsigned>(ymd.day()));
    return text;
}

bool from_text(std::string_view text, TimeOfDay& time) {
    int h = 0, m = 0;
    if (text.size() != 5 || text[2] != ':' || !digits_at(text, 0, 2, h) || !digits_at(text, 3, 2, m)) return false;
    if (m > 59 || h * 60 + m > day_minutes) return false;
    time.minute = h * 60 + m;
    return true;
}
std::string to_text(TimeOfDay time) {
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d", time.minute / 60, time.minute % 60);
    return text;
}

std::vector<FieldError> faults_of(Hours const& hours, std::string const& at) {
    std::vector<FieldError> out;
    if (!templates::is_time_zone(hours.zone))
        out.push_back({at + "/zone", "must be a time zone of the IANA database", "write it like Europe/Rome, or UTC"});
    for (auto const& [name, intervals] : weekdays)
        check_intervals(hours.week.*intervals, at + "/week/" + std::string(name), out);
    if (hours.holidays.size() > most_holidays)
        out.push_back({at + "/holidays", "at most " + std::to_string(most_holidays), "leave out those that are past"});
    std::map<Day, std::size_t> seen;
    for (std::size_t i = 0; i < hours.holidays.size() && out.size() < most_findings; ++i) {
        auto const& one = hours.holidays[i];
        auto const pointer = at + "/holidays/" + std::to_string(i);
        check_intervals(one.open, pointer + "/open", out);
        if (count_characters(one.name) > 200 || !is_plain_text(one.name))
            out.push_back({pointer + "/name", "at most 200 characters of plain text", "shorten it"});
        if (auto const [found, is_new] = seen.emplace(one.date, i); !is_new)
            out.push_back({pointer + "/date", "each day once", "there is " + to_text(one.date) + " already"});
    }
    if (out.size() > most_findings) out.resize(most_findings);
    return out;
}

Hours tidied(Hours hours) {
    for (auto const& [name, intervals] : weekdays) tidy(hours.week.*intervals);
    for (auto& one : hours.holidays) {
        tidy(one.open);
        if (one.yearly && !*one.yearly) one.yearly.reset();
    }
    std::ranges::sort(hours.holidays, {}, &Holiday::date);
    return hours;
}

Calendar::Calendar() = default;

Calendar::Calendar(Hours const& given) : offsets_(templates::Offsets::of(given.zone)) {
    auto const hours = tidied(given);
    for (std::size_t i = 0; i < 7; ++i) week_[i] = hours.week.*weekdays[i].second;
    for (auto const& one : hours.holidays) {
        if (one.yearly)
            yearly_[month_and_day(one.date.value)] = one.open;
        else
            days_[one.date.value] = one.open;
    }
}

std::vector<Interval> const& Calendar::intervals_of(sys_days day) const {
    if (auto const found = days_.find(day); found != days_.end()) return found->second;
    if (!yearly_.empty())
        if (auto const found = yearly_.find(month_and_day(day)); found != yearly_.end()) return found->second;
    return week_[weekday(day).iso_encoding() - 1];
}

// Stretch by stretch of one offset, in each of them day by day.
void Calendar::each_open(Time from, Time to, Take const& take) const {
    if (!offsets_) {
        if (from < to) take({from, to});
        return;
    }
    for (auto at = from; at < to;) {
        auto const& stretch = offsets_->at(at);
        auto const end = std::min(to, stretch.ends);
        auto const local_from = at + stretch.ahead, local_to = end + stretch.ahead;
        for (auto day = floor<days>(local_from); day < local_to; day += days(1))
            for (auto const& one : intervals_of(day)) {
                auto const begins = std::max<Time>(local_from, day + minutes(one.from.minute));
                auto const ends = std::min<Time>(local_to, day + minutes(one.to.minute));
                if (begins < ends && !take({begins - stretch.ahead, ends - stretch.ahead})) return;
            }
        at = end;
    }
}

bool Calendar::is_open(Time at) const { return open_time(at, at + Duration(1)) > Duration::zero(); }

std::optional<Time> Calendar::next_opening(Time at) const {
    std::optional<Time> found;
    each_open(at, at + horizon, [&](Span const& span) {
        found = span.from;
        return false;
    });
    return found;
}

Duration Calendar::open_time(Time from, Time to) const {
    Duration sum{};
    each_open(from, to, [&](Span const& span) {
        sum += span.to - span.from;
        return true;
    });
    return sum;
}

std::optional<Time> Calendar::add_open_time(Time from, Duration wanted) const {
    if (wanted <= Duration::zero()) return from;
    std::optional<Time> found;
    auto latest = from;  // the horizon begins anew with every opening
    auto const most = from + 20 * horizon;
    each_open(from, most, [&](Span const& span) {
        if (span.from > latest + horizon) return false;
        latest = span.to;
        if (span.to - span.from >= wanted) {
            found = span.from + wanted;
            return false;
        }
        wanted -= span.to - span.from;
        return true;
    });
    return found;
}

std::vector<Calendar::Span> Calendar::open_spans(Time from, Time to, std::size_t most) const {
    std::vector<Span> out;
    each_open(from, to, [&](Span const& span) {
        if (!out.empty() && out.back().to == span.from) {
            out.back().to = span.to;
            return true;
        }
        if (out.size() == most) return false;
        out.push_back(span);
        return true;
    });
    return out;
}

}  // namespace rapport::conversation::sla
