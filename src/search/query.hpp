// What people type into a search field, understood: words, "phrases", -without, field:value. Bounded, and never
// surprised by what is half typed. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace rapport::search {

inline constexpr std::size_t most_query_letters = 500, most_clauses = 24;

// Where a term stands. Terms of a field stand in `any`, too.
enum class Field : std::uint8_t { any, from, to, subject };

// What follows the terms before it: a term as it is, all that begin with it, or all in [term, until).
struct Ending {
    enum class Kind : std::uint8_t { exact, prefix, range } kind = Kind::exact;
    std::string term, until = {};
    bool operator==(Ending const&) const = default;
};

// Terms at neighbouring places, then the ending (whose place is not checked unless it is exact).
struct Phrase {
    std::vector<std::string> terms;
    Ending ending;
    bool operator==(Phrase const&) const = default;
};

// One of the phrases stands in the field, or, negated, none.
struct Clause {
    Field field = Field::any;
    bool negated = false;
    std::vector<Phrase> phrases;
    bool operator==(Clause const&) const = default;
};

// What the database answers: label:vip, is:open, assignee:anna. The module that knows the kind decides.
struct Filter {
    std::string name, value;  // both in lower case, value trimmed
    bool negated = false;
    bool operator==(Filter const&) const = default;
};

struct ParsedQuery {
    std::vector<Clause> clauses;
    std::vector<Filter> filters;
    std::optional<Time> after, before;   // [after, before)
    std::optional<std::int64_t> number;  // "#1042", or "1042" and nothing else
    bool only_number = false;            // "#1042" and nothing else
    bool operator==(ParsedQuery const&) const = default;
};

struct QueryRules {
    std::span<std::string_view const> filters;  // names that are filters; other words with a colon are words
    std::string zone = "UTC";                   // whose days `before:2026-11-01` means (IANA name)
};

// Codes: invalid_fields, pointer /q. The last word, if nothing follows it, may be half typed.
Expected<ParsedQuery> parse_query(std::string_view text, QueryRules const& rules);

// What the last syllable of Korean, half typed, may become. `term` is not empty.
std::optional<Ending> half_typed_hangul(std::string const& term);

}  // namespace rapport::search
