// Where letters leave from: straight to MX hosts, or a smart host; in the order of preference. One that is away is left
// alone for a while and the next takes over; one that is being warmed up takes so many letters a day. Pure.
#pragma once

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace rapport::post {

// So many letters on the first day, the second, …; afterwards as many as there are. Days are UTC's.
struct WarmUp {
    std::string source;  // "mx", or "host:port"
    std::string domain;  // that sends: of the From field
    Time started_on{};
    std::vector<std::int64_t> caps;
};
BOOST_DESCRIBE_STRUCT(WarmUp, (), (source, domain, started_on, caps))

struct SourceState {
    std::string name;
    std::optional<Time> away_until = {};
    std::string trouble = {};
    std::int64_t sent_today = 0;
    std::optional<std::int64_t> cap_today = {};
};
BOOST_DESCRIBE_STRUCT(SourceState, (), (name, away_until, trouble, sent_today, cap_today))

class Sources {
  public:
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    explicit Sources(std::vector<std::string> names);
    void set(std::vector<WarmUp> const& plans);
    void sent(std::string_view source, std::int64_t day, std::int64_t letters);  // what the database counts

    struct Choice {
        std::size_t source = nowhere;
        std::optional<Time> not_before = {};  // every cap is reached: tomorrow
    };
    // Urgent letters (codes) pass the caps, and are counted.
    Choice choose(bool urgent, Time now);
    bool another(std::size_t than, Time now) const;  // one that is not away
    void taken(std::size_t source, Time now);        // a letter was given to it
    void ended(std::size_t source, bool handed_over, Time now);
    void away(std::size_t source, std::string_view trouble, Time now, Time at_least = {});
    void well(std::size_t source);  // it took a letter
    std::string const& name(std::size_t source) const { return all_[source].state.name; }
    std::vector<SourceState> states(Time now);

  private:
    struct Source {
        SourceState state;
        std::optional<WarmUp> plan = {};
        std::int64_t day = 0, pending = 0;
        int strikes = 0;
    };
    void turn(Time now);  // of the day
    static bool full(Source const& source);
    std::vector<Source> all_;
};

std::int64_t day_of(Time time);

}  // namespace rapport::post
