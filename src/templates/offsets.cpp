// ICU behind offsets.hpp.
#include "templates/offsets.hpp"

#include <unicode/basictz.h>
#include <unicode/tztrans.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "base/error.hpp"

namespace rapport::templates {
namespace {

using namespace std::chrono;

constexpr std::size_t zones_kept = 1000;  // there are about 600
constexpr Time first{sys_days(year(1970) / 1 / 1)}, last{sys_days(year(2200) / 1 / 1)};
constexpr Time never{sys_days(year(9999) / 1 / 1)}, ever{sys_days(year(1) / 1 / 1)};

UDate milliseconds_of(Time at) {
    return static_cast<UDate>(duration_cast<milliseconds>(at.time_since_epoch()).count());
}

seconds offset_at(icu::TimeZone const& zone, Time at) {
    UErrorCode status = U_ZERO_ERROR;
    std::int32_t raw = 0, saving = 0;
    zone.getOffset(milliseconds_of(at), false, raw, saving, status);
    require(U_SUCCESS(status), "ICU knows the offset of a zone");
    return duration_cast<seconds>(milliseconds(raw + saving));
}

}  // namespace

Offsets::Offsets(std::string const& name) {
    std::unique_ptr<icu::TimeZone> const zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
    auto const* basic = dynamic_cast<icu::BasicTimeZone const*>(zone.get());
    stretches_.push_back({ever, never, offset_at(*zone, first)});
    if (!basic) return;
    icu::TimeZoneTransition step;
    for (auto at = milliseconds_of(first); basic->getNextTransition(at, false, step) != 0; at = step.getTime()) {
        Time const begins(milliseconds(static_cast<std::int64_t>(step.getTime())));
        if (begins >= last) break;
        auto const ahead = offset_at(*zone, begins);
        if (ahead == stretches_.back().ahead) continue;  // only a name has changed
        stretches_.back().ends = begins;
        stretches_.push_back({begins, never, ahead});
    }
}

std::shared_ptr<Offsets const> Offsets::of(std::string const& zone) {
    static std::mutex guard;
    static std::map<std::string, std::shared_ptr<Offsets const>, std::less<>> kept;
    std::scoped_lock const lock(guard);
    if (auto const found = kept.find(zone); found != kept.end()) return found->second;
    if (kept.size() >= zones_kept) kept.clear();
    return kept.emplace(zone, std::make_shared<Offsets const>(zone)).first->second;
}

Offsets::Stretch const& Offsets::at(Time time) const {
    auto const after = std::ranges::upper_bound(stretches_, time, {}, &Stretch::begins);
    return after == stretches_.begin() ? stretches_.front() : *std::prev(after);
}

}  // namespace rapport::templates
