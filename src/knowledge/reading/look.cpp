// Reading what pages show.
#include "knowledge/reading/look.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "base/text.hpp"
#include "knowledge/sql.hpp"
#include "net/request.hpp"

namespace rapport::knowledge {
namespace {

constexpr std::size_t most_related = 6, most_new = 8, excerpt_letters = 180;

struct CountRow {
    CategoryId category;
    AudienceKind audience{};
    std::optional<std::string> segment;
    std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(CountRow, (), (category, audience, segment, count))

bool is_for_them(store::Reader& reader, Looking const& looking, AudienceKind audience,
                 std::optional<std::string> const& segment) {
    ArticleRow row;
    row.audience = audience;
    row.segment = segment;
    return is_for(reader, looking.knowledge, looking.visitor, row);
}

// Those that they may read; what everybody sees changes when the first of them expires.
std::vector<Readable> theirs(store::Reader& reader, Looking const& looking, std::vector<Readable> all, View& view) {
    std::erase_if(all, [&](Readable const& one) {
        if (one.expires_at && *one.expires_at <= looking.now) return true;
        if (!is_for_them(reader, looking, one.audience, one.segment)) return true;
        if (one.expires_at) view.until = std::min(view.until.value_or(*one.expires_at), *one.expires_at);
        return false;
    });
    return all;
}

template <class Words>
std::string in_language(Words const& words, KnowledgeSettings const& settings, Locale locale) {
    auto const said = [&](Locale one) -> std::string {
        auto const found = words.find(to_text(one));
        return found == words.end() ? std::string() : std::string(trimmed(found->second.value));
    };
    if (auto text = said(locale); !text.empty()) return text;
    for (auto const one : settings.locales)
        if (auto text = said(one); !text.empty()) return text;
    for (auto const& [language, text] : words)
        if (!trimmed(text.value).empty()) return std::string(trimmed(text.value));
    return {};
}

std::string path_of(Locale locale, std::string_view kind, std::string_view slug) {
    return "/help/" + to_text(locale) + '/' + std::string(kind) + '/' + net::percent_encoded(slug);
}

// The tree, with how many articles stand in each category and below.
class Tree {
  public:
    Tree(store::Reader& reader, Looking const& looking, KnowledgeSettings const& settings)
        : looking_(looking),
          settings_(settings),
          categories_(list_categories(reader)),
          products_(list_products(reader)) {
        for (auto const& row : reader.all<CountRow>(sql::count_readable, looking.now))
            if (is_for_them(reader, looking, row.audience, row.segment)) direct_[row.category] += row.count;
    }

    std::vector<KnowledgeProduct> const& products() const { return products_; }
    KnowledgeCategory const* category(CategoryId id) const {
        auto const found = std::ranges::find(categories_, id, &KnowledgeCategory::id);
        return found == categories_.end() ? nullptr : &*found;
    }
    std::int64_t within(CategoryId id, int depth = 0) const {
        auto const found = direct_.find(id);
        std::int64_t n = found == direct_.end() ? 0 : found->second;
        if (depth < deepest_category)
            for (auto const& one : categories_)
                if (one.parent == id && !one.retired) n += within(one.id, depth + 1);
        return n;
    }
    Place place(KnowledgeCategory const& one) const {
        return {in_language(one.name, settings_, looking_.locale), path_of(looking_.locale, "categories", one.slug),
                in_language(one.description, settings_, looking_.locale), within(one.id)};
    }
    Place place(KnowledgeProduct const& one) const {
        return {in_language(one.name, settings_, looking_.locale), path_of(looking_.locale, "products", one.slug),
                in_language(one.description, settings_, looking_.locale), 0};
    }
    // Those that have something in them.
    template <class Wanted>
    std::vector<Place> places(Wanted wanted) const {
        std::vector<Place> out;
        for (auto const& one : categories_)
            if (!one.retired && wanted(one) && within(one.id) > 0) out.push_back(place(one));
        return out;
    }
    // From the product, or the top, down to it.
    std::vector<Place> trail(std::optional<CategoryId> id, bool with_itself) const {
        std::vector<Place> out;
        std::optional<ProductId> product;
        auto at = id;
        for (int depth = 0; at && depth < deepest_category; ++depth) {
            auto const* one = category(*at);
            if (!one) break;
            if (with_itself || depth > 0) out.push_back(place(*one));
            if (one->product) product = one->product;
            at = one->parent;
        }
        auto const found = product ? std::ranges::find(products_, *product, &KnowledgeProduct::id) : products_.end();
        if (found != products_.end() && !found->retired) out.push_back(place(*found));
        std::ranges::reverse(out);
        return out;
    }

  private:
    Looking const& looking_;
    KnowledgeSettings const& settings_;
    std::vector<KnowledgeCategory> categories_;
    std::vector<KnowledgeProduct> products_;
    std::map<CategoryId, std::int64_t> direct_;
};

View begin(store::Reader& reader, Looking const& looking, std::string name, std::string path) {
    View view;
    view.name = std::move(name);
    view.locale = looking.locale;
    view.settings = settings_of(reader);
    view.path = std::move(path);
    return view;
}

View moved(View view, std::string path) {
    view.status = 301;
    view.path = std::move(path);
    return view;
}

void same_in_every_language(View& view, std::string const& behind) {
    for (auto const locale : view.settings.locales)
        view.translations.emplace_back(locale, "/help/" + to_text(locale) + behind);
}

void add_translations(store::Reader& reader, Looking const& looking, View& view, ArticleId id) {
    for (auto const& one : theirs(reader, looking, reader.all<Readable>(sql::readable_translations, id), view)) {
        view.translations.emplace_back(one.locale, path_of(one.locale, "articles", one.slug));
        view.first_published_at = std::min(view.first_published_at.value_or(one.published_at), one.published_at);
    }
}

void add_text(store::Reader& reader, View& view, std::string const& body, Shown where) {
    auto shown = show(reader, body, {.locale = view.locale, .where = where});
    if (!shown) return;
    view.html = std::move(shown->html);
    view.outline = std::move(shown->outline);
}

std::string marked(search::Excerpt const& excerpt) {
    std::string out;
    std::int64_t letter = 0;
    std::size_t at = 0;
    auto const up_to = [&](std::int64_t end) {
        auto const begin = at;
        while (at < excerpt.text.size() && letter < end) {
            do ++at;
            while (at < excerpt.text.size() && (static_cast<unsigned char>(excerpt.text[at]) & 0xC0) == 0x80);
            ++letter;
        }
        return escape_markup(std::string_view(excerpt.text).substr(begin, at - begin));
    };
    for (auto const& match : excerpt.matches) {
        out += up_to(match.begin);
        out += "<mark>" + up_to(match.end) + "</mark>";
    }
    return out + up_to(std::numeric_limits<std::int64_t>::max());
}

}  // namespace

View look_home(store::Reader& reader, Looking const& looking) {
    auto view = begin(reader, looking, "home", "/help/" + to_text(looking.locale));
    Tree const tree(reader, looking, view.settings);
    view.title = in_language(view.settings.title, view.settings, looking.locale);
    view.lead = in_language(view.settings.intro, view.settings, looking.locale);
    for (auto const& one : tree.products())
        if (!one.retired) view.products.push_back(tree.place(one));
    view.places = tree.places([](KnowledgeCategory const& one) { return !one.parent && !one.product; });
    view.articles = theirs(reader, looking, reader.all<Readable>(sql::readable_loose, looking.locale), view);
    view.newest = theirs(reader, looking, reader.all<Readable>(sql::readable_newest, looking.locale), view);
    if (view.newest.size() > most_new) view.newest.resize(most_new);
    same_in_every_language(view, "");
    return view;
}

View look_product(store::Reader& reader, Looking const& looking, std::string const& slug) {
    auto const address = reader.one<AddressRow>(sql::address_of_slug, "product", "", slug);
    auto view = begin(reader, looking, "place", path_of(looking.locale, "products", slug));
    Tree const tree(reader, looking, view.settings);
    auto const found = std::ranges::find_if(
        tree.products(), [&](KnowledgeProduct const& one) { return address && one.id.value == address->target; });
    if (found == tree.products().end() || found->retired) return look_nothing(reader, looking, 404);
    if (found->slug != slug) return moved(std::move(view), path_of(looking.locale, "products", found->slug));
    auto const place = tree.place(*found);
    view.title = place.name;
    view.lead = place.description;
    view.places = tree.places([&](KnowledgeCategory const& one) { return one.product == found->id && !one.parent; });
    view.articles =
        theirs(reader, looking, reader.all<Readable>(sql::readable_of_product, found->id, looking.locale), view);
    same_in_every_language(view, "/products/" + net::percent_encoded(slug));
    return view;
}

View look_category(store::Reader& reader, Looking const& looking, std::string const& slug) {
    auto const address = reader.one<AddressRow>(sql::address_of_slug, "category", "", slug);
    auto view = begin(reader, looking, "place", path_of(looking.locale, "categories", slug));
    Tree const tree(reader, looking, view.settings);
    auto const* found = address ? tree.category(CategoryId{address->target}) : nullptr;
    if (!found || found->retired) return look_nothing(reader, looking, 404);
    if (found->slug != slug) return moved(std::move(view), path_of(looking.locale, "categories", found->slug));
    view.articles =
        theirs(reader, looking, reader.all<Readable>(sql::readable_of_category, found->id, looking.locale), view);
    view.places = tree.places([&](KnowledgeCategory const& one) { return one.parent == found->id; });
    // That there is something inside is nothing for those who may not read it.
    if (view.articles.empty() && view.places.empty() && tree.within(found->id) == 0 && found->published > 0)
        return look_nothing(reader, looking, 404);
    auto const place = tree.place(*found);
    view.title = place.name;
    view.lead = place.description;
    view.trail = tree.trail(found->id, false);
    same_in_every_language(view, "/categories/" + net::percent_encoded(slug));
    return view;
}

View look_article(store::Reader& reader, Looking const& looking, std::string const& slug) {
    auto const address = reader.one<AddressRow>(sql::address_of_slug, "article", to_text(looking.locale), slug);
    auto const article = address ? article_row(reader, ArticleId{address->target}) : std::nullopt;
    if (!article || !is_for(reader, looking.knowledge, looking.visitor, *article))
        return look_nothing(reader, looking, 404);
    auto const text = translation_row(reader, article->id, looking.locale);
    if (!text || !may_read(reader, looking.knowledge, looking.visitor, *article, *text, looking.now))
        return look_nothing(reader, looking, 410);
    auto view = begin(reader, looking, "article", path_of(looking.locale, "articles", slug));
    if (!address->is_current) {
        auto const now = current_address(reader, "article", to_text(looking.locale), article->id.value);
        return moved(std::move(view), path_of(looking.locale, "articles", now.value_or(slug)));
    }
    auto const version = reader.one<VersionRow>(sql::find_version, article->id, looking.locale, text->number);
    if (!version) return look_nothing(reader, looking, 404);
    view.title = version->title;
    view.lead = version->summary;
    view.published_at = version->published_at;
    view.until = article->expires_at;
    view.is_public = article->audience == AudienceKind::public_;
    view.is_question = article->kind == ArticleKind::question;
    view.asks = view.settings.feedback && !looking.visitor.is_agent;
    view.source = article->source;
    add_text(reader, view, version->body, Shown::page);
    add_translations(reader, looking, view, article->id);
    Tree const tree(reader, looking, view.settings);
    view.trail = tree.trail(article->category, true);
    if (article->category) {
        auto near = theirs(reader, looking,
                           reader.all<Readable>(sql::readable_of_category, *article->category, looking.locale), view);
        std::erase_if(near, [&](Readable const& one) { return one.article == article->id; });
        if (near.size() > most_related) near.resize(most_related);
        view.articles = std::move(near);
    }
    return view;
}

View look_draft(store::Reader& reader, Looking const& looking, ArticleId id) {
    auto const article = article_row(reader, id);
    auto const text = article ? translation_row(reader, id, looking.locale) : std::nullopt;
    if (!text) return look_nothing(reader, looking, 404);
    auto view = begin(reader, looking, "article", "");
    view.is_preview = true;
    view.is_public = false;
    view.title = text->title;
    view.lead = text->summary;
    view.is_question = article->kind == ArticleKind::question;
    view.notice = "preview";
    add_text(reader, view, text->body, Shown::preview);
    Tree const tree(reader, looking, view.settings);
    view.trail = tree.trail(article->category, true);
    return view;
}

View look_search(store::Reader& reader, Looking const& looking, search::RankedAnswer const& found,
                 std::string const& query) {
    auto view = begin(reader, looking, "search", "/help/" + to_text(looking.locale) + "/search");
    view.is_public = false;  // nobody else's business, and nothing to be kept
    view.query = query;
    view.incomplete = !found.complete || found.gave_up;
    for (auto const& hit : found.hits) {
        auto const text = reader.one<Readable>(sql::readable_text, TextId{hit.object});
        if (!text) continue;
        auto one = theirs(reader, looking, {*text}, view);
        if (one.empty()) continue;
        auto const row = reader.one<TranslationRow>(sql::text_of_id, TextId{hit.object});
        auto const version = reader.one<VersionRow>(sql::find_version, row->article, row->locale, row->number);
        auto const plain = text->summary + '\n' + markdown::plain_text(version->body).value_or("");
        view.excerpts.push_back(marked(search::excerpt_of(plain, *found.query, excerpt_letters)));
        view.articles.push_back(std::move(one.front()));
    }
    same_in_every_language(view, "/search?q=" + net::percent_encoded(query));
    return view;
}

View look_nothing(store::Reader& reader, Looking const& looking, int status) {
    auto view = begin(reader, looking, status == 410 ? "gone" : "missing", "");
    view.status = status;
    view.title = "";
    for (auto const locale : view.settings.locales) view.translations.emplace_back(locale, "/help/" + to_text(locale));
    return view;
}

}  // namespace rapport::knowledge
