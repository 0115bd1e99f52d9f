// What people type into the search of the help centre, and the texts it shows: any octets are understood, within
// bounds; what is marked in a text lies in it.
#include <string_view>

#include "base/error.hpp"
#include "search/ranked_query.hpp"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    using namespace rapport;
    static constexpr std::string_view languages[] = {"en", "it", "th", "ja", "ko", "fa", "ar", "", "xx-YY"};
    if (size == 0) return 0;
    auto const language = languages[data[0] % std::size(languages)];
    std::string_view const input(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const split = std::min<std::size_t>(input.find('\0'), input.size());
    auto const typed = input.substr(0, split);
    auto const text = input.substr(std::min(split + 1, input.size()));
    std::uint32_t place = 0;
    for (auto const& one : search::ranked_terms(text, language)) {
        require(one.begin < one.end && one.end <= text.size(), "a term lies in its text");
        require(one.place >= place, "places rise");
        place = one.place;
    }
    search::CompiledCuration const curation(
        {.synonyms = {{std::string(language), {std::string(text.substr(0, 40)), "bill"}}},
         .best = {{std::string(language), std::string(text.substr(0, 40)), search::Kind::article, 1}}});
    search::RankedQuery query(typed, language, data[0] % 2 == 0, curation, .5);
    require(query.slots.size() <= 4 * search::most_slots, "slots are bounded");
    for (auto const& slot : query.slots) {
        require(!slot.leaves.empty(), "a slot can be met");
        for (auto const& leaf : slot.leaves) query.weights[' ' + leaf.term] = leaf.weight;
    }
    curation.best_for(typed, language);
    auto const found = search::excerpt_of(text, query, 100);
    std::int64_t end = 0;
    auto const letters = static_cast<std::int64_t>(search::letters_of(found.text));
    for (auto const& match : found.matches) {
        require(match.begin >= end && match.begin < match.end && match.end <= letters, "marks lie in the excerpt");
        end = match.end;
    }
    return 0;
}
