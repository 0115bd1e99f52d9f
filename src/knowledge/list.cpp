// Articles as agents see them: one, and lists.
#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "base/text.hpp"
#include "knowledge/rows.hpp"
#include "knowledge/sql.hpp"
#include "search/text.hpp"

namespace rapport::knowledge {
namespace {

constexpr std::size_t looked_at_once = 200;

struct Counts {
    std::optional<std::int64_t> helped, not_helped;
};
BOOST_DESCRIBE_STRUCT(Counts, (), (helped, not_helped))

// What only C++ can tell of a row.
struct Wish {
    std::u32string words;
    std::set<std::int64_t> categories, product_categories;
    std::optional<TranslationState> state;
};

std::u32string letters_of(std::string_view text) {
    std::u32string out;
    for (auto const& letter : search::normalise(text)) out += letter.c;
    return out;
}

std::set<std::int64_t> with_those_within(std::vector<KnowledgeCategory> const& all, std::set<std::int64_t> found) {
    for (bool more = true; more;) {
        more = false;
        for (auto const& one : all)
            if (one.parent && found.contains(one.parent->value)) more = found.insert(one.id.value).second || more;
    }
    return found;
}

std::int64_t source_number_in(ArticleRow const& row, std::vector<TranslationHead> const& heads) {
    auto const found = std::ranges::find(heads, row.source, &TranslationHead::locale);
    return found == heads.end() ? 0 : found->number;
}

KnowledgeArticleSummary summary_of(store::Reader& reader, ArticleRow const& row,
                                   std::vector<TranslationHead> const& heads, std::optional<Locale> locale, Time now) {
    KnowledgeArticleSummary out;
    out.id = row.id;
    out.kind = row.kind;
    out.source = row.source;
    out.category = row.category;
    out.products = reader.all<ProductId>(sql::products_of, row.id);
    out.audience.kind = row.audience;
    if (row.segment) out.audience.segment = Text<1, 40>{*row.segment};
    out.owner = row.owner;
    out.retired = row.retired_at.has_value();
    out.expires_at = row.expires_at;
    out.review_due_at = row.review_due_at;
    out.review_due = row.review_due_at && *row.review_due_at <= now;
    out.created_at = row.created_at;
    out.changed_at = row.changed_at;
    auto const source = source_number_in(row, heads);
    for (auto const& head : heads) {
        out.translations.push_back({head.locale, head.state, head.number, head.visible,
                                    is_outdated(row, head.locale, head.made_from, source), head.changed_at,
                                    head.publish_at});
        bool const better = head.locale == locale || (head.locale == row.source && out.title_locale != locale);
        if (!out.title.empty() && !better) continue;
        out.title = head.title;
        out.title_locale = head.locale;
    }
    auto const counts = reader.one<Counts>(sql::count_feedback_of, row.id);
    out.helped = counts ? counts->helped.value_or(0) : 0;
    out.not_helped = counts ? counts->not_helped.value_or(0) : 0;
    return out;
}

bool fits(store::Reader& reader, ArticleRow const& row, std::vector<TranslationHead> const& heads,
          KnowledgeArticleQuery const& query, Wish const& wish) {
    if (query.category && (!row.category || !wish.categories.contains(row.category->value))) return false;
    if (query.product && !(row.category && wish.product_categories.contains(row.category->value))) {
        auto const products = reader.all<ProductId>(sql::products_of, row.id);
        if (std::ranges::find(products, *query.product) == products.end()) return false;
    }
    auto const head_in = [&](Locale locale) { return std::ranges::find(heads, locale, &TranslationHead::locale); };
    if (query.missing && query.locale && head_in(*query.locale) != heads.end()) return false;
    auto const source = source_number_in(row, heads);
    if (query.outdated && std::ranges::none_of(heads, [&](TranslationHead const& head) {
            return (!query.locale || head.locale == *query.locale) &&
                   is_outdated(row, head.locale, head.made_from, source);
        }))
        return false;
    if (wish.state && std::ranges::none_of(heads, [&](TranslationHead const& head) {
            return head.state == *wish.state && (!query.locale || head.locale == *query.locale);
        }))
        return false;
    return wish.words.empty() || std::ranges::any_of(heads, [&](TranslationHead const& head) {
               return letters_of(head.title).contains(wish.words);
           });
}

// "<microseconds>.<identifier>"
bool read_cursor(std::string_view text, std::int64_t& at, std::int64_t& id) {
    auto const* const end = text.data() + text.size();
    auto const first = std::from_chars(text.data(), end, at);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return false;
    auto const second = std::from_chars(first.ptr + 1, end, id);
    return second.ec == std::errc() && second.ptr == end;
}

Expected<Wish> wish_of(store::Reader& reader, KnowledgeArticleQuery const& query) {
    Wish wish;
    wish.words = letters_of(trimmed(query.q));
    if (!query.state.empty() && query.state != "retired") {
        wish.state = json::enum_from<TranslationState>(query.state);
        if (!wish.state)
            return wrong("invalid_fields", "/state", "There is no such state.",
                         "draft, in_review, approved, scheduled, published, withdrawn or retired", "use one of these");
    }
    if (!query.category && !query.product) return wish;
    auto const all = list_categories(reader);
    if (query.category) wish.categories = with_those_within(all, {query.category->value});
    std::set<std::int64_t> of_product;
    for (auto const& one : all)
        if (query.product && one.product == query.product) of_product.insert(one.id.value);
    wish.product_categories = with_those_within(all, std::move(of_product));
    return wish;
}

}  // namespace

Expected<net::Page<KnowledgeArticleSummary>> list_articles(store::Reader& reader, KnowledgeArticleQuery const& query,
                                                           Time now) {
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 200));
    auto at = std::numeric_limits<std::int64_t>::max(), id = at;
    if (!query.after.empty() && !read_cursor(query.after, at, id))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.");
    auto const wish = wish_of(reader, query);
    if (!wish) return fail(wish.error());
    auto const kind = query.kind ? std::string(json::enum_name(*query.kind)) : std::string();
    net::Page<KnowledgeArticleSummary> page;
    while (true) {
        auto const rows =
            reader.all<ArticleRow>(sql::page_of_articles, at, id, query.owner ? query.owner->value : 0, kind,
                                   query.state == "retired", query.due ? micros(now) : 0, looked_at_once);
        for (auto const& row : rows) {
            auto const heads = reader.all<TranslationHead>(sql::heads_of, row.id);
            if (!fits(reader, row, heads, query, *wish)) continue;
            if (page.items.size() == limit) {
                auto const& last = page.items.back();
                page.next = std::to_string(micros(last.changed_at)) + '.' + std::to_string(last.id.value);
                return page;
            }
            page.items.push_back(summary_of(reader, row, heads, query.locale, now));
        }
        if (rows.size() < looked_at_once) return page;
        at = micros(rows.back().changed_at);
        id = rows.back().id.value;
    }
}

Expected<KnowledgeArticle> find_article(store::Reader& reader, Knowledge const& knowledge, Rights const& rights,
                                        ArticleId id, Time now) {
    auto const row = article_row(reader, id);
    if (!row) return no_such("article");
    KnowledgeArticle out;
    static_cast<KnowledgeArticleSummary&>(out) =
        summary_of(reader, *row, reader.all<TranslationHead>(sql::heads_of, id), {}, now);
    out.version = row->version;
    out.review_every_days = row->review_every_days;
    out.retired_at = row->retired_at;
    out.created_by = row->created_by;
    for (auto const& address : reader.all<AddressRow>(sql::addresses_of, "article", id)) {
        Locale locale{};
        from_text(address.locale, locale);
        out.addresses.push_back(
            {locale, address.slug, knowledge.public_url() + article_path(locale, address.slug), address.is_current});
    }
    bool own = false;
    if (settings_of(reader).four_eyes)
        for (auto const& head : out.translations)
            if (auto const text = translation_row(reader, id, head.locale))
                own = own || text->writers.contains(rights.self);
    out.may_approve = out.may_publish = rights.may_publish && !own;
    return out;
}

}  // namespace rapport::knowledge
