// What readers say: whether it helped, and why not. One answer of each reader; their words are sealed.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "knowledge/reading/visible.hpp"
#include "knowledge/rows.hpp"
#include "knowledge/sql.hpp"

namespace rapport::knowledge {
namespace {

constexpr std::size_t most_comment = 1000;  // characters

struct Counts {
    std::optional<std::int64_t> helped, not_helped;
};
BOOST_DESCRIBE_STRUCT(Counts, (), (helped, not_helped))

struct ReportRow {
    ArticleId article;
    Locale locale{};
    std::int64_t helped = 0, not_helped = 0, unclear = 0, wrong = 0, outdated = 0, incomplete = 0, other = 0,
                 comments = 0;
    Time last_at{};
};
BOOST_DESCRIBE_STRUCT(ReportRow, (),
                      (article, locale, helped, not_helped, unclear, wrong, outdated, incomplete, other, comments,
                       last_at))

struct StateCount {
    TranslationState state{};
    std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(StateCount, (), (state, count))

struct OverviewRow {
    std::int64_t articles = 0;
    std::optional<std::int64_t> retired, due, published;
};
BOOST_DESCRIBE_STRUCT(OverviewRow, (), (articles, retired, due, published))

struct LocaleRow {
    std::optional<std::int64_t> published, outdated;
    std::int64_t texts = 0;
};
BOOST_DESCRIBE_STRUCT(LocaleRow, (), (published, outdated, texts))

std::string bound_to(FeedbackId id) { return "feedback " + to_text(id); }

ByteView view(Key256 const& key) { return {reinterpret_cast<char const*>(key.data()), key.size()}; }

std::string beginning(std::string_view text) {
    std::size_t letters = 0, at = 0;
    for (; at < text.size(); ++at)
        if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && ++letters > most_comment) break;
    return std::string(text.substr(0, at));
}

std::string title_of(store::Reader& reader, ArticleId article, Locale locale) {
    return reader.one<std::string>(sql::title_of, article, locale).value_or("");
}

}  // namespace

Expected<> rate(store::Tx& tx, Knowledge const& knowledge, Visitor const& visitor, NewFeedback const& said, Time now) {
    auto const article = article_row(tx, said.article);
    auto const text = article ? translation_row(tx, said.article, said.locale) : std::nullopt;
    if (!text || !may_read(tx, knowledge, visitor, *article, *text, now) || !settings_of(tx).feedback)
        return no_such("article");
    auto const who = said.customer ? to_text(*said.customer) : said.reader;
    auto const reader = hmac_sha256(view(knowledge.feedback_key()), who);
    auto const known = tx.one<FeedbackId>(sql::feedback_of_reader, said.article, said.locale, reader);
    auto const id = known ? *known : tx.new_id<FeedbackId>();
    auto const comment = beginning(trimmed(is_plain_text(said.comment) ? std::string_view(said.comment) : ""));
    std::optional<store::Blob> sealed;
    if (!comment.empty()) sealed = store::Blob{seal(knowledge.feedback_key(), comment, bound_to(id))};
    auto const reason = said.helped ? std::nullopt : said.reason;
    tx.exec(sql::put_feedback, id, said.article, said.locale, text->number, reader, said.helped, reason, sealed,
            said.customer, now);
    store::Event event{.at = now,
                       .kind = "article.rated",
                       .subject = to_text(said.article),
                       .actor_kind = said.customer ? ActorKind::customer : ActorKind::system,
                       .actor_id = said.customer ? said.customer->value : 0,
                       .data = {{"locale", to_text(said.locale)}, {"helped", said.helped}}};
    if (said.customer) event.customer = said.customer->value;
    tx.publish(std::move(event));
    return {};
}

Expected<net::Page<KnowledgeFeedback>> list_feedback(store::Reader& reader, Knowledge const& knowledge,
                                                     KnowledgeFeedbackQuery const& query) {
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 200));
    FeedbackId after{std::numeric_limits<std::int64_t>::max()};
    if (!query.after.empty() && !from_text(query.after, after))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.");
    auto rows = reader.all<FeedbackRow>(sql::list_feedback, after, query.article ? query.article->value : 0,
                                        query.locale ? to_text(*query.locale) : std::string(),
                                        query.helped ? static_cast<int>(*query.helped) : -1, limit + 1);
    net::Page<KnowledgeFeedback> page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = to_text(rows.back().id);
    }
    for (auto const& row : rows) {
        KnowledgeFeedback one{row.id,     row.article, title_of(reader, row.article, row.locale),
                              row.locale, row.number,  row.helped,
                              row.reason, {},          row.customer,
                              row.at};
        if (row.comment)
            if (auto words = open(knowledge.feedback_key(), row.comment->bytes, bound_to(row.id))) one.comment = *words;
        page.items.push_back(std::move(one));
    }
    return page;
}

Expected<> erase_feedback(store::Tx& tx, Act const& act, FeedbackId id) {
    if (tx.changed(sql::delete_feedback, id) != 1) return no_such("answer");
    people::audit(tx, act, "feedback.erased", to_text(id));
    return {};
}

std::int64_t erase_feedback_of(store::Tx& tx, CustomerId customer) {
    return tx.changed(sql::delete_feedback_of, customer);
}

KnowledgeReport report_of(store::Reader& reader, KnowledgeReportQuery const& query, Time now) {
    KnowledgeReport out;
    out.until = query.until.value_or(now + std::chrono::seconds(1));
    out.since = query.since.value_or(out.until - std::chrono::days(30));
    auto const locale = query.locale ? to_text(*query.locale) : std::string();
    for (auto const& row : reader.all<ReportRow>(sql::report, out.since, out.until, locale)) {
        auto const all = row.helped + row.not_helped;
        out.articles.push_back({row.article,
                                title_of(reader, row.article, row.locale),
                                row.locale,
                                row.helped,
                                row.not_helped,
                                all > 0 ? static_cast<double>(row.helped) / static_cast<double>(all) : 0,
                                {row.unclear, row.wrong, row.outdated, row.incomplete, row.other},
                                row.comments,
                                row.last_at});
    }
    if (auto const totals = reader.one<Counts>(sql::report_totals, out.since, out.until, locale)) {
        out.helped = totals->helped.value_or(0);
        out.not_helped = totals->not_helped.value_or(0);
    }
    return out;
}

KnowledgeOverview overview_of(store::Reader& reader, Time now) {
    KnowledgeOverview out;
    if (auto const row = reader.one<OverviewRow>(sql::count_overview, now)) {
        out.retired = row->retired.value_or(0);
        out.articles = row->articles - out.retired;
        out.due = row->due.value_or(0);
        out.published = row->published.value_or(0);
    }
    for (auto const& row : reader.all<StateCount>(sql::count_states)) {
        if (row.state == TranslationState::draft) out.drafts = row.count;
        if (row.state == TranslationState::in_review) out.in_review = row.count;
        if (row.state == TranslationState::approved) out.approved = row.count;
        if (row.state == TranslationState::scheduled) out.scheduled = row.count;
    }
    for (auto const locale : settings_of(reader).locales) {
        auto const row = reader.one<LocaleRow>(sql::count_locale, locale);
        out.by_locale.push_back({locale, row ? row->published.value_or(0) : 0, out.articles - (row ? row->texts : 0),
                                 row ? row->outdated.value_or(0) : 0});
    }
    if (auto const counts = reader.one<Counts>(sql::count_feedback_since, now - std::chrono::days(30))) {
        out.helped_30d = counts->helped.value_or(0);
        out.not_helped_30d = counts->not_helped.value_or(0);
    }
    return out;
}

}  // namespace rapport::knowledge
