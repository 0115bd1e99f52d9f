// The clock, fact by fact.
#include "conversation/sla/clock.hpp"

#include <algorithm>
#include <set>

namespace rapport::conversation::sla {
namespace {

bool is_over(State state) { return state == State::resolved || state == State::spam || state == State::merged; }

class Machine {
  public:
    Machine(Rules const& rules, Calendar const& calendar) : rules_(rules), calendar_(calendar) {}

    void leave_out(MessageId answer) { never_left_.insert(answer); }

    void take(Fact const& fact) {
        // A mail may have waited in the spool while others went on: what it starts counts from when it came.
        at_ = std::max(at_, fact.at);
        pass(at_);
        if (fact.kind == FactKind::opened || fact.kind == FactKind::reopened) begin(fact);
        if (!in_episode_) return;
        set_priority(fact.priority);
        switch (fact.kind) {
            case FactKind::reopened:
                start(Metric::resolution, fact, fact.at);
                break;
            case FactKind::heard:
                if (!response_)
                    response_ = start(answered_ ? Metric::next_response : Metric::first_response, fact, fact.at);
                if (!has(Metric::resolution)) start(Metric::resolution, fact, fact.at);
                break;
            case FactKind::agent_answered:
                answered(fact);
                break;
            case FactKind::key_answered:
                if (rules_.api_answers_count) answered(fact);
                break;
            case FactKind::opened:
            case FactKind::program_answered:
            case FactKind::taken_back:
            case FactKind::changed:
                break;
        }
        follow_state(fact.state);
        pass(at_);
    }

    std::vector<Clock> result(Time now) {
        pass(std::max(now, at_));
        return std::move(clocks_);
    }

  private:
    void begin(Fact const& fact) {
        clocks_.clear();  // episodes are told apart: this one is the last until now
        response_.reset();
        answered_ = false;
        in_episode_ = true;
        priority_ = fact.priority;
    }

    bool has(Metric metric) const { return std::ranges::find(clocks_, metric, &Clock::metric) != clocks_.end(); }

    std::size_t start(Metric metric, Fact const& fact, Time at) {
        Clock clock;
        clock.metric = metric;
        clock.round = fact.id;
        clock.started_at = at;
        clock.target = target_of(rules_, metric, priority_);
        clocks_.push_back(clock);
        go(clocks_.back(), at);
        return clocks_.size() - 1;
    }

    // Never outside open time: who has nothing left is late as soon as we open.
    std::optional<Time> reached(Time from, Duration left) const {
        return left <= Duration::zero() ? calendar_.next_opening(from) : calendar_.add_open_time(from, left);
    }

    void go(Clock& clock, Time at) {
        clock.stage = Stage::running;
        clock.running_since = at;
        if (!clock.breached_at) clock.due_at = clock.target ? reached(at, *clock.target - clock.used) : std::nullopt;
        if (!clock.warned_at)
            clock.warns_at =
                clock.target ? reached(at, *clock.target * rules_.warn_at_percent / 100 - clock.used) : std::nullopt;
    }

    void halt(Clock& clock, Time at, Stage stage) {
        if (clock.running_since && at > *clock.running_since)
            clock.used += calendar_.open_time(*clock.running_since, at);
        clock.running_since.reset();
        clock.stage = stage;
        if (!clock.breached_at) clock.due_at.reset();
        if (!clock.warned_at) clock.warns_at.reset();
        if (!clock.is_live()) clock.ended_at = at;
    }

    void pass(Time until) {
        for (auto& clock : clocks_) {
            if (clock.stage != Stage::running) continue;
            if (!clock.warned_at && clock.warns_at && *clock.warns_at <= until) clock.warned_at = clock.warns_at;
            if (!clock.breached_at && clock.due_at && *clock.due_at <= until) clock.breached_at = clock.due_at;
        }
    }

    void answered(Fact const& fact) {
        if (fact.message && never_left_.contains(*fact.message)) return;
        answered_ = true;
        if (!response_) return;
        halt(clocks_[*response_], at_, Stage::met);
        response_.reset();
    }

    void set_priority(Priority priority) {
        if (priority == priority_) return;
        priority_ = priority;
        for (auto& clock : clocks_) {
            if (!clock.is_live()) continue;
            clock.target = target_of(rules_, clock.metric, priority);
            if (clock.stage != Stage::running) continue;
            halt(clock, at_, Stage::paused);
            go(clock, at_);
        }
    }

    void follow_state(State state) {
        for (auto& clock : clocks_) {
            if (!clock.is_live()) continue;
            bool const resolves = clock.metric == Metric::resolution;
            if (is_over(state)) {
                halt(clock, at_, resolves && state == State::resolved ? Stage::met : Stage::cancelled);
            } else if (resolves) {
                bool const stands = state == State::pending || (state == State::snoozed && rules_.pause_when_snoozed);
                if (stands && clock.stage == Stage::running) halt(clock, at_, Stage::paused);
                if (!stands && clock.stage == Stage::paused) go(clock, at_);
            }
        }
        if (!is_over(state)) return;
        response_.reset();
        in_episode_ = false;
    }

    Rules const& rules_;
    Calendar const& calendar_;
    std::set<MessageId> never_left_;
    std::vector<Clock> clocks_;
    std::optional<std::size_t> response_;  // the one that runs
    bool answered_ = false, in_episode_ = false;
    Priority priority_ = Priority::normal;
    Time at_{std::chrono::sys_days(std::chrono::year(1970) / 1 / 1)};
};

}  // namespace

std::optional<Duration> target_of(Rules const& rules, Metric metric, Priority priority) {
    auto const& by = rules.targets;
    auto const& targets = priority == Priority::low      ? by.low
                          : priority == Priority::normal ? by.normal
                          : priority == Priority::high   ? by.high
                                                         : by.urgent;
    if (!targets) return std::nullopt;
    auto const& wanted = metric == Metric::first_response  ? targets->first_response
                         : metric == Metric::next_response ? targets->next_response
                                                           : targets->resolution;
    return wanted ? std::optional<Duration>(std::chrono::minutes(*wanted)) : std::nullopt;
}

std::vector<Clock> run(Rules const& rules, Calendar const& calendar, std::span<Fact const> facts, Time now) {
    Machine machine(rules, calendar);
    for (auto const& fact : facts)
        if (fact.kind == FactKind::taken_back && fact.message) machine.leave_out(*fact.message);
    for (auto const& fact : facts) machine.take(fact);
    return machine.result(now);
}

Clock const* nearest(std::span<Clock const> clocks) {
    Clock const* found = nullptr;
    auto const key = [](Clock const& one) {
        auto const at = one.breached_at ? one.breached_at : one.due_at;
        return std::pair(!at.has_value(), at.value_or(one.started_at));
    };
    for (auto const& one : clocks)
        if (one.is_live() && one.target && (!found || key(one) < key(*found))) found = &one;
    return found;
}

std::optional<Due> due_of(std::span<Clock const> clocks) {
    auto const* clock = nearest(clocks);
    if (!clock) return std::nullopt;
    auto const seconds = [](Duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); };
    return Due{clock->metric,
               clock->stage,
               clock->started_at,
               clock->warns_at,
               clock->due_at,
               seconds(*clock->target),
               seconds(std::max(*clock->target - clock->used, Duration::zero()))};
}

bool from_text(std::string_view text, DueColumn& due) {
    auto read = json::decode<Due>(text);
    if (read) due.value = std::move(*read);
    return read.has_value();
}
std::string to_text(DueColumn const& due) { return json::encode(due.value); }

}  // namespace rapport::conversation::sla
