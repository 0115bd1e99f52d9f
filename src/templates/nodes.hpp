// A compiled template: a tree of nodes. Internal to the module.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "templates/templates.hpp"

namespace rapport::templates {

// Where a value stands.
enum class Place : std::uint8_t {
    plain,      // as the form has it: text
    markup,     // HTML text
    attribute,  // in a quoted attribute
    link,       // a quoted attribute that holds an address, from its beginning
    link_part,  // further back in such an address
    raw,        // HTML already
};

// "order.total" → {"order", "total"}; "." → {}.
struct Path {
    std::vector<std::string> names;
    std::size_t line = 1;
    std::string text() const;
};

enum class How : std::uint8_t { plain, number, money, date, time, datetime };
struct Format {
    How how = How::plain;
    std::string style = {};  // empty: the usual one; "::…": an ICU skeleton
};

struct Node;
using Nodes = std::vector<Node>;

struct Words {
    std::string text;
};
struct Slot {
    Path path;
    Format format;
    Place place = Place::plain;
    std::optional<std::string> otherwise = {};  // stands there where there is no value
};
struct Section {
    Path path;
    bool inverted = false;
    Nodes body;
};
struct Case {
    std::optional<double> exactly;  // =0
    std::string keyword;            // one, few, other; or the word of a select
    Nodes body;
};
struct Choice {
    Path path;
    enum class By : std::uint8_t { plural, ordinal, word } by = By::plural;
    double offset = 0;
    std::vector<Case> cases;
};
struct Count {  // '#': the number of the plural around it
    Place place = Place::plain;
};
struct Node : std::variant<Words, Slot, Section, Choice, Count> {
    using variant::variant;
};

struct Program {
    Form form = Form::text;
    std::string pointer;
    Nodes nodes;
    std::size_t size = 0;  // of the source
};

}  // namespace rapport::templates
