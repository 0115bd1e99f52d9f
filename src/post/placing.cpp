// Where a claimed letter waits: source, then route, then site; and how many senders each site gets. Looking up a route
// holds up the letters of that domain and no others.
#include <algorithm>

#include "base/log.hpp"
#include "post/room.hpp"

namespace rapport::post {

namespace email = channels::email;
using namespace std::chrono_literals;

namespace {

constexpr Duration silence = 10s;            // a site whose servers say nothing for so long gets no more
constexpr double believed_per_second = 100;  // of a site that nothing is known of yet
constexpr Duration remembered = 10min;       // an idle site's speed
constexpr std::size_t most_sites_shown = 500, most_domains = 20'000;

std::vector<std::string> source_names(Options const& options) {
    std::vector<std::string> names;
    auto const add = [&](email::SmartHost const& host) {
        names.push_back(host.host + ':' + std::to_string(host.port));
    };
    if (options.transport.smart_host)
        add(*options.transport.smart_host);
    else
        names.emplace_back("mx");
    for (auto const& host : options.transport.fallbacks) add(host);
    return names;
}

}  // namespace

Running::Running(Executor e, Options const& options, email::TransportOptions transport_options)
    : executor(e),
      composers(options.composers),
      transport(email::Transport::make(e, std::move(transport_options))),
      wake(e),
      outcomes(e),
      ended(e),
      heart(e),
      pacer(e),
      sources(source_names(options)),
      rules(static_cast<std::int64_t>(options.connections_per_destination)) {}

void Room::place_all(std::vector<Claimed> letters) {
    auto& r = *now_running_;
    r.in_flight += letters.size();
    for (auto const& letter : letters) r.bulk_in_flight += letter.priority == Priority::bulk;
    attempting_ = static_cast<std::int64_t>(r.in_flight);
    for (auto& letter : letters) place(std::move(letter));
}

void Room::place(Claimed letter) {
    auto& r = *now_running_;
    Time const now = clock_();
    if (letter.held_back) {  // no network for an address that gets none
        end_held_back(letter);
        return;
    }
    if (expire(letter)) return;
    if (stopping_ || letter.must_wait) {
        give_back(letter, stopping_ ? now : now + 1s);
        return;
    }
    auto const choice = r.sources.choose(letter.priority == Priority::urgent, now);
    if (choice.source == Sources::nowhere) {  // every cap of the day is reached
        std::uniform_int_distribution<std::int64_t> spread(0, 600);
        give_back(letter, *choice.not_before + std::chrono::seconds(spread(chance_)));
        return;
    }
    letter.source = choice.source;
    r.sources.taken(choice.source, now);
    bool const direct = !options_.transport.smart_host && choice.source == 0;
    if (!direct) {
        put(std::move(letter), r.transport->smart_route(choice.source - (options_.transport.smart_host ? 0 : 1)));
        return;
    }
    std::string const name(letter.to.domain());
    auto& domain = r.domains[name];
    if (domain.route && domain.route->good_until > std::chrono::steady_clock::now() && !domain.route->hosts.empty()) {
        put(std::move(letter), domain.route);
        return;
    }
    domain.waiting.push_back(std::move(letter));
    if (domain.asked) return;
    domain.asked = true;
    spawn(find_route(name));
}

Task<> Room::find_route(std::string name) {
    auto& r = *now_running_;
    auto const route = co_await r.transport->route(name);
    auto& domain = r.domains[name];
    domain.asked = false;
    domain.route = route;
    auto const letters = std::exchange(domain.waiting, {});
    if (route->hosts.empty() && r.domains.size() > most_domains) r.domains.erase(name);
    for (auto const& letter : letters) {
        if (!route->hosts.empty()) {
            put(letter, route);
            continue;
        }
        Outcome outcome = outcome_of(letter);
        outcome.result = route->permanent ? Result::failed : Result::delayed;
        outcome.reply = route->trouble;
        outcome.enhanced_status = route->enhanced_status;
        end(letter, std::move(outcome));
    }
}

// A site's line is short: what a few seconds take. A site that takes nothing gets next to nothing, so that those that
// do have the room for themselves.
std::size_t Room::most_waiting(Site const& site, Time now) const {
    auto const& r = *now_running_;
    std::size_t const alone = r.sites.size() <= 1, most = alone ? options_.in_flight : options_.in_flight * 3 / 4;
    bool const silent = site.senders > 0 && now - site.answered_at > silence;
    if (!site.proven || silent)
        return alone ? most / 2 : std::max<std::size_t>(2, options_.in_flight / (4 * r.sites.size()));
    if (alone && site.shape.rate_per_minute(now) == 0) return most;
    auto const in_five_seconds = static_cast<std::size_t>(site.shape.per_second(now) * 5);
    auto const rate = static_cast<std::size_t>(site.shape.rate_per_minute(now));
    std::size_t const wanted =
        rate > 0 ? std::max<std::size_t>(2, rate / 12) : std::max<std::size_t>(200, in_five_seconds);
    return std::min(most, wanted);
}

void Room::put(Claimed letter, RoutePtr route) {
    auto& r = *now_running_;
    Time const now = clock_();
    auto const found = r.rules.find(*route, letter.to.domain());
    auto& site = r.sites[found.site];
    if (!site) {
        site = std::make_shared<Site>(found.site, Shape(found.rule, options_.slow_down));
        site->answered_at = now;
    }
    site->shape.set(found.rule);
    if (stopping_ || site->shape.suspended(now) || site->waiting() >= most_waiting(*site, now)) {
        bool const hopeful = site->senders == 0 || now - site->answered_at <= silence;
        give_back(letter, stopping_ ? now : site->shape.turn(now, hopeful ? believed_per_second : 1));
        return;
    }
    auto const line = static_cast<std::size_t>(letter.priority);
    site->ready[line].push_back({std::move(letter), std::move(route)});
    staff(site);
}

std::size_t Room::most_senders(Site const& site, Time now) const {
    std::size_t const most = std::min(site.shape.connections(now), site.open);
    bool const silent = site.senders > 0 && now - site.answered_at > silence;
    return silent ? std::min(most, site.senders) : most;
}

void Room::staff(std::shared_ptr<Site> const& site) {
    auto& r = *now_running_;
    if (stopping_) return;
    Time const now = clock_();
    if (site->waiting() == 0) return;
    if (Time const at = site->shape.ready_at(now); at > now) {
        wake_at(*site, at);
        return;
    }
    std::size_t const wanted = std::min(site->waiting(), most_senders(*site, now));
    while (site->senders < wanted) {
        // Half of the connections are for sites that have answered before.
        if (r.senders >= options_.connections ||
            (!site->proven && r.unproven_senders >= std::max<std::size_t>(1, options_.connections / 2))) {
            if (!site->hungry) r.hungry.push_back(site);
            site->hungry = true;
            return;
        }
        ++site->senders;
        ++r.senders;
        r.unproven_senders += !site->proven;
        spawn(send_from(site, !site->proven));
    }
}

void Room::staff_hungry() {
    auto& r = *now_running_;
    for (std::size_t n = r.hungry.size(); n > 0 && r.senders < options_.connections; --n) {
        auto const site = std::move(r.hungry.front());
        r.hungry.pop_front();
        site->hungry = false;
        staff(site);
    }
}

void Room::wake_at(Site& site, Time at) {
    auto& r = *now_running_;
    if (site.awaited) return;
    site.awaited = true;
    r.wakes.push({at, site.name});
    r.pacer.notify();
}

// Wakes sites whose rate or suspension lets them go on, and looks after what waits: letters that expire in line, sites
// that nobody needs any more, the state that people see.
Task<> Room::pace() {
    auto& r = *now_running_;
    Time next_look = clock_();
    while (!stopping_) {
        Time const now = clock_();
        while (!r.wakes.empty() && r.wakes.top().at <= now) {
            auto const found = r.sites.find(r.wakes.top().site);
            r.wakes.pop();
            if (found == r.sites.end()) continue;
            found->second->awaited = false;
            staff(found->second);
        }
        if (now >= next_look) {
            sweep_expired();
            forget_idle();
            publish_state();
            next_look = now + 1s;
        }
        Time const until = r.wakes.empty() ? next_look : std::min(next_look, r.wakes.top().at);
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock_()) + 1ms;
        co_await r.pacer.wait(std::clamp<std::chrono::milliseconds>(left, 1ms, 1000ms));
    }
}

void Room::sweep_expired() {
    for (auto& [name, site] : now_running_->sites)
        for (auto& line : site->ready)
            std::erase_if(line, [this](Waiting const& waiting) { return expire(waiting.letter); });
}

void Room::forget_idle() {
    auto& r = *now_running_;
    Time const now = clock_();
    std::erase_if(r.sites, [&](auto const& item) {
        auto const& site = *item.second;
        bool const idle = site.senders == 0 && site.waiting() == 0 && !site.hungry && !site.awaited;
        return idle && site.shape.is_neutral(now) && now - site.answered_at > remembered;
    });
    auto const instant = std::chrono::steady_clock::now();
    std::erase_if(r.domains, [&](auto const& item) {
        auto const& domain = item.second;
        return !domain.asked && domain.waiting.empty() && (!domain.route || domain.route->good_until < instant);
    });
}

void Room::clear_line(Site& site) {
    Time const now = clock_();
    for (auto line = site.ready.rbegin(); line != site.ready.rend(); ++line)  // urgent ones get the first turns
        for (auto& waiting : std::exchange(*line, {})) give_back(waiting.letter, site.shape.turn(now));
}

void Room::move_line(Site& site) {
    std::vector<Claimed> letters;
    for (auto line = site.ready.rbegin(); line != site.ready.rend(); ++line)
        for (auto& waiting : std::exchange(*line, {})) letters.push_back(std::move(waiting.letter));
    for (auto& letter : letters) {
        settle(letter, false);
        letter.source = Sources::nowhere;
        place(std::move(letter));
    }
}

void Room::publish_state() {
    auto& r = *now_running_;
    Time const now = clock_();
    std::vector<SiteView> views;
    for (auto const& [name, site] : r.sites) {
        if (views.size() >= most_sites_shown) break;
        auto const& shape = site->shape;
        SiteView view;
        view.site = name;
        view.waiting = static_cast<std::int64_t>(site->waiting());
        view.connections = static_cast<std::int64_t>(site->senders);
        view.most_connections = static_cast<std::int64_t>(shape.connections(now));
        view.rate_per_minute = shape.rate_per_minute(now);
        view.mails_per_connection = shape.rule().mails_per_connection;
        view.speed_percent = static_cast<std::int64_t>(shape.factor(now) * 100);
        view.per_second = shape.per_second(now);
        view.rule = shape.rule().match;
        if (shape.suspended(now)) view.suspended_until = shape.suspended_until();
        if (!shape.is_neutral(now)) view.reason = shape.reason();
        view.silent = site->senders > 0 && now - site->answered_at > silence;
        views.push_back(std::move(view));
    }
    auto sources = r.sources.states(now);
    std::lock_guard const lock(view_mutex_);
    site_views_ = std::move(views);
    source_views_ = std::move(sources);
}

std::vector<SiteView> Room::sites() const {
    std::lock_guard const lock(view_mutex_);
    return site_views_;
}
std::vector<SourceState> Room::sources() const {
    std::lock_guard const lock(view_mutex_);
    return source_views_;
}

}  // namespace rapport::post
