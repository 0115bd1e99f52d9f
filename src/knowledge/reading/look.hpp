// What a page shows, read in one snapshot. Internal to the module.
#pragma once

#include "knowledge/reading/visible.hpp"
#include "knowledge/shown.hpp"
#include "search/ranked.hpp"

namespace rapport::knowledge {

// A published text that the visitor may read.
struct Readable {
    ArticleId article;
    ArticleKind kind{};
    AudienceKind audience{};
    std::optional<std::string> segment;
    std::optional<Time> expires_at;
    Locale locale{};
    std::string title, summary, slug;
    Time published_at{};
};
BOOST_DESCRIBE_STRUCT(Readable, (),
                      (article, kind, audience, segment, expires_at, locale, title, summary, slug, published_at))

struct Place {  // a category or a product, as a link
    std::string name, path, description;
    std::int64_t articles = 0;
};

// Everything that a page may hold; what it does not hold is empty.
struct View {
    std::string name;  // "home", "place", "article", "search", "feedback", "missing", "gone"
    int status = 200;
    Locale locale{};
    KnowledgeSettings settings;
    std::string title, lead, path;        // path: its own, for the canonical link
    std::vector<Place> trail;             // from the top to what it stands in
    std::vector<Place> products, places;  // to choose from
    std::vector<Readable> articles, newest;
    std::vector<std::pair<Locale, std::string>> translations;  // paths
    bool is_public = true;                                     // everybody sees the same
    bool is_question = false, asks = false;
    std::string html;  // of the article
    std::vector<markdown::Heading> outline;
    std::optional<Time> published_at, first_published_at, until;
    std::optional<Locale> source;
    std::string query;
    std::vector<std::string> excerpts;  // HTML, beside the articles
    bool incomplete = false;
    std::string notice;  // key of words
    bool is_preview = false;
};

struct Looking {
    Knowledge const& knowledge;
    Visitor const& visitor;
    Locale locale{};
    Time now{};
};
View look_home(store::Reader& reader, Looking const& looking);
// Either: a place, "missing", or one that leads elsewhere (status 301, path).
View look_product(store::Reader& reader, Looking const& looking, std::string const& slug);
View look_category(store::Reader& reader, Looking const& looking, std::string const& slug);
View look_article(store::Reader& reader, Looking const& looking, std::string const& slug);
View look_draft(store::Reader& reader, Looking const& looking, ArticleId id);
View look_search(store::Reader& reader, Looking const& looking, search::RankedAnswer const& found,
                 std::string const& query);
View look_nothing(store::Reader& reader, Looking const& looking, int status);

}  // namespace rapport::knowledge
