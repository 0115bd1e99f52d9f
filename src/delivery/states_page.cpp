// Prints docs/delivery-states.md from the table.
#include "delivery/states.hpp"

namespace rapport::delivery {
namespace {

std::string code_name(evidence::EventCode code) {
    auto const& about = evidence::info(code);
    return std::string(about.label.substr(0, 1)) + "." + std::string(about.label.substr(1)) + " " +
           std::string(about.name);
}

std::string names(States states) {
    std::string text;
    for (std::size_t i = 0; i < state_count; ++i)
        if (states.has(static_cast<State>(i)))
            text += (text.empty() ? "" : ", ") + std::string(json::enum_name(static_cast<State>(i)));
    return text == "none" ? "—" : text;
}

void table(std::string& page, Kind kind) {
    page += "| from | verb | to | evidence | clause | in words |\n| --- | --- | --- | --- | --- | --- |\n";
    for (auto const& row : transitions) {
        if (row.kind != kind) continue;
        page += "| " + names(row.from) + " | " + std::string(json::enum_name(row.verb)) + " | " +
                (row.to ? std::string(json::enum_name(*row.to)) : "unchanged") + " | " +
                (row.evidence ? code_name(*row.evidence) : "—") + " | " + std::string(row.clause) + " | " +
                std::string(row.words) + " |\n";
    }
}

void diagram(std::string& page, Kind kind) {
    page += "```mermaid\nstateDiagram-v2\n";
    for (auto const& row : transitions) {
        if (row.kind != kind || !row.to) continue;
        for (std::size_t i = 0; i < state_count; ++i) {
            auto const from = static_cast<State>(i);
            if (!row.from.has(from)) continue;
            page += "    " + (from == State::none ? std::string("[*]") : std::string(json::enum_name(from))) + " --> " +
                    std::string(json::enum_name(*row.to)) + ": " + std::string(json::enum_name(row.verb)) +
                    (row.evidence ? " (" + std::string(evidence::info(*row.evidence).label) + ")" : "") + "\n";
        }
    }
    page += "```\n";
}

}  // namespace

std::string states_page() {
    std::string page =
        "# The states of a delivery\n\n"
        "Printed from the table in `src/delivery/states.hpp`, which alone decides; a test fails when this page is out "
        "of date.\n"
        "Clauses are of ETSI EN 319 522-1 unless another document is named. A pair that stands in no row is refused "
        "with the\n"
        "code `state_does_not_allow`. No evidence A.2 is made: whoever submits gets the refusal in the answer to the "
        "same\n"
        "request, with the field, the rule and the fix, and nothing is stored.\n\n## Registered deliveries\n\n";
    diagram(page, Kind::registered);
    page += "\n";
    table(page, Kind::registered);
    page += "\n## Plain notices\n\nNo evidence is made of them.\n\n";
    diagram(page, Kind::plain);
    page += "\n";
    table(page, Kind::plain);
    return page;
}

}  // namespace rapport::delivery
