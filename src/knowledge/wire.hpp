// The shapes of the API of the knowledge base.
#pragma once

#include "people/agents.hpp"
#include "people/people.hpp"

namespace rapport::knowledge {

using people::Act;
using people::AgentId;
using people::CustomerId;

struct ArticleTag {
    static constexpr std::string_view prefix = "kar";
};
struct ProductTag {
    static constexpr std::string_view prefix = "kpr";
};
struct CategoryTag {
    static constexpr std::string_view prefix = "kct";
};
struct FileTag {
    static constexpr std::string_view prefix = "kfl";
};
struct FeedbackTag {
    static constexpr std::string_view prefix = "kfb";
};
using ArticleId = Id<ArticleTag>;
using ProductId = Id<ProductTag>;
using CategoryId = Id<CategoryTag>;
using FileId = Id<FileTag>;
using FeedbackId = Id<FeedbackTag>;

inline constexpr std::size_t most_products = 100, most_categories = 1000, most_products_of_article = 20;
inline constexpr std::int64_t most_articles = 200'000;
inline constexpr int deepest_category = 5;
inline constexpr std::size_t most_body = 200'000, most_slug = 80;  // characters
inline constexpr std::size_t most_file = 10 << 20;                 // octets

using KnowledgeTitle = Text<1, 200>;
using KnowledgeSummaryText = Text<0, 500>;
using KnowledgeBody = Text<0, most_body>;
using KnowledgeSlug = Text<0, most_slug>;
using KnowledgeComment = Text<0, 1000>;
using KnowledgeNames = std::map<std::string, Text<0, 100>>;  // by language
using KnowledgeWords = std::map<std::string, Text<0, 500>>;

// ---- settings

struct KnowledgeSettings {
    std::int64_t version = 0;
    KnowledgeNames title;  // of the help centre
    KnowledgeWords intro;
    std::vector<Locale> locales;         // that readers can choose; the first where theirs is none of them
    bool review_required = false;        // only what was approved is published
    bool four_eyes = false;              // whoever wrote may neither approve nor publish it
    std::int64_t review_every_days = 0;  // after a publication; 0: never
    bool online = true;
    bool feedback = true;  // readers are asked whether it helped
};
BOOST_DESCRIBE_STRUCT(KnowledgeSettings, (),
                      (version, title, intro, locales, review_required, four_eyes, review_every_days, online, feedback))

// ---- products and categories

struct KnowledgeProduct {
    ProductId id;
    std::string slug;
    KnowledgeNames name;
    KnowledgeWords description;
    std::int64_t position = 0;
    bool retired = false;
    std::int64_t categories = 0, articles = 0, version = 0;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(KnowledgeProduct, (),
                      (id, slug, name, description, position, retired, categories, articles, version, changed_at))

struct NewKnowledgeProduct {
    std::optional<KnowledgeSlug> slug;
    KnowledgeNames name;
    KnowledgeWords description;
    std::optional<std::int64_t> position;
};
BOOST_DESCRIBE_STRUCT(NewKnowledgeProduct, (), (slug, name, description, position))

struct PutKnowledgeProduct {
    std::int64_t version = 0;
    KnowledgeSlug slug;
    KnowledgeNames name;
    KnowledgeWords description;
    std::int64_t position = 0;
    bool retired = false;
};
BOOST_DESCRIBE_STRUCT(PutKnowledgeProduct, (), (version, slug, name, description, position, retired))

struct KnowledgeCategory {
    CategoryId id;
    std::optional<ProductId> product;
    std::optional<CategoryId> parent;
    std::string slug;
    KnowledgeNames name;
    KnowledgeWords description;
    std::int64_t position = 0;
    bool retired = false;
    std::int64_t articles = 0, published = 0, version = 0;  // directly in it
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(KnowledgeCategory, (),
                      (id, product, parent, slug, name, description, position, retired, articles, published, version,
                       changed_at))

struct NewKnowledgeCategory {
    std::optional<ProductId> product;
    std::optional<CategoryId> parent;
    std::optional<KnowledgeSlug> slug;
    KnowledgeNames name;
    KnowledgeWords description;
    std::optional<std::int64_t> position;
};
BOOST_DESCRIBE_STRUCT(NewKnowledgeCategory, (), (product, parent, slug, name, description, position))

struct PutKnowledgeCategory {
    std::int64_t version = 0;
    std::optional<ProductId> product;
    std::optional<CategoryId> parent;  // none: it stands at the top
    KnowledgeSlug slug;
    KnowledgeNames name;
    KnowledgeWords description;
    std::int64_t position = 0;
    bool retired = false;
};
BOOST_DESCRIBE_STRUCT(PutKnowledgeCategory, (), (version, product, parent, slug, name, description, position, retired))

// ---- articles

enum class ArticleKind : std::uint8_t { article, question };
BOOST_DESCRIBE_ENUM(ArticleKind, article, question)

enum class AudienceKind : std::uint8_t {
    public_,    // whoever comes
    customers,  // who has signed in; of a segment, where one is named
    agents,
};
BOOST_DESCRIBE_ENUM(AudienceKind, public_, customers, agents)

struct KnowledgeAudience {
    AudienceKind kind{};
    std::optional<Text<1, 40>> segment;  // "seg_…", with customers alone
};
BOOST_DESCRIBE_STRUCT(KnowledgeAudience, (), (kind, segment))

enum class TranslationState : std::uint8_t {
    draft,      // it differs from what is published
    in_review,  // somebody was asked to look at it
    approved,
    scheduled,  // is published by itself at its time
    published,  // nothing differs
    withdrawn,  // nothing differs, and readers do not see it
};
BOOST_DESCRIBE_ENUM(TranslationState, draft, in_review, approved, scheduled, published, withdrawn)

struct KnowledgeTranslationSummary {
    Locale locale{};
    TranslationState state{};
    std::int64_t number = 0;  // of the published version; 0: none
    bool visible = false, outdated = false;
    Time changed_at{};
    std::optional<Time> publish_at;
};
BOOST_DESCRIBE_STRUCT(KnowledgeTranslationSummary, (),
                      (locale, state, number, visible, outdated, changed_at, publish_at))

struct KnowledgeArticleSummary {
    ArticleId id;
    ArticleKind kind{};
    Locale source{};
    std::string title;
    Locale title_locale{};
    std::optional<CategoryId> category;
    std::vector<ProductId> products;
    KnowledgeAudience audience;
    std::optional<AgentId> owner;
    bool retired = false;
    std::optional<Time> expires_at, review_due_at;
    bool review_due = false;
    std::vector<KnowledgeTranslationSummary> translations;
    std::int64_t helped = 0, not_helped = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(KnowledgeArticleSummary, (),
                      (id, kind, source, title, title_locale, category, products, audience, owner, retired, expires_at,
                       review_due_at, review_due, translations, helped, not_helped, created_at, changed_at))

struct KnowledgeAddress {
    Locale locale{};
    std::string slug, url;
    bool current = false;  // others lead to it
};
BOOST_DESCRIBE_STRUCT(KnowledgeAddress, (), (locale, slug, url, current))

struct KnowledgeArticle : KnowledgeArticleSummary {
    std::int64_t version = 0;
    std::optional<std::int64_t> review_every_days;
    std::vector<KnowledgeAddress> addresses;
    std::optional<Time> retired_at;
    std::optional<AgentId> created_by;
    bool may_approve = false, may_publish = false;  // of the viewer
};
BOOST_DESCRIBE_STRUCT(KnowledgeArticle, (KnowledgeArticleSummary),
                      (version, review_every_days, addresses, retired_at, created_by, may_approve, may_publish))

struct NewKnowledgeArticle {
    std::optional<ArticleKind> kind;
    Locale locale{};
    KnowledgeTitle title;
    std::optional<KnowledgeSummaryText> summary;
    std::optional<KnowledgeBody> body;
    std::optional<CategoryId> category;
    std::vector<ProductId> products;
    std::optional<KnowledgeAudience> audience;
    std::optional<AgentId> owner;
};
BOOST_DESCRIBE_STRUCT(NewKnowledgeArticle, (),
                      (kind, locale, title, summary, body, category, products, audience, owner))

struct PutKnowledgeArticle {
    std::int64_t version = 0;
    ArticleKind kind{};
    Locale source{};
    std::optional<CategoryId> category;
    std::vector<ProductId> products;
    KnowledgeAudience audience;
    std::optional<AgentId> owner;
    std::optional<Time> expires_at, review_due_at;
    std::optional<std::int64_t> review_every_days;
};
BOOST_DESCRIBE_STRUCT(PutKnowledgeArticle, (),
                      (version, kind, source, category, products, audience, owner, expires_at, review_due_at,
                       review_every_days))

struct KnowledgeArticleQuery {
    std::string q, after;
    std::optional<CategoryId> category;
    std::optional<ProductId> product;
    std::optional<ArticleKind> kind;
    std::string state;  // of a translation, or "retired"
    std::optional<Locale> locale;
    bool missing = false, outdated = false, due = false;
    std::optional<AgentId> owner;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(KnowledgeArticleQuery, (),
                      (q, after, category, product, kind, state, locale, missing, outdated, due, owner, limit))

struct KnowledgeReviewed {
    std::optional<Time> next_at;
};
BOOST_DESCRIBE_STRUCT(KnowledgeReviewed, (), (next_at))

// ---- translations

enum class ReviewVerdict : std::uint8_t { asked, returned, approved };
BOOST_DESCRIBE_ENUM(ReviewVerdict, asked, returned, approved)

struct KnowledgeReview {
    std::string by;  // "agt_…" or "key_…"
    Time at{};
    std::optional<std::string> comment = {};
    ReviewVerdict verdict{};
    std::optional<std::string> verdict_by = {};
    std::optional<Time> verdict_at = {};
    std::optional<std::string> verdict_comment = {};
};
BOOST_DESCRIBE_STRUCT(KnowledgeReview, (), (by, at, comment, verdict, verdict_by, verdict_at, verdict_comment))

struct KnowledgeFinding {
    std::string rule, text;
    std::optional<int> line;
};
BOOST_DESCRIBE_STRUCT(KnowledgeFinding, (), (rule, text, line))

struct KnowledgeTranslation {
    ArticleId article;
    Locale locale{};
    TranslationState state{};
    std::int64_t version = 0, number = 0;  // of the draft; of what is published
    std::string title, summary, body;
    std::optional<std::string> slug, address, url;
    std::int64_t made_from = 0, source_number = 0;
    bool outdated = false;
    std::vector<std::string> writers;
    std::optional<KnowledgeReview> review;
    std::optional<Time> publish_at, published_at;
    bool visible = false;
    Time changed_at{};
    std::optional<std::string> changed_by;
    std::vector<KnowledgeFinding> findings;
};
BOOST_DESCRIBE_STRUCT(KnowledgeTranslation, (),
                      (article, locale, state, version, number, title, summary, body, slug, address, url, made_from,
                       source_number, outdated, writers, review, publish_at, published_at, visible, changed_at,
                       changed_by, findings))

struct PutKnowledgeTranslation {
    std::int64_t version = 0;
    KnowledgeTitle title;
    std::optional<KnowledgeSummaryText> summary;
    KnowledgeBody body;
    std::optional<KnowledgeSlug> slug;
    std::optional<std::int64_t> made_from;
};
BOOST_DESCRIBE_STRUCT(PutKnowledgeTranslation, (), (version, title, summary, body, slug, made_from))

struct KnowledgeStep {
    std::int64_t version = 0;  // of the draft, as it was seen
    std::optional<KnowledgeComment> comment;
};
BOOST_DESCRIBE_STRUCT(KnowledgeStep, (), (version, comment))

struct NewKnowledgePublication {
    std::int64_t version = 0;
    std::optional<Time> publish_at;
};
BOOST_DESCRIBE_STRUCT(NewKnowledgePublication, (), (version, publish_at))

struct KnowledgeVersion {
    std::int64_t number = 0;
    std::string title;
    Time published_at{};
    std::optional<std::string> published_by, approved_by;
    std::int64_t made_from = 0, words = 0;
};
BOOST_DESCRIBE_STRUCT(KnowledgeVersion, (), (number, title, published_at, published_by, approved_by, made_from, words))

struct KnowledgeVersionText : KnowledgeVersion {
    std::string summary, body;
};
BOOST_DESCRIBE_STRUCT(KnowledgeVersionText, (KnowledgeVersion), (summary, body))

// ---- preview

struct PreviewKnowledge {
    KnowledgeBody body;
    Locale locale{};
    std::optional<ArticleId> article;
};
BOOST_DESCRIBE_STRUCT(PreviewKnowledge, (), (body, locale, article))
struct KnowledgeHeading {
    int level = 0;
    std::string text, anchor;
};
BOOST_DESCRIBE_STRUCT(KnowledgeHeading, (), (level, text, anchor))
struct KnowledgePreview {
    std::string html;
    std::vector<KnowledgeHeading> outline;
    std::int64_t words = 0;
    std::vector<KnowledgeFinding> findings;
};
BOOST_DESCRIBE_STRUCT(KnowledgePreview, (), (html, outline, words, findings))

}  // namespace rapport::knowledge
