// The certificate's words in six languages (messages/*.json). Not part of the module's interface.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace rapport::certificate {

using Values = std::vector<std::pair<std::string_view, std::string>>;

// The text with its {places} filled; empty where there is none.
std::string word(Locale locale, std::string_view key, Values const& values = {});

// A value within text of either direction: kept apart (UAX #9 isolates), on one line, without the marks that would turn
// the text around it, and at most `most` characters long.
std::string isolated(std::string_view value, std::size_t most = 300);
// The same for what is always written from left to right: identifiers, digests, addresses, times.
std::string left_to_right(std::string_view value);

}  // namespace rapport::certificate
