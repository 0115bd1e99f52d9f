// Publication: a draft becomes a version that never changes, now or at its time; and what was published is looked at.
#include "base/text.hpp"
#include "knowledge/jobs.hpp"
#include "knowledge/rows.hpp"
#include "knowledge/shown.hpp"
#include "knowledge/sql.hpp"

namespace rapport::knowledge {
namespace {

constexpr auto longest_wait = std::chrono::days(3660);

// What readers must not miss.
Expected<> check_complete(store::Reader& reader, TranslationRow const& row) {
    std::vector<FieldError> fields;
    if (trimmed(row.body).empty()) fields.push_back({"/body", "a text", "write it"});
    auto const shown = show(reader, row.body, {.locale = row.locale, .where = Shown::page});
    if (!shown) return fail(shown.error());
    for (auto const& finding : shown->findings)
        if (finding.rule == "image_missing")
            fields.push_back(
                {"/body", "images that were uploaded here",
                 "upload it, or take it out: " + finding.text + " in line " + std::to_string(finding.line)});
    if (fields.empty()) return {};
    return fail(ErrorKind::invalid, "text_incomplete", "Something is missing before it can be published.",
                std::move(fields));
}

std::optional<std::string> approver_in(TranslationRow const& row) {
    if (row.review.empty()) return std::nullopt;
    auto const review = from_object<KnowledgeReview>(row.review);
    return review.verdict == ReviewVerdict::approved ? review.verdict_by : std::nullopt;
}

std::string slug_for(TranslationRow const& row) {
    auto slug = row.slug.value_or(markdown::slug_of(row.title, most_slug));
    if (slug.empty()) slug = to_base32(static_cast<std::uint64_t>(row.article.value));
    return slug;
}

void plan_review(store::Tx& tx, ArticleRow const& article, Time now) {
    auto const days = article.review_every_days.value_or(settings_of(tx).review_every_days);
    if (days > 0 && (!article.review_due_at || *article.review_due_at <= now))
        tx.exec(sql::set_review, article.id, now + std::chrono::days(days), now);
}

void make_version(store::Tx& tx, Act const& act, ArticleRow const& article, TranslationRow row) {
    auto const next = step(row.state, TextVerb::publish);
    require(next.has_value(), "what is published is a draft in one of its states");
    row.state = *next;
    ++row.number;
    row.visible = true;
    auto const approved_by = approver_in(row);
    tx.exec(sql::insert_version, row.article, row.locale, row.number, row.title, row.summary, row.body, row.made_from,
            words_in(markdown::plain_text(row.body).value_or("")), act.now, name_of(act.actor), approved_by);
    for (auto const file : files_in(row.body)) tx.exec(sql::insert_use, file, row.article, row.locale, row.number);
    take_address(tx, "article", to_text(row.locale), slug_for(row), row.article.value, act.now);
    row.writers.clear();
    row.review.clear();
    row.publish_at.reset();
    row.published_at = act.now;
    row.changed_at = act.now;
    save_state(tx, row);
    tx.exec(sql::mark_published, row.article, act.now);
    if (row.locale == article.source) plan_review(tx, article, act.now);
    tell(tx, act, to_text(row.article), "article.published", {{"locale", to_text(row.locale)}, {"number", row.number}});
}

Expected<> schedule(store::Tx& tx, Act const& act, TranslationRow row, Time at) {
    if (at > act.now + longest_wait)
        return wrong("invalid_fields", "/publish_at", "This is too far away.", "within ten years",
                     "choose another day");
    auto const next = step(row.state, TextVerb::schedule);
    if (!next) return fail(ErrorKind::conflict, "nothing_to_publish", "It is as it was published.");
    row.state = *next;
    row.publish_at = at;
    row.changed_at = act.now;
    save_state(tx, row);
    tell(tx, act, to_text(row.article), "article.scheduled",
         {{"locale", to_text(row.locale)}, {"publish_at", to_text(at)}});
    return {};
}

// What was withdrawn and not changed since needs no new version.
Expected<> show_again(store::Tx& tx, Act const& act, TranslationRow row) {
    row.state = *step(row.state, TextVerb::show);
    row.visible = true;
    row.changed_at = act.now;
    save_state(tx, row);
    tell(tx, act, to_text(row.article), "article.published", {{"locale", to_text(row.locale)}, {"number", row.number}});
    return {};
}

std::string for_comparison(std::string const& title, std::string const& summary, std::string const& body) {
    return "# " + title + "\n\n" + (summary.empty() ? "" : summary + "\n\n") + body;
}

}  // namespace

Expected<> check_own(store::Reader& reader, Rights const& rights, TranslationRow const& row) {
    if (!row.writers.contains(rights.self) || !settings_of(reader).four_eyes) return {};
    return fail(ErrorKind::forbidden, "own_text", "You wrote in this text: somebody else approves and publishes it.");
}

Expected<> publish(store::Tx& tx, Knowledge const&, Act const& act, Rights const& rights, ArticleId id, Locale locale,
                   NewKnowledgePublication const& how) {
    auto const article = tx.one<ArticleRow>(sql::lock_article, id);
    if (!article) return no_such("article");
    auto row = translation_row(tx, id, locale);
    if (!row) return no_such("translation");
    if (row->draft_version != how.version) return changed_meanwhile();
    if (article->retired_at) return fail(ErrorKind::conflict, "retired", "It is retired: restore it first.");
    if (row->state == TranslationState::withdrawn) return show_again(tx, act, std::move(*row));
    if (row->state == TranslationState::published)
        return fail(ErrorKind::conflict, "nothing_to_publish", "It is as it was published.");
    if (auto const good = check_own(tx, rights, *row); !good) return good;
    if (settings_of(tx).review_required && !approver_in(*row))
        return fail(ErrorKind::conflict, "not_approved", "It must be approved before it is published.");
    if (auto const good = check_complete(tx, *row); !good) return good;
    if (how.publish_at && *how.publish_at > act.now) return schedule(tx, act, std::move(*row), *how.publish_at);
    make_version(tx, act, *article, std::move(*row));
    return {};
}

bool publish_due(store::Tx& tx, Act const& act, ArticleId id, Locale locale) {
    auto const article = tx.one<ArticleRow>(sql::lock_article, id);
    auto row = article ? translation_row(tx, id, locale) : std::nullopt;
    if (!row || row->state != TranslationState::scheduled || !row->publish_at || *row->publish_at > act.now)
        return false;
    if (article->retired_at) {  // it waits for nobody: whoever restores it sees a draft
        row->state = *step(row->state, approver_in(*row) ? TextVerb::unschedule : TextVerb::recall);
        row->publish_at.reset();
        save_state(tx, *row);
        return false;
    }
    make_version(tx, act, *article, std::move(*row));
    return true;
}

Expected<> withdraw(store::Tx& tx, Act const& act, ArticleId id, Locale locale) {
    if (!tx.one<ArticleRow>(sql::lock_article, id)) return no_such("article");
    auto row = translation_row(tx, id, locale);
    if (!row) return no_such("translation");
    bool const was_scheduled = row->state == TranslationState::scheduled;
    if (!was_scheduled && !row->visible)
        return fail(ErrorKind::conflict, "not_published",
                    "Readers do not see it, and it is not going to be published.");
    auto const verb = !was_scheduled ? TextVerb::withdraw : approver_in(*row) ? TextVerb::unschedule : TextVerb::recall;
    row->state = *step(row->state, verb);
    row->publish_at.reset();
    if (!was_scheduled) row->visible = false;
    row->changed_at = act.now;
    save_state(tx, *row);
    tell(tx, act, to_text(id), was_scheduled ? "article.unscheduled" : "article.withdrawn",
         {{"locale", to_text(locale)}});
    return {};
}

std::vector<KnowledgeVersion> list_versions(store::Reader& reader, ArticleId id, Locale locale) {
    return reader.all<KnowledgeVersion>(sql::list_versions, id, locale);
}

Expected<KnowledgeVersionText> find_version(store::Reader& reader, ArticleId id, Locale locale, std::int64_t number) {
    auto row = reader.one<VersionRow>(sql::find_version, id, locale, number);
    if (!row) return no_such("version");
    KnowledgeVersionText out;
    out.number = row->number;
    out.title = std::move(row->title);
    out.published_at = row->published_at;
    out.published_by = std::move(row->published_by);
    out.approved_by = std::move(row->approved_by);
    out.made_from = row->made_from;
    out.words = row->words;
    out.summary = std::move(row->summary);
    out.body = std::move(row->body);
    return out;
}

Expected<KnowledgeComparison> compare_versions(store::Reader& reader, ArticleId id, Locale locale,
                                               KnowledgeComparisonQuery const& query) {
    auto const draft = translation_row(reader, id, locale);
    if (!draft) return no_such("translation");
    auto const text_of = [&](std::int64_t number) -> Expected<std::string> {
        if (number == 0) return for_comparison(draft->title, draft->summary, draft->body);
        auto const version = reader.one<VersionRow>(sql::find_version, id, locale, number);
        if (!version) return no_such("version");
        return for_comparison(version->title, version->summary, version->body);
    };
    auto const from = query.from.value_or(draft->number);
    // Before the first publication there was nothing.
    auto const before = from == 0 && !query.from ? Expected<std::string>(std::string()) : text_of(from);
    if (!before) return fail(before.error());
    auto const after = text_of(query.to.value_or(0));
    if (!after) return fail(after.error());
    return compare(*before, *after);
}

}  // namespace rapport::knowledge
