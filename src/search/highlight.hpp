// What to show of a text that was found: the part around the first match, and where in it the matches are.
#pragma once

#include "base/json.hpp"
#include "search/query.hpp"

namespace rapport::search {

// [begin, end) in characters (Unicode code points) of the text it comes with.
struct Range {
    std::int64_t begin = 0, end = 0;
    bool operator==(Range const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Range, (), (begin, end))

struct Excerpt {
    std::string text;  // one line; an ellipsis where something was left out
    std::vector<Range> matches;
};
BOOST_DESCRIBE_STRUCT(Excerpt, (), (text, matches))

// `field` is what the text is: words of another field's clauses are not marked. At most about `letters` characters.
Excerpt excerpt_of(std::string_view text, Field field, ParsedQuery const& query, std::size_t letters);

}  // namespace rapport::search
