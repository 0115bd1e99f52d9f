// What happens by itself at its time. Internal to the module.
#pragma once

#include "knowledge/rows.hpp"

namespace rapport::knowledge {

// Whoever wrote in it may neither approve nor publish it, where the settings say so. Code own_text.
Expected<> check_own(store::Reader& reader, Rights const& rights, TranslationRow const& row);

// False: it is not due any more.
bool publish_due(store::Tx& tx, Act const& act, ArticleId id, Locale locale);
void expire_due(store::Tx& tx, Act const& act, ArticleId id);
// An event, and a letter to the owner: the title and the link.
void remind_of_review(store::Tx& tx, std::string_view site, Act const& act, ArticleId id);

}  // namespace rapport::knowledge
