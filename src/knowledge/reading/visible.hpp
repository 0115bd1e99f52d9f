// What a visitor may read. Internal to the module.
#pragma once

#include "knowledge/rows.hpp"

namespace rapport::knowledge {

bool is_for(store::Reader& reader, Knowledge const& knowledge, Visitor const& visitor, ArticleRow const& article);
// A published version, of an article that is not retired, not expired, and for them.
bool may_read(store::Reader& reader, Knowledge const& knowledge, Visitor const& visitor, ArticleRow const& article,
              TranslationRow const& text, Time now);

}  // namespace rapport::knowledge
