// What was there when everything was read, and what changed since.
#include "search/suggest.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "search/suggest_table.hpp"

namespace rapport::search {
namespace {

constexpr std::size_t enough = 3;            // hits as typed: no corrections then
constexpr std::size_t most_changed = 1'000;  // lines; then one table is made of both

}  // namespace

struct Suggest::State {
    std::shared_ptr<SuggestTable const> all = std::make_shared<SuggestTable>(std::vector<SuggestLine>());
    std::shared_ptr<SuggestTable const> changed = all;
    std::unordered_set<std::int64_t> replaced;  // in `all`, no longer so
};

Suggest::Suggest() : state_(std::make_shared<State>()) {}
Suggest::~Suggest() = default;

std::shared_ptr<Suggest::State const> Suggest::now() const {
    std::lock_guard const lock(mutex_);
    return state_;
}

void Suggest::fill(std::vector<SuggestLine> lines) {
    std::lock_guard const changing(changing_);
    auto next = std::make_shared<State>();
    next->all = std::make_shared<SuggestTable>(std::move(lines));
    std::lock_guard const lock(mutex_);
    state_ = std::move(next);
}

void Suggest::put(std::int64_t id, std::vector<SuggestLine> lines) {
    std::lock_guard const changing(changing_);
    auto const before = now();
    auto next = std::make_shared<State>(*before);
    next->replaced.insert(id);
    for (auto const& line : before->changed->lines())
        if (line.id != id) lines.push_back(line);
    if (lines.size() > most_changed) {
        for (auto const& line : before->all->lines())
            if (!next->replaced.contains(line.id)) lines.push_back(line);
        next->replaced.clear();
        next->changed = std::make_shared<SuggestTable>(std::vector<SuggestLine>());
        next->all = std::make_shared<SuggestTable>(std::move(lines));
    } else {
        next->changed = std::make_shared<SuggestTable>(std::move(lines));
    }
    std::lock_guard const lock(mutex_);
    state_ = std::move(next);
}

std::size_t Suggest::lines() const {
    auto const state = now();
    return state->all->lines().size() + state->changed->lines().size();
}

// As typed first; apart where a script has no spaces and what is typed stands nowhere in one piece; corrected by one
// letter, then by two, as long as there is room.
std::vector<SuggestHit> Suggest::ask(std::string_view typed, SuggestOptions const& options) const {
    auto const state = now();
    std::vector<SuggestHit> out;
    std::set<std::int64_t> ids;
    auto const allowed = [&](std::int64_t id) {
        return !ids.contains(id) && (!options.allowed || options.allowed(id));
    };
    auto const round = [&](std::vector<SuggestWord> const& words, int corrections) {
        auto const room = options.limit - out.size();
        struct Found {
            Fitting it;
            bool changed = false;
        };
        std::vector<Found> found;
        auto const in_all = state->all->fitting(words, corrections);
        auto const in_changed = state->changed->fitting(words, corrections);
        for (auto const& one : state->all->ask(
                 words, in_all, room, [&](std::int64_t id) { return !state->replaced.contains(id) && allowed(id); }))
            found.push_back({one, false});
        for (auto const& one : state->changed->ask(words, in_changed, room, allowed)) found.push_back({one, true});
        std::ranges::sort(found, {}, [](auto const& one) { return one.it.fit; });
        found.resize(std::min(found.size(), room));
        for (auto const& [one, changed] : found) {
            auto const& table = changed ? *state->changed : *state->all;
            auto const& line = table.lines()[one.line];
            ids.insert(line.id);
            out.push_back(
                {line.id, line.text, one.fit.corrections, table.marks(line.text, changed ? in_changed : in_all)});
        }
    };
    auto const words = words_typed(typed, false), apart = words_typed(typed, true);
    int most = 0;
    for (auto const& one : words) most = std::max(most, one.corrections);
    bool const differ = words.size() != apart.size();
    round(words, 0);
    if (differ && out.size() < options.limit) round(apart, 0);
    for (int corrections = 1; options.corrected && corrections <= most && out.size() < std::min(options.limit, enough);
         ++corrections)
        round(words, corrections);
    return out;
}

}  // namespace rapport::search
