// Settings, products, categories.
#include <algorithm>

#include "knowledge/rows.hpp"
#include "knowledge/sql.hpp"
#include "markdown/markdown.hpp"

namespace rapport::knowledge {
namespace {

struct SettingsRow {
    std::int64_t version = 0;
    json::Object body;
};
BOOST_DESCRIBE_STRUCT(SettingsRow, (), (version, body))

struct ProductRow {
    ProductId id;
    std::string slug;
    json::Object name, description;
    std::int64_t position = 0;
    bool retired = false;
    std::int64_t categories = 0, articles = 0, version = 0;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(ProductRow, (),
                      (id, slug, name, description, position, retired, categories, articles, version, changed_at))

struct CategoryRow {
    CategoryId id;
    std::optional<ProductId> product;
    std::optional<CategoryId> parent;
    std::string slug;
    json::Object name, description;
    std::int64_t position = 0;
    bool retired = false;
    std::int64_t articles = 0, published = 0, version = 0;
    Time changed_at{};
};
BOOST_DESCRIBE_STRUCT(CategoryRow, (),
                      (id, product, parent, slug, name, description, position, retired, articles, published, version,
                       changed_at))

struct CategoryCount {
    CategoryId category;
    std::int64_t articles = 0, published = 0;
};
BOOST_DESCRIBE_STRUCT(CategoryCount, (), (category, articles, published))

constexpr std::int64_t tree_lock = 7010;

KnowledgeSettings first_settings() {
    KnowledgeSettings out;
    out.version = 0;
    out.title["en"] = {"Help"};
    out.locales = {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa};
    return out;
}

KnowledgeProduct product_of(store::Reader& reader, ProductRow const& row) {
    KnowledgeProduct out;
    out.id = row.id;
    out.slug = row.slug;
    out.name = from_object<KnowledgeNames>(row.name);
    out.description = from_object<KnowledgeWords>(row.description);
    out.position = row.position;
    out.retired = row.retired;
    out.version = row.version;
    out.changed_at = row.changed_at;
    out.categories = reader.one<std::int64_t>(sql::count_categories_of_product, row.id).value_or(0);
    out.articles = reader.one<std::int64_t>(sql::count_articles_of_product, row.id).value_or(0);
    return out;
}

KnowledgeCategory category_of(CategoryRow const& row, std::vector<CategoryCount> const& counts) {
    KnowledgeCategory out;
    out.id = row.id;
    out.product = row.product;
    out.parent = row.parent;
    out.slug = row.slug;
    out.name = from_object<KnowledgeNames>(row.name);
    out.description = from_object<KnowledgeWords>(row.description);
    out.position = row.position;
    out.retired = row.retired;
    out.version = row.version;
    out.changed_at = row.changed_at;
    if (auto const found = std::ranges::find(counts, row.id, &CategoryCount::category); found != counts.end()) {
        out.articles = found->articles;
        out.published = found->published;
    }
    return out;
}

Expected<KnowledgeProduct> fresh(store::Reader& reader, ProductId id) {
    auto const row = reader.one<ProductRow>(sql::find_product, id);
    if (!row) return no_such("product");
    return product_of(reader, *row);
}

Expected<KnowledgeCategory> fresh(store::Reader& reader, CategoryId id) {
    auto const row = reader.one<CategoryRow>(sql::find_category, id);
    if (!row) return no_such("category");
    return category_of(*row, reader.all<CategoryCount>(sql::count_articles_by_category));
}

std::unexpected<Error> bad_slug() {
    return wrong("invalid_fields", "/slug", "This cannot stand in an address.",
                 "small letters of any script, digits and -", "write it like gas-meters");
}

std::unexpected<Error> slug_taken() {
    return wrong("slug_taken", "/slug", "Another one has this address.", "must be unique", "take another one",
                 ErrorKind::conflict);
}

// The slug wished for, or made from the name; an error where it cannot be, or leads elsewhere.
Expected<std::string> slug_for(store::Reader& reader, std::string_view kind, std::optional<KnowledgeSlug> const& wished,
                               KnowledgeNames const& name, std::int64_t target) {
    auto slug = wished && !wished->value.empty() ? wished->value : slug_from(name);
    if (!markdown::is_slug(slug, most_slug)) return bad_slug();
    auto const held = reader.one<AddressRow>(sql::address_of_slug, kind, "", slug);
    if (held && held->target != target) return slug_taken();
    return slug;
}

// Product and parent exist, and the place is not within itself nor too deep.
Expected<> check_place(store::Reader& reader, std::optional<CategoryId> self, std::optional<ProductId> product,
                       std::optional<CategoryId> parent) {
    if (product && !reader.one<ProductRow>(sql::find_product, *product))
        return wrong("product_not_found", "/product", "There is no such product.", "a product", "choose another one");
    auto const all = reader.all<CategoryRow>(sql::list_categories);
    auto const above = [&](CategoryId id) -> CategoryRow const* {
        auto const found = std::ranges::find(all, id, &CategoryRow::id);
        return found == all.end() ? nullptr : &*found;
    };
    int depth = 1;
    for (auto at = parent; at; ++depth) {
        auto const* row = above(*at);
        if (!row)
            return wrong("category_not_found", "/parent", "There is no such category.", "a category",
                         "choose another one");
        if (self && row->id == *self)
            return wrong("circular", "/parent", "A category cannot stand within itself.", "another category",
                         "choose one that does not stand in it");
        at = row->parent;
        if (depth > deepest_category) break;
    }
    // How deep what stands in it goes.
    int below = 0;
    std::vector<CategoryId> level;
    if (self) level.push_back(*self);
    while (!level.empty() && below <= deepest_category) {
        std::vector<CategoryId> next;
        for (auto const& row : all)
            if (row.parent && std::ranges::find(level, *row.parent) != level.end()) next.push_back(row.id);
        level = std::move(next);
        if (!level.empty()) ++below;
    }
    if (depth + below > deepest_category)
        return wrong("too_deep", "/parent", "Categories stand too deep in each other.",
                     "at most " + std::to_string(deepest_category) + " levels", "put it higher up");
    return {};
}

}  // namespace

KnowledgeSettings settings_of(store::Reader& reader) {
    auto const row = reader.one<SettingsRow>(sql::find_settings);
    if (!row) return first_settings();
    auto out = from_object<KnowledgeSettings>(row->body);
    out.version = row->version;
    return out;
}

Expected<KnowledgeSettings> put_settings(store::Tx& tx, Act const& act, KnowledgeSettings const& wanted) {
    if (auto const good = check_words(wanted.title, "/title", true); !good) return fail(good.error());
    if (auto const good = check_words(wanted.intro, "/intro", false); !good) return fail(good.error());
    auto locales = wanted.locales;
    std::ranges::sort(locales);
    if (locales.empty() || std::ranges::adjacent_find(locales) != locales.end())
        return wrong("invalid_fields", "/locales", "The help centre needs languages, each once.",
                     "one to six languages, each once", "choose at least one");
    if (wanted.review_every_days < 0 || wanted.review_every_days > 3650)
        return wrong("invalid_fields", "/review_every_days", "This is no number of days.", "0 to 3650", "correct it");
    bool const first = wanted.version == 0 && tx.changed(sql::insert_settings, object_of(wanted)) == 1;
    if (!first && tx.changed(sql::save_settings, wanted.version, object_of(wanted)) != 1) return changed_meanwhile();
    tell(tx, act, "help", "help.settings_changed");
    return settings_of(tx);
}

// ---- products

std::vector<KnowledgeProduct> list_products(store::Reader& reader) {
    std::vector<KnowledgeProduct> out;
    for (auto const& row : reader.all<ProductRow>(sql::list_products)) out.push_back(product_of(reader, row));
    return out;
}

Expected<KnowledgeProduct> create_product(store::Tx& tx, Act const& act, NewKnowledgeProduct const& wanted) {
    if (auto const good = check_words(wanted.name, "/name", true); !good) return fail(good.error());
    if (auto const good = check_words(wanted.description, "/description", false); !good) return fail(good.error());
    auto const all = tx.all<ProductRow>(sql::list_products);
    if (all.size() >= most_products)
        return fail(ErrorKind::conflict, "too_many_products", "There are too many products already.");
    auto const id = tx.new_id<ProductId>();
    auto const slug = slug_for(tx, "product", wanted.slug, wanted.name, id.value);
    if (!slug) return fail(slug.error());
    take_address(tx, "product", "", *slug, id.value, act.now);
    auto const last = all.empty() ? 0 : all.back().position + 1;
    tx.exec(sql::insert_product, id, *slug, object_of(wanted.name), object_of(wanted.description),
            wanted.position.value_or(last), act.now);
    tell(tx, act, to_text(id), "help_product.created");
    return fresh(tx, id);
}

Expected<KnowledgeProduct> put_product(store::Tx& tx, Act const& act, ProductId id, PutKnowledgeProduct const& wanted) {
    if (auto const good = check_words(wanted.name, "/name", true); !good) return fail(good.error());
    if (auto const good = check_words(wanted.description, "/description", false); !good) return fail(good.error());
    if (!tx.one<ProductRow>(sql::find_product, id)) return no_such("product");
    auto const slug = slug_for(tx, "product", wanted.slug, wanted.name, id.value);
    if (!slug) return fail(slug.error());
    if (tx.changed(sql::save_product, id, wanted.version, *slug, object_of(wanted.name), object_of(wanted.description),
                   wanted.position, wanted.retired, act.now) != 1)
        return changed_meanwhile();
    take_address(tx, "product", "", *slug, id.value, act.now);
    tell(tx, act, to_text(id), "help_product.changed");
    return fresh(tx, id);
}

Expected<> delete_product(store::Tx& tx, Act const& act, ProductId id) {
    auto const now = fresh(tx, id);
    if (!now) return fail(now.error());
    if (now->categories + now->articles > 0)
        return fail(ErrorKind::conflict, "in_use", "Categories or articles name this product. Retire it instead.");
    tx.exec(sql::delete_product, id);
    tx.exec(sql::delete_addresses, "product", id);
    tell(tx, act, to_text(id), "help_product.deleted");
    return {};
}

// ---- categories

std::vector<KnowledgeCategory> list_categories(store::Reader& reader) {
    std::vector<KnowledgeCategory> out;
    auto const counts = reader.all<CategoryCount>(sql::count_articles_by_category);
    for (auto const& row : reader.all<CategoryRow>(sql::list_categories)) out.push_back(category_of(row, counts));
    return out;
}

Expected<KnowledgeCategory> create_category(store::Tx& tx, Act const& act, NewKnowledgeCategory const& wanted) {
    if (auto const good = check_words(wanted.name, "/name", true); !good) return fail(good.error());
    if (auto const good = check_words(wanted.description, "/description", false); !good) return fail(good.error());
    if (auto const good = check_place(tx, {}, wanted.product, wanted.parent); !good) return fail(good.error());
    auto const all = tx.all<CategoryRow>(sql::list_categories);
    if (all.size() >= most_categories)
        return fail(ErrorKind::conflict, "too_many_categories", "There are too many categories already.");
    auto const id = tx.new_id<CategoryId>();
    auto const slug = slug_for(tx, "category", wanted.slug, wanted.name, id.value);
    if (!slug) return fail(slug.error());
    take_address(tx, "category", "", *slug, id.value, act.now);
    auto const last = all.empty() ? 0 : all.back().position + 1;
    tx.exec(sql::insert_category, id, wanted.product, wanted.parent, *slug, object_of(wanted.name),
            object_of(wanted.description), wanted.position.value_or(last), act.now);
    tell(tx, act, to_text(id), "help_category.created");
    return fresh(tx, id);
}

Expected<KnowledgeCategory> put_category(store::Tx& tx, Act const& act, CategoryId id,
                                         PutKnowledgeCategory const& wanted) {
    if (auto const good = check_words(wanted.name, "/name", true); !good) return fail(good.error());
    if (auto const good = check_words(wanted.description, "/description", false); !good) return fail(good.error());
    tx.lock(tree_lock);  // two moves at once could make a ring
    if (!tx.one<CategoryRow>(sql::find_category, id)) return no_such("category");
    if (auto const good = check_place(tx, id, wanted.product, wanted.parent); !good) return fail(good.error());
    auto const slug = slug_for(tx, "category", wanted.slug, wanted.name, id.value);
    if (!slug) return fail(slug.error());
    if (tx.changed(sql::save_category, id, wanted.version, wanted.product, wanted.parent, *slug, object_of(wanted.name),
                   object_of(wanted.description), wanted.position, wanted.retired, act.now) != 1)
        return changed_meanwhile();
    take_address(tx, "category", "", *slug, id.value, act.now);
    tell(tx, act, to_text(id), "help_category.changed");
    return fresh(tx, id);
}

Expected<> delete_category(store::Tx& tx, Act const& act, CategoryId id) {
    if (!tx.one<CategoryRow>(sql::find_category, id)) return no_such("category");
    if (tx.one<std::int64_t>(sql::count_articles_of_category, id).value_or(0) > 0 ||
        tx.one<std::int64_t>(sql::count_categories_within, id).value_or(0) > 0)
        return fail(ErrorKind::conflict, "in_use", "Articles or categories stand in it. Retire it instead.");
    tx.exec(sql::delete_category, id);
    tx.exec(sql::delete_addresses, "category", id);
    tell(tx, act, to_text(id), "help_category.deleted");
    return {};
}

}  // namespace rapport::knowledge
