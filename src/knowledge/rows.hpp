// Rows, and what verbs share. Internal to the module.
#pragma once

#include "knowledge/knowledge.hpp"

namespace rapport::knowledge {

struct ArticleRow {
    ArticleId id;
    ArticleKind kind{};
    Locale source{};
    std::optional<CategoryId> category;
    AudienceKind audience{};
    std::optional<std::string> segment;
    std::optional<AgentId> owner;
    std::optional<Time> expires_at, review_due_at, review_told_at;
    std::optional<std::int64_t> review_every_days;
    std::optional<Time> retired_at;
    bool published_once = false;
    std::optional<std::string> origin;
    std::int64_t version = 0;
    std::optional<AgentId> created_by;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(ArticleRow, (),
                      (id, kind, source, category, audience, segment, owner, expires_at, review_due_at, review_told_at,
                       review_every_days, retired_at, published_once, origin, version, created_by, created_at,
                       changed_at))

struct TextTag {
    static constexpr std::string_view prefix = "ktx";
};
using TextId = Id<TextTag>;

struct TranslationRow {
    TextId id;
    ArticleId article;
    Locale locale{};
    TranslationState state{};
    std::int64_t draft_version = 0, number = 0;
    bool visible = false;
    std::string title, summary, body;
    std::optional<std::string> slug;
    std::int64_t made_from = 0;
    json::Object writers, review;
    std::optional<Time> publish_at, published_at;
    Time changed_at{};
    std::optional<std::string> changed_by;
};
BOOST_DESCRIBE_STRUCT(TranslationRow, (),
                      (id, article, locale, state, draft_version, number, visible, title, summary, body, slug,
                       made_from, writers, review, publish_at, published_at, changed_at, changed_by))

// Without the text.
struct TranslationHead {
    Locale locale{};
    TranslationState state{};
    std::int64_t number = 0;
    bool visible = false;
    std::string title;
    std::int64_t made_from = 0;
    std::optional<Time> publish_at;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(TranslationHead, (), (locale, state, number, visible, title, made_from, publish_at, changed_at))

struct VersionRow {
    ArticleId article;
    Locale locale{};
    std::int64_t number = 0;
    std::string title, summary, body;
    std::int64_t made_from = 0, words = 0;
    Time published_at{};
    std::optional<std::string> published_by, approved_by;
};
BOOST_DESCRIBE_STRUCT(VersionRow, (),
                      (article, locale, number, title, summary, body, made_from, words, published_at, published_by,
                       approved_by))

struct AddressRow {
    std::string kind, locale, slug;
    std::int64_t target = 0;
    bool is_current = false;
    Time since{};
};
BOOST_DESCRIBE_STRUCT(AddressRow, (), (kind, locale, slug, target, is_current, since))

struct FileRow {
    FileId id;
    std::string name, media_type;
    std::int64_t size = 0, width = 0, height = 0;
    store::Blob wrapped_key;
    Digest content;
    FileScan scan{};
    std::optional<std::string> origin, uploaded_by;
    Time created_at{};
};
BOOST_DESCRIBE_STRUCT(FileRow, (),
                      (id, name, media_type, size, width, height, wrapped_key, content, scan, origin, uploaded_by,
                       created_at))

struct FeedbackRow {
    FeedbackId id;
    ArticleId article;
    Locale locale{};
    std::int64_t number = 0;
    bool helped = false;
    std::optional<FeedbackReason> reason;
    std::optional<store::Blob> comment;
    std::optional<CustomerId> customer;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(FeedbackRow, (), (id, article, locale, number, helped, reason, comment, customer, at))

// ---- shared by verbs
void tell(store::Tx& tx, Act const& act, std::string subject, std::string_view kind, json::Object data = {},
          std::optional<CustomerId> customer = {});
std::unexpected<Error> no_such(std::string_view what);  // "article"
std::unexpected<Error> changed_meanwhile();
std::unexpected<Error> wrong(std::string code, std::string pointer, std::string text, std::string rule, std::string fix,
                             ErrorKind kind = ErrorKind::invalid);
std::string name_of(Actor const& actor);  // "agt_…", "key_…", "system"
// A JSON object of a described thing or a map.
template <class T>
json::Object object_of(T const& value) {
    return json::parse(json::encode(value))->get_object();
}
template <class T>
T from_object(json::Object const& object) {
    auto made = json::decode<T>(json::encode(object));
    require(made.has_value(), "what was kept can be read");
    return std::move(*made);
}

std::optional<ArticleRow> article_row(store::Reader& reader, ArticleId id);
std::optional<TranslationRow> translation_row(store::Reader& reader, ArticleId id, Locale locale);
std::int64_t source_number(store::Reader& reader, ArticleRow const& article);
bool is_outdated(ArticleRow const& article, Locale locale, std::int64_t made_from, std::int64_t source_number);
// Moves along the table; requires that the step is in it.
void save_state(store::Tx& tx, TranslationRow const& row);

// ---- addresses
// Makes `wanted` (or `wanted`-2, …) the current one; others of the target lead to it from now on.
std::string take_address(store::Tx& tx, std::string_view kind, std::string_view locale, std::string const& wanted,
                         std::int64_t target, Time now);
std::optional<std::string> current_address(store::Reader& reader, std::string_view kind, std::string_view locale,
                                           std::int64_t target);
std::string article_path(Locale locale, std::string_view slug);  // "/help/en/articles/…"

// Words of names by language: keys are languages, one is not empty.
template <class Words>
Expected<> check_words(Words const& words, std::string const& pointer, bool needs_one);
std::string slug_from(std::map<std::string, Text<0, 100>> const& names);

}  // namespace rapport::knowledge
