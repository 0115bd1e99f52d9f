// What was promised to a customer, and how it stands: a pure function of what happened in a conversation. The same
// facts always give the same clocks, whenever and however often they are asked for. Any thread.
//
// An episode runs from the opening (or a reopening) until nobody owes anything. In it
//  - the first response counts from the customer's first message to the first answer of a person, the next response
//    from the oldest message that no person has answered since; what programs write, and notes, stop neither;
//  - the resolution counts from the customer's first message, or from the reopening, until it is resolved; it stands
//    still while the customer owes us something, and while it is put off if the policy says so.
// Only open time of the calendar counts. What has been missed stays missed.
#pragma once

#include <span>

#include "conversation/conversation.hpp"
#include "conversation/sla/calendar.hpp"

namespace rapport::conversation::sla {

struct CalendarTag {
    static constexpr std::string_view prefix = "cal";
};
struct PolicyTag {
    static constexpr std::string_view prefix = "sla";
};
struct TermsTag {
    static constexpr std::string_view prefix = "slt";
};
using CalendarId = Id<CalendarTag>;
using PolicyId = Id<PolicyTag>;
using TermsId = Id<TermsTag>;

enum class Metric : std::uint8_t { first_response, next_response, resolution };
BOOST_DESCRIBE_ENUM(Metric, first_response, next_response, resolution)

enum class FactKind : std::uint8_t {
    opened,
    reopened,
    heard,  // a person's message came in
    agent_answered,
    key_answered,  // through the API
    program_answered,
    taken_back,  // the answer `message` never left
    changed,     // state or priority
};
BOOST_DESCRIBE_ENUM(FactKind, opened, reopened, heard, agent_answered, key_answered, program_answered, taken_back,
                    changed)

struct FactTag {
    static constexpr std::string_view prefix = "fct";
};
using FactId = Id<FactTag>;

// State and priority are those afterwards. In the order in which they were written.
struct Fact {
    FactId id;
    Time at{};
    FactKind kind{};
    State state{};
    Priority priority{};
    std::optional<MessageId> message;
};
BOOST_DESCRIBE_STRUCT(Fact, (), (id, at, kind, state, priority, message))

// In minutes of open time; absent: nothing is promised.
struct Targets {
    std::optional<std::int64_t> first_response, next_response, resolution;
    bool operator==(Targets const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Targets, (), (first_response, next_response, resolution))
struct TargetsByPriority {
    std::optional<Targets> low, normal, high, urgent;
    bool operator==(TargetsByPriority const&) const = default;
};
BOOST_DESCRIBE_STRUCT(TargetsByPriority, (), (low, normal, high, urgent))

// What counts for the clock, of a policy as it was when the episode began.
struct Rules {
    TargetsByPriority targets;
    std::int64_t warn_at_percent = 75;  // of the target
    bool pause_when_snoozed = false;
    bool api_answers_count = false;  // an answer through the API is a person's
    bool operator==(Rules const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Rules, (), (targets, warn_at_percent, pause_when_snoozed, api_answers_count))

std::optional<Duration> target_of(Rules const& rules, Metric metric, Priority priority);

enum class Stage : std::uint8_t {
    running,
    paused,
    met,        // what was promised has been done, in time or (see breached_at) late
    cancelled,  // it ended otherwise: resolved without an answer, spam, merged
};
BOOST_DESCRIBE_ENUM(Stage, running, paused, met, cancelled)

struct Clock {
    Metric metric{};
    FactId round;  // what started it
    Stage stage = Stage::running;
    Time started_at{};
    std::optional<Time> ended_at;
    std::optional<Duration> target;
    Duration used{};  // of open time, until it last began to run
    std::optional<Time> running_since;
    std::optional<Time> warns_at, due_at;  // while it runs; once passed, when that was
    std::optional<Time> warned_at, breached_at;

    bool is_live() const { return stage == Stage::running || stage == Stage::paused; }
    bool operator==(Clock const&) const = default;
};

// Of the last episode in `facts`, in the order in which they started; as it stands at `now`.
std::vector<Clock> run(Rules const& rules, Calendar const& calendar, std::span<Fact const> facts, Time now);

// Of the live clocks the one that is due first; paused ones last.
Clock const* nearest(std::span<Clock const> clocks);

// What lists and threads show of it. It does not depend on when it was computed.
struct Due {
    Metric metric{};
    Stage stage{};  // running, paused
    Time started_at{};
    std::optional<Time> warns_at, due_at;  // absent while it is paused, and where it never is
    std::int64_t target_s = 0;
    std::int64_t left_s = 0;  // of open time, when it last began to run, or was paused
    bool operator==(Due const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Due, (), (metric, stage, started_at, warns_at, due_at, target_s, left_s))
std::optional<Due> due_of(std::span<Clock const> clocks);

// As it stands in a row.
struct DueColumn {
    Due value;
    bool operator==(DueColumn const&) const = default;
};
bool from_text(std::string_view text, DueColumn& due);
std::string to_text(DueColumn const& due);

}  // namespace rapport::conversation::sla
