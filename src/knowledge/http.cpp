// The API's adapters of settings, products, categories and articles: decode, call the verb, reply.
#include "knowledge/http.hpp"

#include "knowledge/http_parts.hpp"
#include "people/permissions.hpp"

namespace rapport::knowledge {
namespace {

using net::Body;
using net::Created;
using net::Page;
using net::Query;
using net::Request;

Task<Expected<KnowledgeSettings>> get_settings(Knowledge& knowledge, Request&) {
    co_return co_await knowledge.store().read([](store::Reader& reader) { return settings_of(reader); });
}

Task<Expected<KnowledgeSettings>> put_settings_of(Knowledge& knowledge, Request& http, Body<KnowledgeSettings> body) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return put_settings(tx, act, *body); });
}

Task<Expected<KnowledgeOverview>> get_overview(Knowledge& knowledge, Request& http) {
    auto const now = http.now();
    co_return co_await knowledge.store().read([&](store::Reader& reader) { return overview_of(reader, now); });
}

// ---- products

Task<Expected<Page<KnowledgeProduct>>> get_products(Knowledge& knowledge, Request&) {
    auto found = co_await knowledge.store().read([](store::Reader& reader) { return list_products(reader); });
    co_return Page<KnowledgeProduct>{std::move(found)};
}

Task<Expected<Created<KnowledgeProduct>>> post_product(Knowledge& knowledge, Request& http,
                                                       Body<NewKnowledgeProduct> body) {
    auto const act = people::act_of(http);
    auto made = co_await knowledge.store().write([&](store::Tx& tx) { return create_product(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<KnowledgeProduct>> put_product_of(Knowledge& knowledge, Request& http, ProductId id,
                                                Body<PutKnowledgeProduct> body) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return put_product(tx, act, id, *body); });
}

Task<Expected<void>> delete_product_of(Knowledge& knowledge, Request& http, ProductId id) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return delete_product(tx, act, id); });
}

// ---- categories

Task<Expected<Page<KnowledgeCategory>>> get_categories(Knowledge& knowledge, Request&) {
    auto found = co_await knowledge.store().read([](store::Reader& reader) { return list_categories(reader); });
    co_return Page<KnowledgeCategory>{std::move(found)};
}

Task<Expected<Created<KnowledgeCategory>>> post_category(Knowledge& knowledge, Request& http,
                                                         Body<NewKnowledgeCategory> body) {
    auto const act = people::act_of(http);
    auto made = co_await knowledge.store().write([&](store::Tx& tx) { return create_category(tx, act, *body); });
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<KnowledgeCategory>> put_category_of(Knowledge& knowledge, Request& http, CategoryId id,
                                                  Body<PutKnowledgeCategory> body) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return put_category(tx, act, id, *body); });
}

Task<Expected<void>> delete_category_of(Knowledge& knowledge, Request& http, CategoryId id) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return delete_category(tx, act, id); });
}

// ---- articles

Task<Expected<Page<KnowledgeArticleSummary>>> get_articles(Knowledge& knowledge, Request& http,
                                                           Query<KnowledgeArticleQuery> query) {
    auto const now = http.now();
    co_return co_await knowledge.store().read(
        [&](store::Reader& reader) { return list_articles(reader, *query, now); });
}

Task<Expected<KnowledgeArticle>> get_article(Knowledge& knowledge, Request& http, ArticleId id) {
    auto const rights = rights_of(http);
    auto const now = http.now();
    co_return co_await knowledge.store().read(
        [&](store::Reader& reader) { return find_article(reader, knowledge, rights, id, now); });
}

Task<Expected<Created<KnowledgeArticle>>> post_article(Knowledge& knowledge, Request& http,
                                                       Body<NewKnowledgeArticle> body) {
    auto const act = people::act_of(http);
    auto const rights = rights_of(http);
    auto const write = [&](store::Tx& tx) -> Expected<KnowledgeArticle> {
        auto const id = create_article(tx, knowledge, act, rights, *body);
        if (!id) return fail(id.error());
        return find_article(tx, knowledge, rights, *id, act.now);
    };
    auto made = co_await knowledge.store().write(write);
    if (!made) co_return fail(made.error());
    co_return Created(std::move(*made));
}

Task<Expected<KnowledgeArticle>> put_article_of(Knowledge& knowledge, Request& http, ArticleId id,
                                                Body<PutKnowledgeArticle> body) {
    auto const act = people::act_of(http);
    auto const rights = rights_of(http);
    auto const verb = [&](store::Tx& tx) { return put_article(tx, knowledge, act, rights, id, *body); };
    co_return co_await knowledge.store().write(
        [&](store::Tx& tx) { return then_article(tx, knowledge, rights, id, act.now, verb(tx)); });
}

Task<Expected<void>> delete_article_of(Knowledge& knowledge, Request& http, ArticleId id) {
    auto const act = people::act_of(http);
    co_return co_await knowledge.store().write([&](store::Tx& tx) { return delete_article(tx, act, id); });
}

Task<Expected<KnowledgeArticle>> post_retirement(Knowledge& knowledge, Request& http, ArticleId id) {
    auto const act = people::act_of(http);
    auto const rights = rights_of(http);
    co_return co_await knowledge.store().write(
        [&](store::Tx& tx) { return then_article(tx, knowledge, rights, id, act.now, retire(tx, act, id)); });
}

Task<Expected<KnowledgeArticle>> delete_retirement(Knowledge& knowledge, Request& http, ArticleId id) {
    auto const act = people::act_of(http);
    auto const rights = rights_of(http);
    co_return co_await knowledge.store().write(
        [&](store::Tx& tx) { return then_article(tx, knowledge, rights, id, act.now, restore(tx, act, id)); });
}

Task<Expected<KnowledgeArticle>> post_reviewed(Knowledge& knowledge, Request& http, ArticleId id,
                                               Body<KnowledgeReviewed> body) {
    auto const act = people::act_of(http);
    auto const rights = rights_of(http);
    auto const next = body->next_at;
    co_return co_await knowledge.store().write(
        [&](store::Tx& tx) { return then_article(tx, knowledge, rights, id, act.now, reviewed(tx, act, id, next)); });
}

net::Routes tree_routes(Knowledge& knowledge) {
    using namespace people;
    using net::del, net::get, net::post, net::put, net::with;
    return {
        get<"/v1/knowledge/settings">(may_read_knowledge, "How the help centre is set up",
                                      with(knowledge, get_settings)),
        put<"/v1/knowledge/settings">(may_publish_knowledge, "Set up the help centre",
                                      with(knowledge, put_settings_of)),
        get<"/v1/knowledge/overview">(may_read_knowledge, "How many articles there are, and what waits",
                                      with(knowledge, get_overview)),
        get<"/v1/knowledge/products">(may_read_knowledge, "What articles are about", with(knowledge, get_products)),
        post<"/v1/knowledge/products">(may_publish_knowledge, "Add a product", with(knowledge, post_product)),
        put<"/v1/knowledge/products/{id}">(may_publish_knowledge, "Change, move or retire a product",
                                           with(knowledge, put_product_of)),
        del<"/v1/knowledge/products/{id}">(may_publish_knowledge, "Delete a product that nothing names",
                                           with(knowledge, delete_product_of)),
        get<"/v1/knowledge/categories">(may_read_knowledge, "What articles are filed under, all levels",
                                        with(knowledge, get_categories)),
        post<"/v1/knowledge/categories">(may_publish_knowledge, "Add a category", with(knowledge, post_category)),
        put<"/v1/knowledge/categories/{id}">(may_publish_knowledge, "Change, move or retire a category",
                                             with(knowledge, put_category_of)),
        del<"/v1/knowledge/categories/{id}">(may_publish_knowledge, "Delete a category in which nothing stands",
                                             with(knowledge, delete_category_of)),
    };
}

net::Routes article_routes(Knowledge& knowledge) {
    using namespace people;
    using net::del, net::get, net::post, net::put, net::with;
    return {
        get<"/v1/knowledge/articles">(may_read_knowledge, "Articles, the last changed first",
                                      with(knowledge, get_articles)),
        post<"/v1/knowledge/articles">(may_write_knowledge, "Begin an article: a draft that no reader sees",
                                       with(knowledge, post_article)),
        get<"/v1/knowledge/articles/{id}">(may_read_knowledge, "An article, with its translations and addresses",
                                           with(knowledge, get_article)),
        put<"/v1/knowledge/articles/{id}">(may_write_knowledge, "Where it stands, for whom, until when",
                                           with(knowledge, put_article_of)),
        del<"/v1/knowledge/articles/{id}">(may_write_knowledge, "Delete an article that was never published",
                                           with(knowledge, delete_article_of)),
        post<"/v1/knowledge/articles/{id}/retirement">(may_publish_knowledge, "Retire it: readers no longer see it",
                                                       with(knowledge, post_retirement)),
        del<"/v1/knowledge/articles/{id}/retirement">(may_publish_knowledge, "Restore a retired article",
                                                      with(knowledge, delete_retirement)),
        post<"/v1/knowledge/articles/{id}/reviewed">(may_write_knowledge, "It has been looked through, and still holds",
                                                     with(knowledge, post_reviewed)),
    };
}

}  // namespace

Rights rights_of(Request const& http) {
    return {http.viewer().may(people::may_publish_knowledge), name_of(http.actor())};
}

Expected<KnowledgeArticle> then_article(store::Tx& tx, Knowledge const& knowledge, Rights const& rights, ArticleId id,
                                        Time now, Expected<> const& done) {
    if (!done) return fail(done.error());
    return find_article(tx, knowledge, rights, id, now);
}

net::Routes routes(Knowledge& knowledge) {
    net::Routes all = tree_routes(knowledge);
    all.add(article_routes(knowledge));
    all.add(text_routes(knowledge));
    all.add(file_routes(knowledge));
    all.add(feedback_routes(knowledge));
    return all;
}

}  // namespace rapport::knowledge
