// Who gets a conversation: a pure function of what it needs and of who is there. It says of everybody why they got it
// or not. Any thread.
#pragma once

#include <span>

#include "conversation/conversation.hpp"

namespace rapport::conversation::routing {

// What a conversation needs.
struct Need {
    Locale locale{};
    std::vector<LabelId> skills;
    std::int64_t weight = 1;
    std::optional<AgentId> not_again;  // had it, and gave it back
};

struct Candidate {
    AgentId agent;
    std::string name;
    bool present = false;  // online, as they say and as their stream confirms
    bool at_work = true;   // by their calendar
    std::vector<LabelId> skills;
    std::vector<Locale> languages;        // none: all
    std::int64_t load = 0, capacity = 0;  // in weights
    std::optional<Time> assigned_at;      // last given something: the longer ago, the more credit
};

enum class Verdict : std::uint8_t {
    chosen,
    not_present,
    outside_hours,
    had_it,
    lacks_skill,
    lacks_language,
    full,
    more_loaded,  // another one is less so
    less_credit,  // as loaded as the chosen one, and was given something later
};
BOOST_DESCRIBE_ENUM(Verdict, chosen, not_present, outside_hours, had_it, lacks_skill, lacks_language, full, more_loaded,
                    less_credit)

struct Judged {
    AgentId agent;
    std::string name;
    Verdict verdict{};
    std::int64_t load = 0, capacity = 0;
    std::optional<Time> assigned_at;
};
BOOST_DESCRIBE_STRUCT(Judged, (), (agent, name, verdict, load, capacity, assigned_at))

struct Choice {
    std::optional<AgentId> agent;
    std::vector<Judged> judged;  // in the order of the candidates
};

// Least loaded for what they can carry; among equals, who was given something longest ago; then by identifier.
Choice choose(Need const& need, std::span<Candidate const> candidates);

}  // namespace rapport::conversation::routing

template <>
struct rapport::json::SchemaName<rapport::conversation::routing::Judged> {
    static std::string name() { return "RoutingCandidate"; }
};
template <>
struct rapport::json::SchemaName<rapport::conversation::routing::Verdict> {
    static std::string name() { return "RoutingVerdict"; }
};
