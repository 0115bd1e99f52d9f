// The pages' HTML, and the data about them for machines (JSON-LD, schema.org).
#include "knowledge/reading/draw.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "knowledge/assets.hpp"
#include "net/request.hpp"
#include "templates/page.hpp"

namespace rapport::knowledge {
namespace {

class Page {
  public:
    explicit Page(View const& view) : view_(view) {}

    Page& operator<<(std::string_view html) {
        out_ += html;
        return *this;
    }
    // Text of people.
    Page& text(std::string_view words) {
        out_ += escape_markup(words);
        return *this;
    }
    Page& words(std::string_view key, json::Object const& values = {}) { return text(say(view_.locale, key, values)); }
    View const& view() const { return view_; }
    std::string take() { return std::move(out_); }

  private:
    View const& view_;
    std::string out_;
};

std::string home_of(View const& view) { return "/help/" + to_text(view.locale); }

std::string title_of(View const& view) {
    if (!view.title.empty()) return view.title;
    if (view.name == "search") return say(view.locale, "search_title");
    return say(view.locale, view.name + "_title");
}

// JSON within a script element: nothing in it ends the element (WHATWG HTML §4.12.1.3).
std::string json_ld(json::Object const& object) {
    std::string text, out;
    json::write(text, object);
    for (char const c : text) {
        if (c == '<')
            out += "\\u003c";
        else if (c == '>')
            out += "\\u003e";
        else if (c == '&')
            out += "\\u0026";
        else
            out += c;
    }
    return "<script type=\"application/ld+json\">" + out + "</script>\n";
}

json::Object about(View const& view, Frame const& frame) {
    auto const address = frame.public_url + view.path;
    if (view.is_question) {
        json::Object question{{"@type", "Question"},
                              {"name", view.title},
                              {"acceptedAnswer", json::Object{{"@type", "Answer"}, {"text", view.html}}}};
        boost::json::array all;
        all.push_back(std::move(question));
        return {{"@context", "https://schema.org"},
                {"@type", "FAQPage"},
                {"url", address},
                {"inLanguage", to_text(view.locale)},
                {"mainEntity", std::move(all)}};
    }
    json::Object out{{"@context", "https://schema.org"},
                     {"@type", "Article"},
                     {"headline", view.title},
                     {"url", address},
                     {"inLanguage", to_text(view.locale)},
                     {"publisher", json::Object{{"@type", "Organization"}, {"name", frame.organisation}}}};
    if (!view.lead.empty()) out["description"] = view.lead;
    if (view.first_published_at) out["datePublished"] = to_text(*view.first_published_at);
    if (view.published_at) out["dateModified"] = to_text(*view.published_at);
    return out;
}

bool is_indexed(View const& view) {
    return view.is_public && view.status == 200 &&
           (view.name == "home" || view.name == "place" || view.name == "article");
}

// What search engines want to know.
std::string head(View const& view, Frame const& frame) {
    std::string out;
    if (!view.lead.empty()) out += "<meta name=\"description\" content=\"" + escape_markup(view.lead) + "\">\n";
    if (!is_indexed(view)) return out;
    auto const link = [&](std::string_view rel, std::string_view lang, std::string const& path) {
        out += "<link rel=\"" + std::string(rel) + '"';
        if (!lang.empty()) out += " hreflang=\"" + std::string(lang) + '"';
        out += " href=\"" + escape_markup(frame.public_url + path) + "\">\n";
    };
    link("canonical", "", view.path);
    for (auto const& [locale, path] : view.translations) link("alternate", to_text(locale), path);
    auto const first = view.source.value_or(view.settings.locales.front());
    auto const fallback = std::ranges::find(view.translations, first, &std::pair<Locale, std::string>::first);
    if (fallback != view.translations.end()) link("alternate", "x-default", fallback->second);
    if (view.name == "article") out += json_ld(about(view, frame));
    return out;
}

std::string framed(View const& view, Frame const& frame, std::string const& body) {
    auto const home = home_of(view);
    return templates::framed({.locale = view.locale,
                              .title = escape_markup(title_of(view)),
                              .organisation = frame.organisation,
                              .home = home,
                              .styles = {"/help/style.css"},
                              .switches = view.translations,
                              .indexed = is_indexed(view),
                              .head = head(view, frame)},
                             body);
}

void search_form(Page& page) {
    auto const& view = page.view();
    page << "<form class=\"search\" role=\"search\" action=\"" << home_of(view) << "/search\">\n<label for=\"_q\">";
    page.words("search_label")
        << "</label>\n<div><input type=\"search\" id=\"_q\" name=\"q\" maxlength=\"200\" dir=\"auto\" value=\"";
    page.text(view.query) << "\"><button type=\"submit\">";
    page.words("search_button") << "</button></div>\n</form>\n";
}

void top(Page& page) {
    auto const& view = page.view();
    if (!view.notice.empty()) (page << "<p class=\"notice\" role=\"status\">").words(view.notice) << "</p>\n";
    search_form(page);
    if (view.name == "home") return;
    (page << "<nav class=\"trail\" aria-label=\"").words("trail")
        << "\"><ol>\n<li><a href=\"" << home_of(view) << "\">";
    page.words("home") << "</a></li>\n";
    for (auto const& place : view.trail)
        ((page << "<li><a href=\"").text(place.path) << "\" dir=\"auto\">").text(place.name) << "</a></li>\n";
    page << "</ol></nav>\n";
}

void heading(Page& page) {
    (page << "<h1 dir=\"auto\">").text(title_of(page.view())) << "</h1>\n";
    if (!page.view().lead.empty()) (page << "<p class=\"lead\" dir=\"auto\">").text(page.view().lead) << "</p>\n";
}

void places(Page& page, std::string_view key, std::vector<Place> const& all) {
    if (all.empty()) return;
    (page << "<section>\n<h2>").words(key) << "</h2>\n<ul class=\"places\">\n";
    for (auto const& one : all) {
        ((page << "<li><a href=\"").text(one.path) << "\" dir=\"auto\">").text(one.name) << "</a>";
        if (one.articles > 0) page << " <span class=\"count\">" << std::to_string(one.articles) << "</span>";
        if (!one.description.empty()) (page << "<p dir=\"auto\">").text(one.description) << "</p>";
        page << "</li>\n";
    }
    page << "</ul>\n</section>\n";
}

void articles(Page& page, std::string_view key, std::vector<Readable> const& all,
              std::vector<std::string> const& excerpts = {}) {
    if (all.empty()) return;
    page << "<section>\n";
    if (!key.empty()) (page << "<h2>").words(key) << "</h2>\n";
    page << "<ul class=\"articles\">\n";
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const& one = all[i];
        auto const code = to_text(one.locale);
        (page << "<li><a href=\"").text("/help/" + code + "/articles/" + net::percent_encoded(one.slug))
            << "\" dir=\"auto\"";
        if (one.locale != page.view().locale) page << " lang=\"" << code << "\" hreflang=\"" << code << "\"";
        (page << ">").text(one.title) << "</a>";
        if (i < excerpts.size())
            page << "<p dir=\"auto\">" << excerpts[i] << "</p>";
        else if (!one.summary.empty())
            (page << "<p dir=\"auto\">").text(one.summary) << "</p>";
        page << "</li>\n";
    }
    page << "</ul>\n</section>\n";
}

void feedback_form(Page& page) {
    auto const& view = page.view();
    if (!view.asks) return;
    (page << "<form class=\"feedback\" method=\"post\" action=\"").text(view.path + "/feedback")
        << "\">\n<p id=\"_helped\">";
    page.words("helped_question") << "</p>\n<div role=\"group\" aria-labelledby=\"_helped\">";
    (page << "<button name=\"helped\" value=\"yes\">").words("yes") << "</button> ";
    (page << "<button name=\"helped\" value=\"no\">").words("no") << "</button></div>\n</form>\n";
}

void outline(Page& page) {
    auto const& all = page.view().outline;
    if (std::ranges::count_if(all, [](auto const& one) { return one.level == 2; }) < 3) return;
    (page << "<nav class=\"outline\" aria-labelledby=\"_contents\">\n<p id=\"_contents\">").words("contents")
        << "</p>\n<ul>\n";
    for (auto const& one : all)
        if (one.level == 2 && !one.anchor.empty())
            ((page << "<li><a href=\"#").text(one.anchor) << "\" dir=\"auto\">").text(one.text) << "</a></li>\n";
    page << "</ul>\n</nav>\n";
}

void article(Page& page) {
    auto const& view = page.view();
    page << "<article>\n";
    heading(page);
    outline(page);
    page << "<div class=\"text\">\n" << view.html << "</div>\n";
    if (view.published_at)
        (page << "<p class=\"quiet\">").words("updated", {{"at", to_text(*view.published_at)}}) << "</p>\n";
    page << "</article>\n";
    feedback_form(page);
    articles(page, "related", view.articles);
}

void search(Page& page) {
    auto const& view = page.view();
    heading(page);
    if (view.query.empty()) return;
    if (view.articles.empty())
        (page << "<p role=\"status\" dir=\"auto\">").words("no_results", {{"query", view.query}}) << "</p>\n";
    if (view.incomplete) (page << "<p class=\"notice\">").words("incomplete") << "</p>\n";
    articles(page, "", view.articles, view.excerpts);
}

}  // namespace

std::string say(Locale locale, std::string_view key, json::Object const& values) {
    static templates::Catalogue const words(assets(), templates::Form::text);
    return words.say(key, {locale, "UTC"}, values);
}

std::string draw(View const& view, Frame const& frame) {
    Page page(view);
    top(page);
    if (view.name == "article") {
        article(page);
    } else if (view.name == "search") {
        search(page);
    } else {
        heading(page);
        if (view.name == "missing" || view.name == "gone") (page << "<p>").words(view.name + "_text") << "</p>\n";
        places(page, "products", view.products);
        places(page, "categories", view.places);
        articles(page, view.name == "home" ? "more" : "articles", view.articles);
        articles(page, "newest", view.newest);
        if (view.name == "place" && view.places.empty() && view.articles.empty())
            (page << "<p>").words("empty") << "</p>\n";
    }
    return framed(view, frame, page.take());
}

std::string draw_feedback(View const& view, Frame const& frame, std::string_view step) {
    View shown = view;
    shown.name = "feedback";
    shown.title = say(view.locale, step == "why" ? "why_title" : "thanks_title");
    shown.lead.clear();
    Page page(shown);
    top(page);
    heading(page);
    if (step == "why") {
        (page << "<form class=\"feedback\" method=\"post\" action=\"").text(view.path + "/feedback") << "\">\n";
        page << "<input type=\"hidden\" name=\"helped\" value=\"no\">\n<fieldset><legend>";
        page.words("why_legend") << "</legend>\n";
        for (std::string_view const reason : {"unclear", "wrong", "outdated", "incomplete", "other"}) {
            auto const id = "_" + std::string(reason);
            page << "<p class=\"choice\"><input type=\"radio\" name=\"reason\" id=\"" << id << "\" value=\"" << reason
                 << "\"" << (reason == "other" ? " checked" : "") << "><label for=\"" << id << "\">";
            page.words("reason_" + std::string(reason)) << "</label></p>\n";
        }
        (page << "</fieldset>\n<p><label for=\"_comment\">").words("comment_label") << "</label>\n";
        page << "<textarea id=\"_comment\" name=\"comment\" rows=\"4\" maxlength=\"1000\" dir=\"auto\" "
                "aria-describedby=\"_hint\"></textarea></p>\n";
        (page << "<p class=\"quiet\" id=\"_hint\">").words("comment_hint") << "</p>\n";
        (page << "<button class=\"primary\">").words("send") << "</button>\n</form>\n";
    } else {
        (page << "<p role=\"status\">").words("thanks_text") << "</p>\n";
    }
    ((page << "<p><a href=\"").text(view.path) << "\" dir=\"auto\">").words("back", {{"title", view.title}})
        << "</a></p>\n";
    return framed(shown, frame, page.take());
}

}  // namespace rapport::knowledge
