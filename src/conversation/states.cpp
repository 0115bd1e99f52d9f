// What to say when the state table has no row; the page printed from it.
#include "conversation/states.hpp"

namespace rapport::conversation {
namespace {

std::string name_of(State state) { return std::string(json::enum_name(state)); }

}  // namespace

Error not_allowed(State state, Verb verb) {
    return Error{
        ErrorKind::conflict,
        "state_does_not_allow",
        "The conversation is " + name_of(state) + "; that does not allow: " + std::string(json::enum_name(verb)) + ".",
        {},
        0};
}

std::string states_page() {
    std::string page =
        "# The states of a conversation\n\nPrinted from the table in `src/conversation/states.hpp`, which alone "
        "decides; a test fails when this page is out of date.\nA pair that stands in no row is refused with the code "
        "`state_does_not_allow`.\n\n```mermaid\nstateDiagram-v2\n    [*] --> open: a message, or an agent\n";
    for (auto const& row : transitions) {
        if (!row.to) continue;
        for (std::size_t i = 0; i < state_count; ++i)
            if (auto const from = static_cast<State>(i); row.from.has(from))
                page += "    " + name_of(from) + " --> " + name_of(*row.to) + ": " +
                        std::string(json::enum_name(row.verb)) + "\n";
    }
    page += "```\n\n| from | verb | to | in words |\n| --- | --- | --- | --- |\n";
    for (auto const& row : transitions) {
        std::string from;
        for (std::size_t i = 0; i < state_count; ++i)
            if (auto const state = static_cast<State>(i); row.from.has(state))
                from += (from.empty() ? "" : ", ") + name_of(state);
        page += "| " + from + " | " + std::string(json::enum_name(row.verb)) + " | " +
                (row.to ? name_of(*row.to) : "unchanged") + " | " + std::string(row.words) + " |\n";
    }
    return page;
}

}  // namespace rapport::conversation
