// Choosing where a letter leaves from.
#include "post/sources.hpp"

#include <algorithm>

namespace rapport::post {
namespace {
using namespace std::chrono_literals;
constexpr Duration first_rest = 15s, longest_rest = 10min;
}  // namespace

std::int64_t day_of(Time time) { return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count(); }

Sources::Sources(std::vector<std::string> names) {
    for (auto& name : names) all_.push_back({{std::move(name)}});
}

void Sources::set(std::vector<WarmUp> const& plans) {
    for (auto& source : all_) {
        auto const found = std::ranges::find(plans, source.state.name, &WarmUp::source);
        source.plan = found == plans.end() ? std::nullopt : std::optional(*found);
    }
}

void Sources::sent(std::string_view source, std::int64_t day, std::int64_t letters) {
    for (auto& one : all_) {
        if (one.state.name != source) continue;
        if (one.day != day) one.state.sent_today = 0;
        one.day = day;
        one.state.sent_today = std::max(one.state.sent_today, letters);
    }
}

void Sources::turn(Time now) {
    auto const today = day_of(now);
    for (auto& source : all_) {
        if (source.day != today) source.state.sent_today = 0;
        source.day = today;
        source.state.cap_today.reset();
        if (source.state.away_until && *source.state.away_until <= now) source.state.away_until.reset();
        if (!source.plan) continue;
        auto const nth = today - day_of(source.plan->started_on);
        if (nth < 0)
            source.state.cap_today = 0;
        else if (nth < static_cast<std::int64_t>(source.plan->caps.size()))
            source.state.cap_today = source.plan->caps[static_cast<std::size_t>(nth)];
    }
}

bool Sources::full(Source const& source) {
    return source.state.cap_today && source.state.sent_today + source.pending >= *source.state.cap_today;
}

Sources::Choice Sources::choose(bool urgent, Time now) {
    turn(now);
    std::size_t soonest = nowhere;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        if (!urgent && full(all_[i])) continue;
        if (!all_[i].state.away_until) return {i};
        if (soonest == nowhere || all_[i].state.away_until < all_[soonest].state.away_until) soonest = i;
    }
    if (soonest != nowhere) return {soonest};
    return {nowhere, Time(std::chrono::days(day_of(now) + 1))};
}

bool Sources::another(std::size_t than, Time now) const {
    for (std::size_t i = 0; i < all_.size(); ++i) {
        auto const& away = all_[i].state.away_until;
        if (i != than && (!away || *away <= now)) return true;
    }
    return false;
}

void Sources::taken(std::size_t source, Time) { ++all_[source].pending; }

void Sources::ended(std::size_t source, bool handed_over, Time now) {
    turn(now);
    --all_[source].pending;
    if (handed_over) ++all_[source].state.sent_today;
}

void Sources::away(std::size_t source, std::string_view trouble, Time now, Time at_least) {
    auto& one = all_[source];
    if (one.state.away_until && *one.state.away_until > now) return;  // several letters find the same
    one.state.away_until =
        std::max(now + std::min(longest_rest, first_rest * (1 << std::min(one.strikes++, 6))), at_least);
    one.state.trouble = std::string(trouble.substr(0, 300));
}

void Sources::well(std::size_t source) {
    auto& one = all_[source];
    one.strikes = 0;
    one.state.away_until.reset();
    one.state.trouble.clear();
}

std::vector<SourceState> Sources::states(Time now) {
    turn(now);
    std::vector<SourceState> states;
    for (auto const& source : all_) states.push_back(source.state);
    return states;
}

}  // namespace rapport::post
