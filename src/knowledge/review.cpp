// Review: somebody is asked, and answers.
#include "base/text.hpp"
#include "knowledge/jobs.hpp"
#include "knowledge/sql.hpp"

namespace rapport::knowledge {
namespace {

std::optional<std::string> said_in(KnowledgeStep const& how) {
    if (!how.comment || trimmed(how.comment->value).empty()) return std::nullopt;
    return std::string(trimmed(how.comment->value));
}

// The row, if the step is in the table and the draft is as it was seen.
Expected<TranslationRow> take(store::Tx& tx, ArticleId id, Locale locale, KnowledgeStep const& how, TextVerb verb) {
    if (!tx.one<ArticleRow>(sql::lock_article, id)) return no_such("article");
    auto row = translation_row(tx, id, locale);
    if (!row) return no_such("translation");
    if (row->draft_version != how.version) return changed_meanwhile();
    auto const state = step(row->state, verb);
    if (!state)
        return verb == TextVerb::hand_in
                   ? fail(ErrorKind::conflict, "not_a_draft", "Only a draft is handed in; this is none now.")
                   : fail(ErrorKind::conflict, "not_in_review", "Nobody has handed it in.");
    row->state = *state;
    return std::move(*row);
}

void answer(TranslationRow& row, ReviewVerdict verdict, Act const& act, KnowledgeStep const& how) {
    auto review = row.review.empty() ? KnowledgeReview{.by = name_of(act.actor), .at = act.now}
                                     : from_object<KnowledgeReview>(row.review);
    review.verdict = verdict;
    review.verdict_by = name_of(act.actor);
    review.verdict_at = act.now;
    review.verdict_comment = said_in(how);
    row.review = object_of(review);
    row.changed_at = act.now;
}

}  // namespace

Expected<> hand_in(store::Tx& tx, Act const& act, Rights const&, ArticleId id, Locale locale,
                   KnowledgeStep const& how) {
    auto row = take(tx, id, locale, how, TextVerb::hand_in);
    if (!row) return fail(row.error());
    KnowledgeReview review;
    review.by = name_of(act.actor);
    review.at = act.now;
    review.comment = said_in(how);
    review.verdict = ReviewVerdict::asked;
    row->review = object_of(review);
    row->changed_at = act.now;
    save_state(tx, *row);
    tell(tx, act, to_text(id), "article.handed_in", {{"locale", to_text(locale)}});
    return {};
}

Expected<> approve(store::Tx& tx, Act const& act, Rights const& rights, ArticleId id, Locale locale,
                   KnowledgeStep const& how) {
    auto row = take(tx, id, locale, how, TextVerb::approve);
    if (!row) return fail(row.error());
    if (auto const good = check_own(tx, rights, *row); !good) return good;
    answer(*row, ReviewVerdict::approved, act, how);
    save_state(tx, *row);
    tell(tx, act, to_text(id), "article.approved", {{"locale", to_text(locale)}});
    return {};
}

Expected<> return_draft(store::Tx& tx, Act const& act, Rights const&, ArticleId id, Locale locale,
                        KnowledgeStep const& how) {
    if (!said_in(how))
        return wrong("invalid_fields", "/comment", "Say what is missing.", "1 to 1000 characters", "fill it in");
    auto row = take(tx, id, locale, how, TextVerb::return_);
    if (!row) return fail(row.error());
    answer(*row, ReviewVerdict::returned, act, how);
    save_state(tx, *row);
    tell(tx, act, to_text(id), "article.returned", {{"locale", to_text(locale)}});
    return {};
}

}  // namespace rapport::knowledge
