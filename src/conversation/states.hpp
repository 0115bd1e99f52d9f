// The life of a conversation as one constexpr table: from, verb, to. Nothing else decides; docs/conversation-states.md
// is printed from it and a test walks every pair. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace rapport::conversation {

enum class State : std::uint8_t {
    open,      // we owe the customer something
    pending,   // the customer owes us something
    snoozed,   // until an instant, or until the customer writes
    resolved,  // nobody owes anything
    spam,
    merged,  // its messages stand in another conversation; see merged_into
};
BOOST_DESCRIBE_ENUM(State, open, pending, snoozed, resolved, spam, merged)
inline constexpr std::size_t state_count = 6;

enum class Verb : std::uint8_t {
    hear,            // a person's message came in
    hear_automatic,  // a program's message came in (RFC 3834)
    answer,          // an agent's message is on its way to the customer
    reopen,
    wait,
    snooze,
    wake,  // the time has come
    resolve,
    mark_spam,
    merge,
    unmerge,
};
BOOST_DESCRIBE_ENUM(Verb, hear, hear_automatic, answer, reopen, wait, snooze, wake, resolve, mark_spam, merge, unmerge)
inline constexpr std::size_t verb_count = 11;

struct States {
    std::uint32_t bits = 0;
    constexpr States(std::initializer_list<State> states) {
        for (auto state : states) bits |= 1U << static_cast<unsigned>(state);
    }
    constexpr bool has(State state) const { return bits >> static_cast<unsigned>(state) & 1U; }
};

struct Transition {
    States from;
    Verb verb;
    std::optional<State> to;  // empty: stays where it is
    std::string_view words;
};

// clang-format off
inline constexpr auto transitions = std::to_array<Transition>({
    {{State::open, State::pending, State::snoozed, State::resolved}, Verb::hear, State::open, "A person wrote: we owe an answer. A resolved conversation is opened again for a while only; later messages open a new one that follows it."},
    {{State::spam}, Verb::hear, std::nullopt, "More of the same; nobody is disturbed."},
    {{State::open, State::pending, State::snoozed, State::resolved, State::spam}, Verb::hear_automatic, std::nullopt, "A program wrote: kept, shown, and nothing follows."},
    {{State::open, State::pending, State::snoozed, State::resolved}, Verb::answer, State::pending, "An agent's answer is on its way: it is the customer's turn, unless the agent says otherwise."},
    {{State::pending, State::snoozed, State::resolved, State::spam}, Verb::reopen, State::open, "An agent opens it again."},
    {{State::open, State::snoozed, State::resolved}, Verb::wait, State::pending, "An agent waits for the customer."},
    {{State::open, State::pending, State::snoozed}, Verb::snooze, State::snoozed, "An agent puts it off until an instant."},
    {{State::snoozed}, Verb::wake, State::open, "That instant has come."},
    {{State::open, State::pending, State::snoozed}, Verb::resolve, State::resolved, "An agent says that nobody owes anything any more."},
    {{State::open, State::pending, State::snoozed, State::resolved}, Verb::mark_spam, State::spam, "Somebody who may, says that nobody should be bothered with it."},
    {{State::open, State::pending, State::snoozed, State::resolved}, Verb::merge, State::merged, "Its messages move into another conversation."},
    {{State::merged}, Verb::unmerge, State::open, "They come back."},
});
// clang-format on

constexpr Transition const* transition(State from, Verb verb) {
    for (auto const& row : transitions)
        if (row.verb == verb && row.from.has(from)) return &row;
    return nullptr;
}

// "state_does_not_allow": what is asked, what the state is.
Error not_allowed(State state, Verb verb);

// docs/conversation-states.md, with its diagram.
std::string states_page();

}  // namespace rapport::conversation
