// Published texts as documents of the search index. The object is the text in one language, the group its article.
#include "knowledge/searching.hpp"

#include <set>

#include "knowledge/rows.hpp"
#include "knowledge/sql.hpp"
#include "markdown/markdown.hpp"

namespace rapport::knowledge {
namespace {

struct TextRef {
    TextId id;
    ArticleId article;
    Locale locale{};
};
BOOST_DESCRIBE_STRUCT(TextRef, (), (id, article, locale))

std::optional<search::Document> document_of(store::Reader& reader, TextRef const& ref) {
    auto const article = article_row(reader, ref.article);
    auto const text = translation_row(reader, ref.article, ref.locale);
    if (!article || !text || !text->visible || article->retired_at) return std::nullopt;
    auto const version = reader.one<VersionRow>(sql::find_version, ref.article, ref.locale, text->number);
    if (!version) return std::nullopt;
    search::Document made{ref.id.value, ref.article.value, version->published_at, {}};
    auto& ranked = made.ranked.emplace();
    ranked.language = to_text(ref.locale);
    ranked.title = version->title;
    ranked.body = version->summary + "\n\n" + markdown::plain_text(version->body).value_or("");
    ranked.facets.push_back({"audience", std::string(json::enum_name(article->audience))});
    ranked.facets.push_back({"kind", std::string(json::enum_name(article->kind))});
    if (article->category) ranked.facets.push_back({"category", to_text(*article->category)});
    for (auto const product : reader.all<ProductId>(sql::products_of, ref.article))
        ranked.facets.push_back({"product", to_text(product)});
    return made;
}

}  // namespace

search::Shelf text_shelf() {
    search::Shelf shelf;
    shelf.kind = search::Kind::article;
    shelf.page = [](store::Reader& reader, std::int64_t below, std::size_t limit) {
        search::Shelf::Page page;
        auto const refs = reader.all<TextRef>(sql::texts_below, below, limit);
        for (auto const& ref : refs)
            if (auto document = document_of(reader, ref)) page.documents.push_back(std::move(*document));
        if (refs.size() == limit) page.below = refs.back().id.value;
        return page;
    };
    shelf.changed = [](store::Reader& reader, std::span<store::Event const> events) {
        search::Shelf::Change change;
        std::set<ArticleId> articles;
        for (auto const& event : events) {
            ArticleId id;
            if (event.kind.starts_with("article.") && event.kind != "article.draft_saved" &&
                event.kind != "article.rated" && from_text(event.subject, id))
                articles.insert(id);
        }
        for (auto const article : articles)
            for (auto const& ref : reader.all<TextRef>(sql::texts_of_article, article))
                if (auto document = document_of(reader, ref))
                    change.documents.push_back(std::move(*document));
                else
                    change.gone.push_back(ref.id.value);
        return change;
    };
    shelf.count = [](store::Reader& reader) { return reader.one<std::int64_t>(sql::count_texts).value_or(0); };
    return shelf;
}

}  // namespace rapport::knowledge
