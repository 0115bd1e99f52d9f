// ICU behind zones.hpp.
#include "notice/zones.hpp"

#include <unicode/gregocal.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/error.hpp"

namespace rapport::notice {
namespace {

using icu::GregorianCalendar;

std::unique_ptr<icu::TimeZone> zone_named(std::string_view name) {
    return std::unique_ptr<icu::TimeZone>(
        icu::TimeZone::createTimeZone(icu::UnicodeString(name.data(), static_cast<int>(name.size()), US_INV)));
}

// Keeps the instant's zone and is Gregorian for all of time (no leap to the Julian calendar).
std::unique_ptr<GregorianCalendar> calendar(std::string const& zone) {
    UErrorCode status = U_ZERO_ERROR;
    auto made = std::make_unique<GregorianCalendar>(zone_named(zone).release(), icu::Locale::getRoot(), status);
    require(U_SUCCESS(status), "ICU makes a calendar");
    made->setGregorianChange(-8.64e15, status);
    made->clear();
    return made;
}

UDate milliseconds(Time at) {
    return static_cast<UDate>(std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count());
}
Time time_of(UDate at) { return time_from_micros(static_cast<std::int64_t>(at) * 1'000); }

LocalTime fields_of(GregorianCalendar const& at) {
    UErrorCode status = U_ZERO_ERROR;
    auto const get = [&](UCalendarDateFields field) { return at.get(field, status); };
    return {get(UCAL_YEAR),        get(UCAL_MONTH) + 1, get(UCAL_DATE),
            get(UCAL_HOUR_OF_DAY), get(UCAL_MINUTE),    get(UCAL_SECOND)};
}

void set(GregorianCalendar& calendar, LocalTime const& local) {
    calendar.set(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
}

std::chrono::sys_days day_of(LocalTime const& local) {
    return std::chrono::year_month_day(std::chrono::year(local.year),
                                       std::chrono::month(static_cast<unsigned>(local.month)),
                                       std::chrono::day(static_cast<unsigned>(local.day)));
}

}  // namespace

bool is_zone(std::string_view zone) {
    bool const plain = !zone.empty() && zone.size() <= 64 && std::ranges::all_of(zone, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '-' || c == '+';
    });
    if (!plain || zone.starts_with("GMT+") || zone.starts_with("GMT-")) return false;  // ICU's own
    icu::UnicodeString id;
    return *zone_named(zone) != icu::TimeZone::getUnknown() && (zone_named(zone)->getID(id), true);
}

LocalTime local_of(Time at, std::string const& zone) {
    UErrorCode status = U_ZERO_ERROR;
    auto const there = calendar(zone);
    there->setTime(milliseconds(at), status);
    return fields_of(*there);
}

int weekday_of(LocalTime const& local) {
    return static_cast<int>(std::chrono::weekday(day_of(local)).iso_encoding()) - 1;
}

LocalTime days_later(LocalTime const& local, int days) {
    std::chrono::year_month_day const day(day_of(local) + std::chrono::days(days));
    return {static_cast<int>(day.year()),
            static_cast<int>(static_cast<unsigned>(day.month())),
            static_cast<int>(static_cast<unsigned>(day.day())),
            local.hour,
            local.minute,
            local.second};
}

Resolved resolve(LocalTime const& local, std::string const& zone) {
    UErrorCode status = U_ZERO_ERROR;
    auto const there = calendar(zone);
    there->setSkippedWallTimeOption(UCAL_WALLTIME_LAST);    // the offset before the gap
    there->setRepeatedWallTimeOption(UCAL_WALLTIME_FIRST);  // the first of the two
    set(*there, local);
    auto const at = there->getTime(status);
    if (fields_of(*there) != local) return {Resolved::Is::in_gap, time_of(at)};
    auto const again = calendar(zone);
    again->setRepeatedWallTimeOption(UCAL_WALLTIME_LAST);
    set(*again, local);
    auto const last = again->getTime(status);
    require(U_SUCCESS(status), "ICU computes a time");
    return {at == last ? Resolved::Is::plain : Resolved::Is::twice, time_of(at)};
}

std::string text_of(LocalTime const& l) {
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", l.year, l.month, l.day, l.hour, l.minute,
                  l.second);
    return text;
}

std::string local_text(Time at, std::string const& zone) {
    UErrorCode status = U_ZERO_ERROR;
    std::int32_t raw = 0, saving = 0;
    zone_named(zone)->getOffset(milliseconds(at), false, raw, saving, status);
    int const minutes = (raw + saving) / 60'000;
    char offset[16];
    std::snprintf(offset, sizeof offset, "%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                  std::abs(minutes) % 60);
    return text_of(local_of(at, zone)) + offset;
}

std::optional<LocalTime> local_from_text(std::string_view text) {
    if (text.size() != 16 && text.size() != 19) return std::nullopt;
    std::string whole(text);
    if (whole.size() == 16) whole += ":00";
    // The calendar's rules are those of any RFC 3339 instant.
    auto const at = time_from_text(whole + "Z");
    if (!at || whole[10] != 'T') return std::nullopt;
    auto const local = local_of(*at, "UTC");
    if (local.year < 1970 || local.year > 2200) return std::nullopt;
    return local;
}

}  // namespace rapport::notice
