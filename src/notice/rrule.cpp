// libical behind rrule.hpp.
#include "notice/rrule.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <string>

namespace rapport::notice {
namespace {

constexpr int most_steps = 20'000;
constexpr int last_year = 2200;

constexpr std::string_view parts[] = {"FREQ",       "UNTIL",     "COUNT",    "INTERVAL", "BYMINUTE", "BYHOUR", "BYDAY",
                                      "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH",  "BYSETPOS", "WKST"};
constexpr std::string_view frequencies[] = {"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"};

icaltimetype ical_time(LocalTime const& local) {
    icaltimetype time = icaltime_null_time();
    time.year = local.year;
    time.month = local.month;
    time.day = local.day;
    time.hour = local.hour;
    time.minute = local.minute;
    time.second = local.second;
    time.is_date = 0;
    return time;
}

struct Iterator {
    icalrecur_iterator* it;
    ~Iterator() {
        if (it) icalrecur_iterator_free(it);
    }
};

bool is_upper(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '=' || c == ';' || c == ',' || c == '-' ||
               c == '+';
    });
}

}  // namespace

std::optional<FieldError> rule_fault(std::string_view rule, std::string_view pointer) {
    auto const fault = [&](std::string what, std::string fix) {
        return FieldError{std::string(pointer), std::move(what), std::move(fix)};
    };
    if (!is_upper(rule))
        return fault("must be a rule like FREQ=WEEKLY;BYDAY=MO", "write it in capitals, without spaces");
    bool has_frequency = false;
    std::vector<std::string_view> seen;
    for (std::string_view rest = rule; !rest.empty();) {
        auto const part = rest.substr(0, rest.find(';'));
        auto const name = part.substr(0, part.find('='));
        auto const value = part.size() > name.size() ? part.substr(name.size() + 1) : std::string_view();
        if (std::ranges::find(parts, name) == std::end(parts) || value.empty())
            return fault("must consist of parts of RFC 5545; " + std::string(part) + " is none that is taken here",
                         "use FREQ (HOURLY to YEARLY), INTERVAL, COUNT or UNTIL, BYMONTH, BYDAY and the like");
        if (std::ranges::find(seen, name) != seen.end())
            return fault("must have each part once; " + std::string(name) + " stands twice", "remove one of the two");
        seen.push_back(name);
        if (name == "FREQ") {
            has_frequency = true;
            if (std::ranges::find(frequencies, value) == std::end(frequencies))
                return fault("must repeat hourly or less often", "use HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY");
        }
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
    bool const both = std::ranges::find(seen, "COUNT") != seen.end() && std::ranges::find(seen, "UNTIL") != seen.end();
    if (!has_frequency || both)
        return fault(both ? "must end by COUNT or by UNTIL, not both" : "must say how often: FREQ", "correct the rule");
    icalerror_clear_errno();
    auto const read = icalrecurrencetype_from_string(std::string(rule).c_str());
    if (read.freq == ICAL_NO_RECURRENCE) return fault("must be a recurrence rule of RFC 5545", "correct the rule");
    return std::nullopt;
}

std::vector<LocalTime> occurrences(std::string_view rule, LocalTime const& begins, LocalTime const& from,
                                   std::size_t most) {
    std::vector<LocalTime> found;
    auto read = icalrecurrencetype_from_string(std::string(rule).c_str());
    if (read.freq == ICAL_NO_RECURRENCE) return found;
    read.until.zone = nullptr;  // UNTIL is read on the local clock, as the rest
    Iterator const iterator{icalrecur_iterator_new(read, ical_time(begins))};
    if (!iterator.it) return found;
    // What lies long before `from` is leapt over, but where instances are counted.
    if (read.count == 0 && from > begins) icalrecur_iterator_set_start(iterator.it, ical_time(from));
    for (int step = 0; step < most_steps && found.size() < most; ++step) {
        auto const next = icalrecur_iterator_next(iterator.it);
        if (icaltime_is_null_time(next) || next.year > last_year) break;
        LocalTime const local{next.year, next.month, next.day, next.hour, next.minute, next.second};
        if (local >= from) found.push_back(local);
    }
    return found;
}

}  // namespace rapport::notice
