// The states of a letter: one table of from, verb, to. docs/formats/outbox.md prints it; a test walks every pair.
#pragma once

#include <optional>
#include <string_view>

#include "post/post.hpp"

namespace rapport::post {

enum class Verb : std::uint8_t {
    claim,
    accept,
    delay,
    refuse,
    lose,
    expire,
    give_back,
    retry,
    cancel,
    give_up,
    forget
};
BOOST_DESCRIBE_ENUM(Verb, claim, accept, delay, refuse, lose, expire, give_back, retry, cancel, give_up, forget)

struct Transition {
    State from;
    Verb verb;
    State to;
    std::string_view why;
};

inline constexpr Transition transitions[] = {
    {State::queued, Verb::claim, State::attempting,
     "a worker took it; the attempt is recorded before the network is used"},
    {State::queued, Verb::cancel, State::cancelled, "a person cancelled it"},
    {State::queued, Verb::forget, State::cancelled, "its owner was erased"},
    {State::attempting, Verb::accept, State::accepted, "a 2xx reply followed the end of data (RFC 5321 §6.1)"},
    {State::attempting, Verb::delay, State::queued, "a 4xx reply, or no server was reached: tried again later"},
    {State::attempting, Verb::refuse, State::failed, "a 5xx reply, null MX, or an unknown domain"},
    {State::attempting, Verb::expire, State::failed, "its time ran out (RFC 5321 §4.5.4.1)"},
    {State::attempting, Verb::lose, State::unknown, "the end of data was handed over and no reply came"},
    {State::attempting, Verb::give_back, State::queued, "the program stopped before the end of data was handed over"},
    {State::attempting, Verb::forget, State::cancelled, "its owner was erased meanwhile, and no server took it"},
    {State::unknown, Verb::accept, State::accepted, "the reply came after all"},
    {State::unknown, Verb::retry, State::queued, "a person sends it again, perhaps twice"},
    {State::unknown, Verb::give_up, State::failed, "a person gave it up"},
    {State::failed, Verb::retry, State::queued, "a person sends it again"},
    {State::unknown, Verb::forget, State::cancelled, "its owner was erased"},
    {State::failed, Verb::forget, State::cancelled, "its owner was erased"},
};

constexpr std::optional<State> transition(State from, Verb verb) {
    for (auto const& row : transitions)
        if (row.from == from && row.verb == verb) return row.to;
    return std::nullopt;
}

}  // namespace rapport::post
