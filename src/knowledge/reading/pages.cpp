// The routes of the pages for readers. Everybody's pages are kept, packed, and answered without the database while
// nothing changes; whoever is signed in gets theirs drawn.
#include <algorithm>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "knowledge/assets.hpp"
#include "knowledge/http_parts.hpp"
#include "knowledge/reading/draw.hpp"
#include "knowledge/reading/reading.hpp"
#include "knowledge/sql.hpp"
#include "net/compress.hpp"
#include "people/permissions.hpp"

namespace rapport::knowledge {
namespace {

using net::Form;
using net::Request;
using net::Response;

constexpr auto patience = std::chrono::milliseconds(150);  // of a search
constexpr std::size_t most_found = 20, most_query = 400, addresses_of_a_map = 40'000;
// Nothing but our own style and images; forms post here; the data for machines is no script.
constexpr std::string_view policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
constexpr std::string_view preview_policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

using Look = std::function<View(store::Reader&, Looking const&)>;

Frame frame_of(Reading const& reading) { return {reading.organisation(), reading.knowledge().public_url()}; }

// A language of the help centre, by what the browser prefers (RFC 9110 §12.5.4).
Locale preferred(KnowledgeSettings const& settings, std::string_view accept_language) {
    auto best = settings.locales.front();
    double most = 0;
    while (!accept_language.empty()) {
        auto const end = std::min(accept_language.find(','), accept_language.size());
        auto part = trimmed(accept_language.substr(0, end));
        accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
        double weight = 1;
        if (auto const at = part.find(";q="); at != part.npos) {
            weight = std::strtod(std::string(part.substr(at + 3)).c_str(), nullptr);
            part = part.substr(0, at);
        }
        Locale locale{};
        if (weight <= most || !from_text(ascii_lower(part.substr(0, part.find('-'))), locale)) continue;
        if (std::ranges::find(settings.locales, locale) == settings.locales.end()) continue;
        best = locale;
        most = weight;
    }
    return best;
}

bool may_be_somebody(Request const& request) {
    return !request.header("Cookie").empty() || !request.header("Authorization").empty();
}

Response response_of(KeptPage const& page, Request const& request) {
    Response out;
    out.status = page.status;
    out.csp = policy;
    out.headers.add("Vary", "Accept-Encoding, Cookie");
    if (!page.location.empty()) {
        out.headers.add("Location", page.location);
        out.cache_control = "public, max-age=300";
        return out;
    }
    out.content_type = page.type;
    out.etag = page.etag;
    if (page.status == 200) out.cache_control = "public, max-age=0, must-revalidate";
    auto const coding = net::best_coding(request.header("Accept-Encoding"));
    out.body = page.plain;
    if (coding == net::Coding::brotli && page.brotli) {
        out.body = page.brotli;
        out.headers.add("Content-Encoding", "br");
    } else if (coding == net::Coding::gzip && page.gzip) {
        out.body = page.gzip;
        out.headers.add("Content-Encoding", "gzip");
    }
    return out;
}

std::shared_ptr<KeptPage> packed(std::string text, int status, std::string type) {
    auto page = std::make_shared<KeptPage>();
    page->status = status;
    page->type = std::move(type);
    page->etag = "W/\"" + to_hex(sha256(text).view().substr(0, 12)) + '"';
    page->brotli = std::make_shared<std::string const>(net::compress(text, net::Coding::brotli, 5));
    page->gzip = std::make_shared<std::string const>(net::compress(text, net::Coding::gzip, 6));
    page->plain = std::make_shared<std::string const>(std::move(text));
    return page;
}

Response private_page(std::string html, int status) {
    auto out = net::html(std::move(html), status);
    out.csp = policy;
    out.cache_control = "private, no-store";
    out.headers.add("Vary", "Cookie");
    return out;
}

Response moved_to(std::string const& path, bool is_private) {
    Response out;
    out.status = 301;
    out.headers.add("Location", path);
    out.cache_control = is_private ? "private, no-store" : "public, max-age=300";
    return out;
}

Response unknown_language(Reading const& reading) {
    View view;
    view.name = "missing";
    view.status = 404;
    view.settings.locales = {Locale::en};
    return private_page(draw(view, frame_of(reading)), 404);
}

// Whether this language is offered, and the help centre at all.
bool is_offered(KnowledgeSettings const& settings, Locale locale) {
    return settings.online && std::ranges::find(settings.locales, locale) != settings.locales.end();
}

View look_at(store::Reader& reader, Looking const& looking, Look const& look) {
    auto const settings = settings_of(reader);
    if (!is_offered(settings, looking.locale) && !looking.visitor.is_agent) return look_nothing(reader, looking, 404);
    return look(reader, looking);
}

// `behind`: the rest of its address, decoded: what a page is kept by.
Task<Expected<Response>> page(Reading& reading, Request& request, std::string const& language,
                              std::string const& behind, Look look) {
    Locale locale{};
    if (!from_text(language, locale)) co_return unknown_language(reading);
    auto const now = request.now();
    Visitor visitor;
    if (reading.who() && may_be_somebody(request)) visitor = co_await reading.who()(request);
    bool const known = visitor.is_agent || visitor.customer;
    auto const key = language + '/' + behind;
    if (!known)
        if (auto const kept = co_await reading.find(key, now)) co_return response_of(*kept, request);
    auto const generation = reading.generation();
    Looking const looking{reading.knowledge(), visitor, locale, now};
    auto const view = co_await reading.knowledge().store().read(
        [&](store::Reader& reader) { return look_at(reader, looking, look); });
    if (known) {
        if (view.status == 301) co_return moved_to(view.path, true);
        co_return private_page(draw(view, frame_of(reading)), view.status);
    }
    auto made = view.status == 301 ? std::make_shared<KeptPage>()
                                   : packed(draw(view, frame_of(reading)), view.status, "text/html; charset=utf-8");
    made->status = view.status;
    if (view.status == 301) made->location = view.path;
    made->until = view.until;
    made->generation = generation;
    // What is not there has no end.
    if (view.status == 200) reading.keep(key, made);
    co_return response_of(*made, request);
}

Task<Expected<Response>> get_front(Reading& reading, Request& request) {
    auto const settings =
        co_await reading.knowledge().store().read([](store::Reader& reader) { return settings_of(reader); });
    auto out = net::see_other("/help/" + to_text(preferred(settings, request.header("Accept-Language"))));
    out.headers.add("Vary", "Accept-Language");
    co_return out;
}

Task<Expected<Response>> get_home(Reading& reading, Request& request, std::string language) {
    co_return co_await page(reading, request, language, "", look_home);
}
Task<Expected<Response>> get_product(Reading& reading, Request& request, std::string language, std::string slug) {
    auto const look = [&](store::Reader& reader, Looking const& looking) {
        return look_product(reader, looking, slug);
    };
    co_return co_await page(reading, request, language, "products/" + slug, look);
}
Task<Expected<Response>> get_category(Reading& reading, Request& request, std::string language, std::string slug) {
    auto const look = [&](store::Reader& reader, Looking const& looking) {
        return look_category(reader, looking, slug);
    };
    co_return co_await page(reading, request, language, "categories/" + slug, look);
}
Task<Expected<Response>> get_article(Reading& reading, Request& request, std::string language, std::string slug) {
    auto const look = [&](store::Reader& reader, Looking const& looking) {
        return look_article(reader, looking, slug);
    };
    co_return co_await page(reading, request, language, "articles/" + slug, look);
}

// ---- search

struct SearchQuery {
    std::string q;
};
BOOST_DESCRIBE_STRUCT(SearchQuery, (), (q))

Task<Expected<Response>> get_search(Reading& reading, Request& request, std::string language) {
    Locale locale{};
    if (!from_text(language, locale)) co_return unknown_language(reading);
    Visitor visitor;
    if (reading.who() && may_be_somebody(request)) visitor = co_await reading.who()(request);
    auto query = std::string(trimmed(request.query("q").value_or("")));
    if (query.size() > most_query || !is_plain_text(query)) query.clear();
    Looking const looking{reading.knowledge(), visitor, locale, request.now()};
    auto const view = co_await reading.knowledge().store().read([&](store::Reader& reader) {
        auto const look = [&](store::Reader& r, Looking const& l) {
            search::RankedAnswer found;
            if (reading.ranked() && !query.empty()) {
                search::RankedAsk ask;
                ask.text = query;
                ask.language = to_text(locale);
                ask.kinds = {search::Kind::article};
                ask.limit = most_found;
                ask.half_typed = false;
                ask.deadline = std::chrono::steady_clock::now() + patience;
                found = reading.ranked()->ask(ask);
            }
            return look_search(r, l, found, query);
        };
        return look_at(reader, looking, look);
    });
    co_return private_page(draw(view, frame_of(reading)), view.status);
}

// ---- what readers say

struct FeedbackForm {
    std::string helped;
    std::optional<FeedbackReason> reason;
    std::optional<std::string> comment;
};
BOOST_DESCRIBE_STRUCT(FeedbackForm, (), (helped, reason, comment))

std::string reader_of(Request const& request) {
    return request.remote_address() + '\n' + std::string(request.header("User-Agent")) + '\n' +
           std::string(request.header("Accept-Language"));
}

struct Article {
    View view;
    std::optional<ArticleId> id;
};

Task<Article> find_shown(Reading& reading, Visitor const& visitor, Locale locale, std::string const& slug, Time now) {
    Looking const looking{reading.knowledge(), visitor, locale, now};
    co_return co_await reading.knowledge().store().read([&](store::Reader& reader) {
        auto const look = [&](store::Reader& r, Looking const& l) { return look_article(r, l, slug); };
        Article out{look_at(reader, looking, look), {}};
        if (out.view.status != 200) return out;
        auto const address = reader.one<AddressRow>(sql::address_of_slug, "article", to_text(locale), slug);
        if (address) out.id = ArticleId{address->target};
        return out;
    });
}

Task<Expected<Response>> post_feedback(Reading& reading, Request& request, std::string language, std::string slug,
                                       Form<FeedbackForm> form) {
    Locale locale{};
    if (!from_text(language, locale)) co_return unknown_language(reading);
    auto const now = request.now();
    Visitor visitor;
    if (reading.who() && may_be_somebody(request)) visitor = co_await reading.who()(request);
    auto shown = co_await find_shown(reading, visitor, locale, slug, now);
    if (!shown.id) co_return private_page(draw(shown.view, frame_of(reading)), shown.view.status);
    if (auto const may = reading.knowledge().limits().feedback.take(request.remote_address(), now); !may) {
        shown.view.notice = "often";
        auto out = private_page(draw(shown.view, frame_of(reading)), 429);
        out.headers.add("Retry-After", std::to_string(std::max(may.error().retry_after_s, 1)));
        co_return out;
    }
    bool const helped = form->helped == "yes";
    NewFeedback const said{*shown.id,          locale,          helped, form->reason, form->comment.value_or(""),
                           reader_of(request), visitor.customer};
    auto const done = co_await reading.knowledge().store().write(
        [&](store::Tx& tx) { return rate(tx, reading.knowledge(), visitor, said, now); });
    if (!done) co_return private_page(draw(shown.view, frame_of(reading)), 404);
    bool const is_over = helped || form->reason.has_value();
    co_return net::see_other(shown.view.path + "/feedback?step=" + (is_over ? "thanks" : "why"));
}

Task<Expected<Response>> get_feedback(Reading& reading, Request& request, std::string language, std::string slug) {
    Locale locale{};
    if (!from_text(language, locale)) co_return unknown_language(reading);
    Visitor visitor;
    if (reading.who() && may_be_somebody(request)) visitor = co_await reading.who()(request);
    auto const shown = co_await find_shown(reading, visitor, locale, slug, request.now());
    if (!shown.id) co_return private_page(draw(shown.view, frame_of(reading)), shown.view.status);
    auto const step = request.query("step") == "thanks" ? "thanks" : "why";
    co_return private_page(draw_feedback(shown.view, frame_of(reading), step), 200);
}

// ---- files, map, style

struct Use {
    FileId file;
    ArticleId article;
    Locale locale{};
};
BOOST_DESCRIBE_STRUCT(Use, (), (file, article, locale))

// Whoever may read a published text may have its files. Everybody's: whether one of those texts is for everybody.
Task<Expected<Response>> get_file(Reading& reading, Request& request, FileId id, std::string) {
    Visitor visitor;
    if (reading.who() && may_be_somebody(request)) visitor = co_await reading.who()(request);
    auto const now = request.now();
    auto const& knowledge = reading.knowledge();
    bool everybody = false;
    auto content = co_await knowledge.store().read([&](store::Reader& reader) -> Expected<FileContent> {
        auto const row = reader.one<FileRow>(sql::find_file, id);
        bool const waits = row && row->scan != FileScan::clean;
        bool may = false;
        everybody = false;
        for (auto const& use : reader.all<Use>(sql::shown_files, id)) {
            auto const article = article_row(reader, use.article);
            auto const text = translation_row(reader, use.article, use.locale);
            if (!article || !text) continue;
            may = may || may_read(reader, knowledge, visitor, *article, *text, now);
            everybody = everybody || may_read(reader, knowledge, {}, *article, *text, now);
        }
        if (!may || waits) return no_such("file");
        return read_file(reader, knowledge, id);
    });
    if (!content) co_return fail(content.error());
    auto out = file_response(std::move(*content));
    out.cache_control = everybody ? "public, max-age=3600" : "private, no-store";
    out.headers.add("Vary", "Cookie");
    co_return out;
}

struct PublicText {
    Locale locale{};
    std::string slug;
    std::optional<Time> published_at;
};
BOOST_DESCRIBE_STRUCT(PublicText, (), (locale, slug, published_at))

// sitemaps.org protocol 0.9: at most 50,000 addresses in a file; more stand in several, which an index names.
std::string site_map(store::Reader& reader, std::string const& site, std::int64_t part, Time now) {
    auto const settings = settings_of(reader);
    std::string const begin = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    std::string const space = " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
    auto const texts =
        reader.all<PublicText>(sql::public_texts, now, addresses_of_a_map,
                               static_cast<std::int64_t>(addresses_of_a_map) * std::max<std::int64_t>(part - 1, 0));
    if (part == 0 && texts.size() == addresses_of_a_map) {
        auto const all = reader.one<std::int64_t>(sql::count_texts).value_or(0);
        auto const parts =
            (all + static_cast<std::int64_t>(addresses_of_a_map) - 1) / static_cast<std::int64_t>(addresses_of_a_map);
        std::string out = begin + "<sitemapindex" + space;
        for (std::int64_t i = 1; i <= parts; ++i)
            out += "<sitemap><loc>" + escape_markup(site) + "/help/sitemap.xml?part=" + std::to_string(i) +
                   "</loc></sitemap>\n";
        return out + "</sitemapindex>\n";
    }
    std::string out = begin + "<urlset" + space;
    auto const add = [&](std::string const& path, std::optional<Time> at) {
        out += "<url><loc>" + escape_markup(site + path) + "</loc>";
        if (at) out += "<lastmod>" + to_text(*at).substr(0, 10) + "</lastmod>";
        out += "</url>\n";
    };
    if (!settings.online) return out + "</urlset>\n";
    if (part <= 1)
        for (auto const locale : settings.locales) add("/help/" + to_text(locale), {});
    for (auto const& text : texts)
        if (is_offered(settings, text.locale))
            add("/help/" + to_text(text.locale) + "/articles/" + net::percent_encoded(text.slug), text.published_at);
    return out + "</urlset>\n";
}

Task<Expected<Response>> get_map(Reading& reading, Request& request) {
    auto const now = request.now();
    auto const part = std::clamp<std::int64_t>(std::atoll(request.query("part").value_or("0").c_str()), 0, 99);
    auto const key = "/help/sitemap.xml " + std::to_string(part);
    if (auto const kept = co_await reading.find(key, now)) co_return response_of(*kept, request);
    auto const generation = reading.generation();
    auto text = co_await reading.knowledge().store().read(
        [&](store::Reader& reader) { return site_map(reader, frame_of(reading).public_url, part, now); });
    auto made = packed(std::move(text), 200, "application/xml; charset=utf-8");
    made->generation = generation;
    made->until = now + std::chrono::minutes(10);
    reading.keep(key, made);
    co_return response_of(*made, request);
}

Task<Response> get_style(Reading&, Request&) {
    auto out = net::bytes(Bytes(find_asset(assets(), "style.css").value_or("")), "text/css; charset=utf-8");
    out.cache_control = "public, max-age=600";
    co_return out;
}

// The draft as readers would see it; in a frame of the console.
Task<Expected<Response>> get_preview(Reading& reading, Request& request, ArticleId id, Locale locale) {
    Visitor visitor;
    visitor.is_agent = true;
    Looking const looking{reading.knowledge(), visitor, locale, request.now()};
    auto const view = co_await reading.knowledge().store().read(
        [&](store::Reader& reader) { return look_draft(reader, looking, id); });
    if (view.status != 200) co_return fail(ErrorKind::not_found, "not_found", "There is no such translation.");
    auto out = private_page(draw(view, frame_of(reading)), 200);
    out.csp = preview_policy;
    co_return out;
}

}  // namespace

net::Routes reading_routes(Reading& reading) {
    using net::anyone, net::get, net::post, net::with;
    // Reading them tells nobody's secrets: they may be packed, and are kept so.
    net::RouteOptions const shown{.kind = net::Kind::file};
    net::RouteOptions const asked{.kind = net::Kind::page};
    return {
        get<"/help">(anyone, "The help centre, in the reader's language", with(reading, get_front), shown),
        get<"/help/style.css">(anyone, "The style of the help centre", with(reading, get_style), shown),
        get<"/help/sitemap.xml">(anyone, "All pages for everybody, for search engines", with(reading, get_map), shown),
        get<"/help/files/{id}/{name}">(anyone, "A file of a published text", with(reading, get_file), shown),
        get<"/help/{language}">(anyone, "The help centre's first page", with(reading, get_home), shown),
        get<"/help/{language}/search">(anyone, "What is found", with(reading, get_search), asked),
        get<"/help/{language}/products/{slug}">(anyone, "A product's articles", with(reading, get_product), shown),
        get<"/help/{language}/categories/{slug}">(anyone, "A category's articles", with(reading, get_category), shown),
        get<"/help/{language}/articles/{slug}">(anyone, "An article", with(reading, get_article), shown),
        get<"/help/{language}/articles/{slug}/feedback">(anyone, "What was missing", with(reading, get_feedback),
                                                         asked),
        post<"/help/{language}/articles/{slug}/feedback">(anyone, "Whether it helped", with(reading, post_feedback),
                                                          asked),
        get<"/v1/knowledge/articles/{id}/translations/{locale}/preview">(
            people::may_read_knowledge, "The draft as readers would see it", with(reading, get_preview), asked),
    };
}

}  // namespace rapport::knowledge
