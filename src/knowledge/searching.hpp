// What articles offer to be found: each published text, by relevance (search/ranked.hpp).
#pragma once

#include "search/keeper.hpp"

namespace rapport::knowledge {

search::Shelf text_shelf();

}  // namespace rapport::knowledge
