// What people type, and the text that is searched: any octets are understood or refused, within bounds; what is marked
// in a text lies in it.
#include <string_view>

#include "base/error.hpp"
#include "search/highlight.hpp"
#include "search/query.hpp"
#include "search/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    using namespace rapport;
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    auto const split = std::min<std::size_t>(input.find('\0'), input.size());
    auto const typed = input.substr(0, split);
    auto const text = input.substr(std::min(split + 1, input.size()));
    static constexpr std::string_view filters[] = {"is", "label"};
    std::uint32_t place = 0;
    search::analyse(text, [&](search::Token const& token) {
        require(token.begin < token.end && token.end <= text.size(), "a token lies in its text");
        require(token.place >= place, "places rise");
        require(search::letters_of(token.term) <= search::most_term_letters, "terms are bounded");
        place = token.place;
    });
    auto const query = search::parse_query(typed, {filters, "Asia/Tehran"});
    if (!query) {
        require(!query.error().fields.empty() && !query.error().fields[0].fix.empty(), "a refusal says what to do");
        return 0;
    }
    require(query->clauses.size() <= search::most_clauses, "clauses are bounded");
    auto const found = search::excerpt_of(text, search::Field::any, *query, 100);
    std::int64_t end = 0;
    auto const letters = static_cast<std::int64_t>(search::letters_of(found.text));
    for (auto const& match : found.matches) {
        require(match.begin >= end && match.begin < match.end && match.end <= letters, "marks lie in the excerpt");
        end = match.end;
    }
    return 0;
}
