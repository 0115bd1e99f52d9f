// Articles: what they are, apart from their texts.
#include <algorithm>

#include "base/text.hpp"
#include "knowledge/rows.hpp"
#include "knowledge/sql.hpp"

namespace rapport::knowledge {
namespace {

Expected<> check_audience(store::Reader& reader, Knowledge const& knowledge, KnowledgeAudience const& audience) {
    if (!audience.segment) return {};
    if (audience.kind != AudienceKind::customers)
        return wrong("invalid_fields", "/audience/segment", "Only customers are of segments.",
                     "a segment with customers alone", "leave it out");
    auto const& knows = knowledge.surroundings().knows_segment;
    if (!knows || !knows(reader, audience.segment->value))
        return wrong("segment_not_found", "/audience/segment", "There is no such segment.", "a segment",
                     "choose another one");
    return {};
}

Expected<> check_filing(store::Reader& reader, std::optional<CategoryId> category,
                        std::vector<ProductId> const& products, std::optional<AgentId> owner) {
    auto const categories = category ? list_categories(reader) : std::vector<KnowledgeCategory>();
    if (category && std::ranges::find(categories, *category, &KnowledgeCategory::id) == categories.end())
        return wrong("category_not_found", "/category", "There is no such category.", "a category",
                     "choose another one");
    auto const known = products.empty() ? std::vector<KnowledgeProduct>() : list_products(reader);
    for (std::size_t i = 0; i < products.size(); ++i)
        if (std::ranges::find(known, products[i], &KnowledgeProduct::id) == known.end())
            return wrong("product_not_found", "/products/" + std::to_string(i), "There is no such product.",
                         "a product", "choose another one");
    if (products.size() > most_products_of_article)
        return wrong("invalid_fields", "/products", "These are too many products.",
                     "at most " + std::to_string(most_products_of_article), "leave some out");
    if (owner && !people::find_agent(reader, *owner))
        return wrong("owner_not_found", "/owner", "There is no such agent.", "an agent", "choose another one");
    return {};
}

std::optional<std::string> segment_of(KnowledgeAudience const& audience) {
    if (!audience.segment) return std::nullopt;
    return audience.segment->value;
}

void save_products(store::Tx& tx, ArticleId id, std::vector<ProductId> const& products) {
    tx.exec(sql::delete_products_of, id);
    for (auto const product : products) tx.exec(sql::insert_product_of, id, product);
}

// Whether readers would see it otherwise than now.
bool concerns_readers(ArticleRow const& row, std::vector<ProductId> const& products,
                      PutKnowledgeArticle const& wanted) {
    auto wished = wanted.products;
    std::ranges::sort(wished);
    return row.kind != wanted.kind || row.source != wanted.source || row.category != wanted.category ||
           row.audience != wanted.audience.kind || row.segment != segment_of(wanted.audience) ||
           row.expires_at != wanted.expires_at || products != wished;
}

}  // namespace

Expected<ArticleId> create_article(store::Tx& tx, Knowledge const& knowledge, Act const& act, Rights const& rights,
                                   NewKnowledgeArticle const& wanted) {
    auto const audience = wanted.audience.value_or(KnowledgeAudience{});
    if (auto const good = check_audience(tx, knowledge, audience); !good) return fail(good.error());
    if (auto const good = check_filing(tx, wanted.category, wanted.products, wanted.owner); !good)
        return fail(good.error());
    if (tx.one<std::int64_t>(sql::count_articles).value_or(0) >= most_articles)
        return fail(ErrorKind::conflict, "too_many_articles", "There are too many articles already.");
    auto const self = act.actor.kind == ActorKind::agent ? std::optional(AgentId{act.actor.id}) : std::nullopt;
    auto const id = tx.new_id<ArticleId>();
    tx.exec(sql::insert_article, id, wanted.kind.value_or(ArticleKind::article), wanted.locale, wanted.category,
            audience.kind, segment_of(audience), wanted.owner ? wanted.owner : self, self, act.now);
    save_products(tx, id, wanted.products);
    PutKnowledgeTranslation text;
    text.title = wanted.title;
    text.summary = wanted.summary;
    text.body = wanted.body.value_or(KnowledgeBody{});
    if (auto const good = put_translation(tx, knowledge, act, rights, id, wanted.locale, text); !good)
        return fail(good.error());
    tell(tx, act, to_text(id), "article.created");
    return id;
}

Expected<> put_article(store::Tx& tx, Knowledge const& knowledge, Act const& act, Rights const& rights, ArticleId id,
                       PutKnowledgeArticle const& wanted) {
    auto const row = tx.one<ArticleRow>(sql::lock_article, id);
    if (!row) return no_such("article");
    if (auto const good = check_audience(tx, knowledge, wanted.audience); !good) return fail(good.error());
    if (auto const good = check_filing(tx, wanted.category, wanted.products, wanted.owner); !good)
        return fail(good.error());
    if (wanted.review_every_days && (*wanted.review_every_days < 0 || *wanted.review_every_days > 3650))
        return wrong("invalid_fields", "/review_every_days", "This is no number of days.", "0 to 3650", "correct it");
    if (wanted.source != row->source && !translation_row(tx, id, wanted.source))
        return wrong("invalid_fields", "/source", "It is not written in that language yet.",
                     "a language that it has a text in", "write that text first");
    if (row->published_once && !rights.may_publish &&
        concerns_readers(*row, tx.all<ProductId>(sql::products_of, id), wanted))
        return fail(ErrorKind::forbidden, "publish_needed",
                    "It has been published: whoever changes where it stands, or who may read it, may publish.");
    if (tx.changed(sql::save_article, id, wanted.version, wanted.kind, wanted.source, wanted.category,
                   wanted.audience.kind, segment_of(wanted.audience), wanted.owner, wanted.expires_at,
                   wanted.review_due_at, wanted.review_every_days, act.now) != 1)
        return changed_meanwhile();
    save_products(tx, id, wanted.products);
    tell(tx, act, to_text(id), "article.changed");
    return {};
}

Expected<> delete_article(store::Tx& tx, Act const& act, ArticleId id) {
    auto const row = tx.one<ArticleRow>(sql::lock_article, id);
    if (!row) return no_such("article");
    if (row->published_once)
        return fail(ErrorKind::conflict, "was_published", "It has been published: retire it instead.");
    tx.exec(sql::delete_article, id);
    tx.exec(sql::delete_translations_of, id);
    tx.exec(sql::delete_products_of, id);
    tx.exec(sql::delete_uses_of_article, id);
    tell(tx, act, to_text(id), "article.deleted");
    return {};
}

Expected<> retire(store::Tx& tx, Act const& act, ArticleId id) {
    auto const row = tx.one<ArticleRow>(sql::lock_article, id);
    if (!row) return no_such("article");
    if (row->retired_at) return fail(ErrorKind::conflict, "already_retired", "It is retired already.");
    tx.exec(sql::set_retired, id, act.now, act.now);
    tell(tx, act, to_text(id), "article.retired");
    return {};
}

Expected<> restore(store::Tx& tx, Act const& act, ArticleId id) {
    auto const row = tx.one<ArticleRow>(sql::lock_article, id);
    if (!row) return no_such("article");
    if (!row->retired_at) return fail(ErrorKind::conflict, "not_retired", "It is not retired.");
    tx.exec(sql::set_retired, id, nullptr, act.now);
    if (row->expires_at && *row->expires_at <= act.now) tx.exec(sql::clear_expiry, id);
    tell(tx, act, to_text(id), "article.restored");
    return {};
}

Expected<> reviewed(store::Tx& tx, Act const& act, ArticleId id, std::optional<Time> next_at) {
    auto const row = tx.one<ArticleRow>(sql::lock_article, id);
    if (!row) return no_such("article");
    if (next_at && *next_at <= act.now)
        return wrong("invalid_fields", "/next_at", "The next review cannot be in the past.", "a time to come",
                     "choose a later one");
    auto const days = row->review_every_days.value_or(settings_of(tx).review_every_days);
    if (!next_at && days > 0) next_at = act.now + std::chrono::days(days);
    tx.exec(sql::set_review, id, next_at, act.now);
    tell(tx, act, to_text(id), "article.reviewed");
    return {};
}

}  // namespace rapport::knowledge
