// Audiences.
#include "knowledge/reading/visible.hpp"

namespace rapport::knowledge {

bool is_for(store::Reader& reader, Knowledge const& knowledge, Visitor const& visitor, ArticleRow const& article) {
    if (article.audience == AudienceKind::public_ || visitor.is_agent) return true;
    if (article.audience == AudienceKind::agents || !visitor.customer) return false;
    if (!article.segment) return true;
    auto const& is_in = knowledge.surroundings().is_in_segment;
    return is_in && is_in(reader, *visitor.customer, *article.segment);
}

bool may_read(store::Reader& reader, Knowledge const& knowledge, Visitor const& visitor, ArticleRow const& article,
              TranslationRow const& text, Time now) {
    if (!text.visible || text.number == 0 || article.retired_at) return false;
    if (article.expires_at && *article.expires_at <= now) return false;
    return is_for(reader, knowledge, visitor, article);
}

}  // namespace rapport::knowledge
