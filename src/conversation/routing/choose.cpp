// The choice.
#include "conversation/routing/choose.hpp"

#include <algorithm>

namespace rapport::conversation::routing {
namespace {

std::optional<Verdict> hindrance(Need const& need, Candidate const& one) {
    if (!one.present) return Verdict::not_present;
    if (!one.at_work) return Verdict::outside_hours;
    if (need.not_again == one.agent) return Verdict::had_it;
    for (auto const skill : need.skills)
        if (std::ranges::find(one.skills, skill) == one.skills.end()) return Verdict::lacks_skill;
    if (!one.languages.empty() && std::ranges::find(one.languages, need.locale) == one.languages.end())
        return Verdict::lacks_language;
    if (one.load + need.weight > one.capacity) return Verdict::full;
    return std::nullopt;
}

// load / capacity, without fractions.
int compare_load(Candidate const& a, Candidate const& b) {
    auto const left = a.load * b.capacity, right = b.load * a.capacity;
    return left < right ? -1 : left > right ? 1 : 0;
}

bool goes_before(Candidate const& a, Candidate const& b) {
    if (auto const load = compare_load(a, b); load != 0) return load < 0;
    if (a.assigned_at != b.assigned_at) return !a.assigned_at || (b.assigned_at && *a.assigned_at < *b.assigned_at);
    return a.agent < b.agent;
}

}  // namespace

Choice choose(Need const& need, std::span<Candidate const> candidates) {
    Candidate const* best = nullptr;
    for (auto const& one : candidates)
        if (!hindrance(need, one) && (!best || goes_before(one, *best))) best = &one;
    Choice choice;
    if (best) choice.agent = best->agent;
    for (auto const& one : candidates) {
        auto verdict = hindrance(need, one);
        if (!verdict)
            verdict = &one == best                   ? Verdict::chosen
                      : compare_load(one, *best) > 0 ? Verdict::more_loaded
                                                     : Verdict::less_credit;
        choice.judged.push_back({one.agent, one.name, *verdict, one.load, one.capacity, one.assigned_at});
    }
    return choice;
}

}  // namespace rapport::conversation::routing
