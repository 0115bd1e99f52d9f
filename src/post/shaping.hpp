// How fast letters may go to one site: rules as data, the state that replies drive, and its numbers. Pure: time comes
// from the caller. docs/operators/mail.md tells operators of it.
#pragma once

#include <boost/describe.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "channels/email/email.hpp"

namespace rapport::post {

// `match` is "*" (every site without a rule of its own), a mail host or "*.its.domain" (a site all of whose hosts
// match), the recipients' domain, or a smart host "host:port". 0 says nothing: the default, or no limit of the rate.
struct SiteRule {
    std::string match;
    std::int64_t connections = 0;
    std::int64_t mails_per_connection = 0;
    std::int64_t rate_per_minute = 0;
    bool one_site = false;  // all that matches shares one limit, whatever its hosts are
};
BOOST_DESCRIBE_STRUCT(SiteRule, (), (match, connections, mails_per_connection, rate_per_minute, one_site))

// What is known of large providers; an operator's rule with the same `match` replaces it.
std::span<SiteRule const> stock_rules();

class RuleBook {
  public:
    explicit RuleBook(std::int64_t connections = 20) : connections_(connections) {}
    void set(std::vector<SiteRule> own) { own_ = std::move(own); }
    struct Found {
        std::string site;
        SiteRule rule;  // complete: the connections are never 0
    };
    Found find(channels::email::Route const& route, std::string_view domain) const;

  private:
    std::int64_t connections_;
    std::vector<SiteRule> own_;
};

// What a temporary reply asks for: the first row that fits decides. Greylisting asks for nothing but patience.
struct Reaction {
    std::string_view name;
    int code;                   // 0: any 4xx
    std::string_view enhanced;  // how the enhanced status begins; empty: any
    std::string_view text;      // what the reply holds, in lower case; empty: anything
    bool slow_down;
};
std::span<Reaction const> reactions();
Reaction const* reaction_to(int code, std::string_view enhanced_status, std::string_view reply);

// One site's state.
class Shape {
  public:
    Shape(SiteRule rule, Duration pause) : rule_(std::move(rule)), pause_(pause) {}
    SiteRule const& rule() const { return rule_; }
    void set(SiteRule rule) { rule_ = std::move(rule); }

    // When the next letter may begin: now or earlier when at once.
    Time ready_at(Time now) const;
    void began(Time now);
    // A server answered, whatever it said.
    void answered(Time now);
    // Stops the site for a while, longer each time, and lets it go on at half its speed; that grows back.
    void slow_down(Reaction const& reaction, std::string_view reply, Time now);

    std::size_t connections(Time now) const;
    std::int64_t rate_per_minute(Time now) const;  // 0: no limit
    double factor(Time now) const;                 // 1: full speed
    double per_second(Time now) const;             // measured, of the last seconds
    bool suspended(Time now) const { return now < suspended_until_; }
    Time suspended_until() const { return suspended_until_; }
    std::string const& reason() const { return reason_; }
    bool is_neutral(Time now) const { return !suspended(now) && factor(now) >= 1; }

    // For a letter that is too many now: when its turn may come. Spreads a backlog over the time that it needs, so that
    // it is looked at once, not again and again. `least_per_second`: what the site is believed to take at least.
    Time turn(Time now, double least_per_second = 1);

  private:
    SiteRule rule_;
    Duration pause_;
    Time next_{};  // earliest begin by the rate, when there were no burst
    Time suspended_until_{}, slowed_at_{}, last_turn_{}, window_{};
    double factor_ = 1;
    std::int64_t slowed_rate_ = 0;  // of a site without a limit: what it took when it complained
    int strikes_ = 0;
    std::int64_t in_window_ = 0;
    double before_ = 0;  // per second, in the window before
    std::string reason_;
};

}  // namespace rapport::post
