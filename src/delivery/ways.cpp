// Which way reaches which level.
#include "delivery/ways.hpp"

#include <algorithm>

namespace rapport::delivery {
namespace {

bool can_match(bool by_identifier, std::string const& source, std::vector<std::string> const& linked) {
    return !by_identifier || std::ranges::find(linked, source) != linked.end();
}

}  // namespace

identity::RelyingParty* Ways::provider(std::string_view id) const {
    for (auto const& one : providers)
        if (one->options().id == id) return one.get();
    return nullptr;
}

bool Ways::reaches(Assurance level, std::vector<std::string> const& linked) const {
    for (auto const& one : providers) {
        auto const highest = one->highest();
        if (highest && assurance_of(*highest) >= level &&
            can_match(!one->options().identifier_claim.empty(), one->options().id, linked))
            return true;
    }
    if (certificate_url.empty()) return false;
    return std::ranges::any_of(authorities, [&](auto const& one) {
        auto const& options = one->options();
        return assurance_of(options.level) >= level &&
               can_match(!options.identifier_attribute.empty(), options.id, linked);
    });
}

std::optional<Assurance> Ways::highest() const {
    std::optional<Assurance> best;
    auto const take = [&](identity::Level level) {
        best = std::max(best.value_or(Assurance::low), assurance_of(level));
    };
    for (auto const& one : providers)
        if (auto const level = one->highest()) take(*level);
    if (!certificate_url.empty())
        for (auto const& one : authorities) take(one->options().level);
    return best;
}

}  // namespace rapport::delivery
