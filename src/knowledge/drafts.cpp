// Drafts: saved upon the version that they were read with, or not at all.
#include "base/text.hpp"
#include "knowledge/rows.hpp"
#include "knowledge/shown.hpp"
#include "knowledge/sql.hpp"
#include "markdown/markdown.hpp"

namespace rapport::knowledge {
namespace {

std::optional<KnowledgeReview> review_in(TranslationRow const& row) {
    if (row.review.empty()) return std::nullopt;
    return from_object<KnowledgeReview>(row.review);
}

std::vector<std::string> names_in(json::Object const& writers) {
    std::vector<std::string> out;
    for (auto const& [name, ignored] : writers) out.emplace_back(std::string_view(name));
    return out;
}

std::int64_t based_on(store::Reader& reader, ArticleRow const& article, Locale locale,
                      PutKnowledgeTranslation const& wanted, std::optional<TranslationRow> const& before) {
    if (locale == article.source) return 0;
    if (wanted.made_from) return *wanted.made_from;
    return before ? before->made_from : source_number(reader, article);
}

Expected<> check_text(store::Reader& reader, ArticleRow const& article, Locale locale,
                      PutKnowledgeTranslation const& wanted) {
    if (trimmed(wanted.title.value).empty())
        return wrong("invalid_fields", "/title", "It needs a title.", "1 to 200 characters", "fill it in");
    if (wanted.slug && !wanted.slug->value.empty() && !markdown::is_slug(wanted.slug->value, most_slug))
        return wrong("invalid_fields", "/slug", "This cannot stand in an address.",
                     "small letters of any script, digits and -", "write it like pay-my-bill");
    if (wanted.made_from && locale != article.source &&
        (*wanted.made_from < 0 || *wanted.made_from > source_number(reader, article)))
        return wrong("invalid_fields", "/made_from", "The source has no such version.", "a version of the source",
                     "use the number of the version that was translated");
    // Whatever is saved can be shown.
    auto const text = markdown::plain_text(wanted.body.value);
    if (text) return {};
    auto error = text.error();
    error.fields = {{"/body", "text that can be shown", "simplify it"}};
    return fail(std::move(error));
}

void save_uses(store::Tx& tx, ArticleId id, Locale locale, std::string const& body) {
    tx.exec(sql::delete_uses, id, locale, 0);
    for (auto const file : files_in(body)) tx.exec(sql::insert_use, file, id, locale, 0);
}

}  // namespace

Expected<KnowledgeTranslation> find_translation(store::Reader& reader, Knowledge const& knowledge, ArticleId id,
                                                Locale locale) {
    auto const article = article_row(reader, id);
    if (!article) return no_such("article");
    auto const row = translation_row(reader, id, locale);
    if (!row) return no_such("translation");
    KnowledgeTranslation out;
    out.article = id;
    out.locale = locale;
    out.state = row->state;
    out.version = row->draft_version;
    out.number = row->number;
    out.title = row->title;
    out.summary = row->summary;
    out.body = row->body;
    out.slug = row->slug;
    if (auto const slug = current_address(reader, "article", to_text(locale), id.value)) {
        out.address = *slug;
        out.url = knowledge.public_url() + article_path(locale, *slug);
    }
    out.made_from = row->made_from;
    out.source_number = source_number(reader, *article);
    out.outdated = is_outdated(*article, locale, row->made_from, out.source_number);
    out.writers = names_in(row->writers);
    out.review = review_in(*row);
    out.publish_at = row->publish_at;
    out.published_at = row->published_at;
    out.visible = row->visible;
    out.changed_at = row->changed_at;
    out.changed_by = row->changed_by;
    if (auto const shown = show(reader, row->body, {.locale = locale, .where = Shown::preview}))
        out.findings = findings_of(*shown);
    return out;
}

Expected<> put_translation(store::Tx& tx, Knowledge const&, Act const& act, Rights const&, ArticleId id, Locale locale,
                           PutKnowledgeTranslation const& wanted) {
    auto const article = tx.one<ArticleRow>(sql::lock_article, id);
    if (!article) return no_such("article");
    if (auto const good = check_text(tx, *article, locale, wanted); !good) return good;
    auto const before = translation_row(tx, id, locale);
    auto const made_from = based_on(tx, *article, locale, wanted, before);
    auto const slug = wanted.slug ? (wanted.slug->value.empty() ? std::nullopt : std::optional(wanted.slug->value))
                                  : (before ? before->slug : std::nullopt);
    auto const summary = wanted.summary.value_or(KnowledgeSummaryText{before ? before->summary : std::string()}).value;
    auto writers = before ? before->writers : json::Object();
    auto const self = name_of(act.actor);
    writers[self] = 1;
    if (!before) {
        if (wanted.version != 0 || tx.changed(sql::insert_translation, tx.new_id<TextId>(), id, locale,
                                              std::string(trimmed(wanted.title.value)), summary, wanted.body, slug,
                                              made_from, writers, json::Object(), act.now, self) != 1)
            return changed_meanwhile();
    } else {
        if (wanted.version != before->draft_version) return changed_meanwhile();
        auto const state = step(before->state, TextVerb::save);
        require(state.has_value(), "a draft can be changed in every state");
        // What was asked and answered about another text says nothing of this one; a return's words stay with it.
        auto review = before->review;
        if (auto const asked = review_in(*before); asked && asked->verdict != ReviewVerdict::returned) review.clear();
        if (tx.changed(sql::save_draft, id, locale, wanted.version, *state, std::string(trimmed(wanted.title.value)),
                       summary, wanted.body, slug, made_from, writers, review, act.now, self) != 1)
            return changed_meanwhile();
    }
    save_uses(tx, id, locale, wanted.body.value);
    tx.exec(sql::touch_article, id, act.now);
    tell(tx, act, to_text(id), "article.draft_saved",
         {{"locale", to_text(locale)}, {"version", before ? before->draft_version + 1 : 1}});
    return {};
}

Expected<> discard_draft(store::Tx& tx, Act const& act, ArticleId id, Locale locale, std::int64_t version) {
    auto const article = tx.one<ArticleRow>(sql::lock_article, id);
    if (!article) return no_such("article");
    auto const row = translation_row(tx, id, locale);
    if (!row) return no_such("translation");
    if (row->number == 0)
        return fail(ErrorKind::conflict, "never_published", "Nothing was published that it could go back to.");
    auto const state = step(row->state, row->visible ? TextVerb::discard : TextVerb::drop);
    if (!state) return fail(ErrorKind::conflict, "nothing_to_discard", "It is as it was published.");
    auto const was = tx.one<VersionRow>(sql::find_version, id, locale, row->number);
    require(was.has_value(), "a version that was published is kept");
    if (tx.changed(sql::save_draft, id, locale, version, *state, was->title, was->summary, was->body, row->slug,
                   was->made_from, json::Object(), json::Object(), act.now, name_of(act.actor)) != 1)
        return changed_meanwhile();
    save_uses(tx, id, locale, was->body);
    tx.exec(sql::touch_article, id, act.now);
    tell(tx, act, to_text(id), "article.draft_discarded", {{"locale", to_text(locale)}});
    return {};
}

}  // namespace rapport::knowledge
