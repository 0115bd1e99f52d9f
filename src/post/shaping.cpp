// Rules, reactions, and the arithmetic of slowing down.
#include "post/shaping.hpp"

#include <algorithm>
#include <cmath>

namespace rapport::post {
namespace {

using namespace std::chrono_literals;

constexpr Duration window = 5s, longest_pause = 1h, burst = 2s;
constexpr Duration horizon_known = 1h, horizon_guessed = 10min;  // of turn()
constexpr double growth_per_minute = 1.25, least_factor = 1.0 / 64;

bool fits(std::string_view pattern, std::string_view name) {
    if (pattern.starts_with("*.")) return name.size() > pattern.size() - 1 && name.ends_with(pattern.substr(1));
    return pattern == name;
}

bool fits(SiteRule const& rule, channels::email::Route const& route, std::string_view domain) {
    if (rule.match == domain || rule.match == route.site) return true;
    return !route.hosts.empty() &&
           std::ranges::all_of(route.hosts, [&](auto const& host) { return fits(rule.match, host.name); });
}

SiteRule const* best(std::span<SiteRule const> rules, channels::email::Route const& route, std::string_view domain) {
    SiteRule const* found = nullptr;
    for (auto const& rule : rules)
        if (rule.match != "*" && fits(rule, route, domain) && (!found || rule.match.size() > found->match.size()))
            found = &rule;
    return found;
}

double minutes(Duration time) { return std::chrono::duration<double, std::ratio<60>>(time).count(); }

}  // namespace

std::span<SiteRule const> stock_rules() {
    static SiteRule const rules[] = {
        {"*.mail.protection.outlook.com", 10, 100, 0, true},  // a host name for each customer, one provider
        {"*.google.com", 10, 100, 0, true},
        {"*.googlemail.com", 10, 100, 0, true},
        {"*.yahoodns.net", 5, 20, 0, true},
        {"*.mail.icloud.com", 5, 100, 0, true},
        {"*.orange.fr", 2, 100, 0, true},  // permits two connections
        {"*.wanadoo.fr", 2, 100, 0, true},
        {"*.libero.it", 5, 50, 0, true},
        {"*.tim.it", 5, 50, 0, true},
    };
    return rules;
}

RuleBook::Found RuleBook::find(channels::email::Route const& route, std::string_view domain) const {
    Found found{route.site, {}};
    auto const* rule = best(own_, route, domain);
    auto const* stock = best(stock_rules(), route, domain);
    if (!rule || (stock && stock->match.size() > rule->match.size())) rule = stock ? stock : rule;
    auto const all = std::ranges::find(own_, "*", &SiteRule::match);
    if (!rule && all != own_.end()) rule = &*all;
    if (rule) found.rule = *rule;
    if (rule && rule->one_site && rule->match != "*") found.site = rule->match;
    if (found.rule.connections <= 0) found.rule.connections = connections_;
    return found;
}

std::span<Reaction const> reactions() {
    static constexpr Reaction rows[] = {
        {"greylisted", 0, "", "greylist", false},
        {"greylisted", 0, "", "graylist", false},
        {"too many connections", 0, "", "too many connections", true},
        {"too many connections", 0, "", "too many concurrent", true},
        {"too many connections", 0, "", "connection limit", true},
        {"rate limited", 0, "", "rate limit", true},
        {"rate limited", 0, "", "ratelimit", true},
        {"rate limited", 0, "", "exceeded the rate", true},
        {"rate limited", 0, "", "unusual rate", true},
        {"rate limited", 0, "", "throttl", true},
        {"rate limited", 0, "", "too much mail", true},
        {"rate limited", 0, "", "too many messages", true},
        {"rate limited", 0, "", "temporarily deferred", true},
        {"closing (421)", 421, "", "", true},
        {"policy (4.7)", 0, "4.7.", "", true},
    };
    return rows;
}

Reaction const* reaction_to(int code, std::string_view enhanced_status, std::string_view reply) {
    if (code < 400 || code > 499) return nullptr;
    auto const text = ascii_lower(reply);
    for (auto const& row : reactions())
        if ((row.code == 0 || row.code == code) && enhanced_status.starts_with(row.enhanced) &&
            text.find(row.text) != std::string::npos)
            return row.slow_down ? &row : nullptr;
    return nullptr;
}

double Shape::factor(Time now) const {
    if (factor_ >= 1) return 1;
    Time const from = std::max(slowed_at_, suspended_until_);
    if (now <= from) return factor_;
    return std::min(1.0, factor_ * std::pow(growth_per_minute,
                                            minutes(now - from) * (minutes(5min) / std::max(0.0001, minutes(pause_)))));
}

std::size_t Shape::connections(Time now) const {
    double const most = static_cast<double>(rule_.connections) * factor(now);
    return static_cast<std::size_t>(std::max(1.0, std::floor(most)));
}

std::int64_t Shape::rate_per_minute(Time now) const {
    double const f = factor(now);
    auto const base = rule_.rate_per_minute > 0 ? rule_.rate_per_minute : f < 1 ? slowed_rate_ : 0;
    return base > 0 ? std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(base) * f)) : 0;
}

Time Shape::ready_at(Time now) const {
    if (suspended(now)) return suspended_until_;
    if (rate_per_minute(now) == 0) return now;
    return next_ - burst > now ? next_ - burst : now;
}

void Shape::began(Time now) {
    auto const rate = rate_per_minute(now);
    if (rate > 0) next_ = std::max(next_, now) + std::chrono::duration_cast<Duration>(1min) / rate;
}

void Shape::answered(Time now) {
    if (now - window_ >= window) {
        before_ = now - window_ < 2 * window ? static_cast<double>(in_window_) / 5 : 0;
        in_window_ = 0;
        window_ = now;
    }
    ++in_window_;
}

double Shape::per_second(Time now) const {
    auto const age = std::chrono::duration<double>(now - window_).count();
    if (age > 30) return 0;
    return std::max(before_, static_cast<double>(in_window_) / std::max(age, 1.0));
}

void Shape::slow_down(Reaction const& reaction, std::string_view reply, Time now) {
    // Several connections hear the same within moments: that is one complaint.
    if (suspended(now)) return;
    double const was = factor(now);
    strikes_ = was >= 1 ? 1 : strikes_ + 1;
    if (was >= 1) slowed_rate_ = std::max<std::int64_t>(60, static_cast<std::int64_t>(per_second(now) * 60));
    factor_ = std::max(least_factor, was / 2);
    slowed_at_ = now;
    suspended_until_ = now + std::min(longest_pause, pause_ * (1 << std::min(strikes_ - 1, 4)));
    reason_ = std::string(reaction.name) + ": " + std::string(reply.substr(0, 200));
}

Time Shape::turn(Time now, double least_per_second) {
    auto const rate = rate_per_minute(now);
    double const each_s = rate > 0 ? 60.0 / static_cast<double>(rate) : 1 / std::max(least_per_second, per_second(now));
    Time const soonest = std::max(now + 5s, suspended_until_);
    last_turn_ =
        std::max(last_turn_, soonest) + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(each_s));
    Time const latest = soonest + (rate > 0 ? horizon_known : horizon_guessed);
    if (last_turn_ > latest) last_turn_ = soonest;  // around again: nobody waits longer than the horizon
    return last_turn_;
}

}  // namespace rapport::post
