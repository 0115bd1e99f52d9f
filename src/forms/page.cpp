// Drawing the pages.
#include "forms/page.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "forms/assets.hpp"
#include "templates/page.hpp"

namespace rapport::forms {
namespace {

using Messages = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t most_radios = 8;  // longer lists are shown as a list to choose from

Messages read_catalogue(Locale locale) {
    auto const file = find_asset(assets(), "messages." + to_text(locale) + ".json");
    auto const value = json::parse(file.value_or(""));
    require(value && value->is_object(), "a message catalogue is a JSON object");
    Messages out;
    for (auto const& [key, text] : value->get_object())
        out.emplace(std::string(std::string_view(key)), std::string(std::string_view(text.as_string())));
    return out;
}

Messages const& messages(Locale locale) {
    static auto const all = [] {
        std::map<Locale, Messages> made;
        for (auto const& [language, name] : templates::languages()) made.emplace(language, read_catalogue(language));
        return made;
    }();
    return all.at(locale);
}

// A number as the language writes it; other words stay as they are.
std::string own_digits(Locale locale, std::string_view text) {
    if (locale != Locale::fa || text.find_first_not_of("0123456789.-") != std::string_view::npos)
        return std::string(text);
    std::string out;
    for (char c : text) {
        if (c == '.') {
            out += "\xD9\xAB";  // the Persian decimal separator
        } else if (c == '-') {
            out += "\xE2\x80\x8E-";  // before its number, whichever way the line runs
        } else {
            out += '\xDB';
            out += static_cast<char>(0xB0 + (c - '0'));
        }
    }
    return out;
}
std::string own_digits(Locale locale, std::int64_t number) { return own_digits(locale, std::to_string(number)); }

std::string attribute(std::string_view name, std::string_view value) {
    return ' ' + std::string(name) + "=\"" + escape_markup(value) + '"';
}

// Words of several lines: paragraphs where a line is empty, breaks else.
std::string paragraphs(std::string_view text, std::string_view css) {
    std::string out = "<p class=\"" + std::string(css) + "\">";
    auto const escaped = escape_markup(trimmed(text));
    for (char c : escaped) {
        if (c == '\r') continue;
        if (c == '\n')
            out += "<br>";
        else
            out += c;
    }
    return out + "</p>\n";
}

// `leads_to`: a form may be led on there once it was posted (CSP3 §6.4.1: redirects count).
std::string policy(std::string_view ancestors, bool scripts, std::string_view leads_to) {
    std::string out = "default-src 'none'; style-src 'self'; img-src 'self'; ";
    if (scripts) out += "script-src 'self'; ";
    return out + "form-action 'self'" + std::string(leads_to.empty() ? "" : " ") + std::string(leads_to) +
           "; base-uri 'none'; frame-ancestors " + std::string(ancestors);
}

std::string ancestors_of(FormDefinition const& definition) {
    std::string out;
    for (auto const& origin : definition.origins)
        if (is_origin(origin)) out += (out.empty() ? "" : " ") + origin;
    return out.empty() ? "'none'" : "'self' " + out;
}

net::Response framed(templates::Frame frame, std::string const& body, int status, std::string_view ancestors = "'none'",
                     std::string_view leads_to = {}) {
    bool const scripts = !frame.scripts.empty();
    frame.title = escape_markup(frame.title);
    frame.styles = {"/f/style.css"};
    auto response = net::html(templates::framed(frame, body), status);
    response.csp = policy(ancestors, scripts, leads_to);
    response.cache_control = "no-store";
    response.headers.add("Vary", "Accept-Language");
    return response;
}

templates::Switches switches_for(FormDefinition const& definition, std::string const& path, bool embedded) {
    templates::Switches out;
    for (auto const locale : definition.locales)
        out.emplace_back(locale, path + "?lang=" + to_text(locale) + (embedded ? "&embed=1" : ""));
    return out;
}

// One field after the other.
class Drawing {
  public:
    explicit Drawing(FormPage const& page) : page_(page), definition_(page.definition) {}

    std::string body() {
        auto const title = words(definition_.title);
        out_ += "<h1>" + escape_markup(title) + "</h1>\n";
        if (auto const intro = words(definition_.intro); !trimmed(intro).empty()) out_ += paragraphs(intro, "lead");
        if (!page_.notice.empty())
            out_ += "<p class=\"notice\" role=\"alert\">" + escape_markup(said(page_.notice)) + "</p>\n";
        summary();
        bool const files = std::ranges::any_of(
            definition_.fields, [](FormField const& field) { return field.kind == FormFieldKind::file; });
        out_ += "<form method=\"post\" novalidate accept-charset=\"utf-8\"" +
                attribute("action", "/f/" + page_.slug + (page_.embedded ? "?embed=1" : "")) +
                (files ? " enctype=\"multipart/form-data\"" : "") + attribute("data-slug", page_.slug) +
                attribute("data-work", std::to_string(page_.drawn.work)) + attribute("data-wait", said("working")) +
                attribute("data-large", said("too_large")) +
                attribute("data-most", std::to_string(most_file_mb << 20)) + ">\n";
        hidden("page", page_.token);
        hidden("lang", to_text(page_.locale));
        hidden("proof", "");
        out_ += "<p class=\"hint\">" + escape_markup(said("required_note")) + "</p>\n";
        for (auto const& field : definition_.fields) draw(field);
        trap();
        consent();
        question();
        auto const button = words(definition_.button);
        out_ += "<p class=\"send\"><button class=\"primary\" type=\"submit\"" +
                std::string(page_.preview ? " disabled" : "") + '>' +
                escape_markup(trimmed(button).empty() ? said("send") : button) +
                "</button> <span class=\"hint\" id=\"state\" role=\"status\"></span></p>\n</form>\n";
        return std::move(out_);
    }

  private:
    std::string said(std::string_view key, Filling const& with = {}) const { return say(page_.locale, key, with); }
    std::string words(FormWords const& of) const { return words_in(of, page_.locale, definition_); }
    void hidden(std::string_view name, std::string_view value) {
        out_ += "<input type=\"hidden\"" + attribute("name", name) + attribute("value", value) + ">\n";
    }
    Trouble const* trouble_of(std::string_view key) const {
        for (auto const& one : page_.troubles)
            if (one.field == key) return &one;
        return nullptr;
    }
    std::string words_of(Trouble const& trouble) const {
        return said("e_" + trouble.message, {{"n", own_digits(page_.locale, trouble.n)}});
    }
    std::string label_of(std::string_view key) const {
        if (key == "consent") return said("consent_label");
        if (key == "question") return said("question_label");
        auto const* field = field_named(definition_, key);
        auto label = field ? words(field->label) : std::string();
        return label.empty() ? std::string(key) : label;
    }
    std::string typed(FormField const& field) const {
        return page_.typed ? page_.typed->value(std::string(field_prefix) + field.key.value) : std::string();
    }

    void summary() {
        if (page_.troubles.empty()) return;
        out_ += "<div class=\"notice\" role=\"alert\" tabindex=\"-1\" id=\"summary\" autofocus><h2>" +
                escape_markup(said("errors_title")) + "</h2>\n<ul>\n";
        for (auto const& one : page_.troubles)
            out_ += "<li><a href=\"#i-" + escape_markup(one.field) + "\">" + escape_markup(label_of(one.field)) +
                    "</a>: " + escape_markup(words_of(one)) + "</li>\n";
        out_ += "</ul>\n";
        if (page_.typed && !page_.typed->files.empty()) out_ += "<p>" + escape_markup(said("files_again")) + "</p>\n";
        out_ += "</div>\n";
    }

    // Ends with what describes the field: help and error.
    std::string described(std::string_view key, bool help, bool limits) const {
        std::string ids;
        if (help) ids += "h-" + std::string(key);
        if (limits) ids += (ids.empty() ? "" : " ") + ("l-" + std::string(key));
        bool const wrong = trouble_of(key) != nullptr;
        if (wrong) ids += (ids.empty() ? "" : " ") + ("e-" + std::string(key));
        std::string out;
        if (!ids.empty()) out += attribute("aria-describedby", ids);
        if (wrong) out += " aria-invalid=\"true\"";
        return out;
    }
    void error(std::string_view key) {
        if (auto const* trouble = trouble_of(key))
            out_ += "<p class=\"error\" id=\"e-" + escape_markup(key) + "\">" + escape_markup(words_of(*trouble)) +
                    "</p>\n";
    }
    void help(FormField const& field) {
        if (auto const text = words(field.help); !trimmed(text).empty())
            out_ +=
                "<p class=\"hint\" id=\"h-" + escape_markup(field.key.value) + "\">" + escape_markup(text) + "</p>\n";
    }
    bool has_help(FormField const& field) const { return !trimmed(words(field.help)).empty(); }
    std::string mark(FormField const& field) const {
        if (is_required(field)) return "<span class=\"mark\" aria-hidden=\"true\"> *</span>";
        return {};
    }

    void draw(FormField const& field) {
        bool const chooses = field.kind == FormFieldKind::choices ||
                             (field.kind == FormFieldKind::choice && field.choices.size() <= most_radios);
        auto const* css = trouble_of(field.key.value) ? "field wrong" : "field";
        if (chooses) return group(field, css);
        if (field.kind == FormFieldKind::checkbox) return box(field, css);
        auto const& key = field.key.value;
        out_ += "<div class=\"" + std::string(css) + "\"><label for=\"i-" + escape_markup(key) + "\">" +
                escape_markup(label_of(key)) + mark(field) + "</label>\n";
        help(field);
        if (field.kind == FormFieldKind::file)
            out_ += "<p class=\"hint\" id=\"l-" + escape_markup(key) + "\">" +
                    escape_markup(said("file_limits", {{"count", own_digits(page_.locale, most_files_of(field))},
                                                       {"mb", own_digits(page_.locale, most_mb_of(field))}})) +
                    "</p>\n";
        error(key);
        auto common = attribute("id", "i-" + key) + attribute("name", std::string(field_prefix) + key) +
                      described(key, has_help(field), field.kind == FormFieldKind::file);
        if (is_required(field)) common += " aria-required=\"true\"";
        if (auto const text = words(field.placeholder); !trimmed(text).empty())
            common += attribute("placeholder", text);
        control(field, common);
        out_ += "</div>\n";
    }

    void control(FormField const& field, std::string const& common) {
        auto const value = typed(field);
        switch (field.kind) {
            case FormFieldKind::long_text:
                out_ +=
                    "<textarea rows=\"6\"" + common + limits(field) + ">\n" + escape_markup(value) + "</textarea>\n";
                return;
            case FormFieldKind::choice:
                out_ += "<select" + common + "><option value=\"\">" + escape_markup(said("choose")) + "</option>";
                for (auto const& one : field.choices)
                    out_ += "<option" + attribute("value", one.value.value) +
                            (one.value.value == value ? " selected" : "") + '>' + escape_markup(choice_label(one)) +
                            "</option>";
                out_ += "</select>\n";
                return;
            case FormFieldKind::file:
                out_ += "<input type=\"file\"" + common + (most_files_of(field) > 1 ? " multiple" : "") +
                        attribute("data-most", std::to_string(most_mb_of(field) << 20)) + ">\n";
                return;
            default:
                out_ += "<input" + type_of(field) + common + limits(field) + attribute("value", value) + ">\n";
        }
    }

    static std::string limits(FormField const& field) {
        return field.max_length ? attribute("maxlength", std::to_string(*field.max_length)) : std::string();
    }

    static std::string type_of(FormField const& field) {
        switch (field.kind) {
            case FormFieldKind::email:
                return " type=\"email\" autocomplete=\"email\" dir=\"ltr\"";
            case FormFieldKind::phone:
                return " type=\"tel\" autocomplete=\"tel\" dir=\"ltr\"";
            case FormFieldKind::number:
                return " type=\"text\" inputmode=\"decimal\"";
            case FormFieldKind::date:
                return " type=\"date\"";
            default:
                break;
        }
        std::string out = " type=\"text\"";
        if (field.use == FormFieldUse::sender_name) out += " autocomplete=\"name\"";
        if (field.pattern == FormPattern::digits) out += " inputmode=\"numeric\"";
        if (field.pattern == FormPattern::postcode) out += " autocomplete=\"postal-code\"";
        return out;
    }

    std::string choice_label(FormChoice const& one) const {
        auto label = words(one.label);
        return trimmed(label).empty() ? one.value.value : label;
    }

    void group(FormField const& field, std::string_view css) {
        auto const& key = field.key.value;
        bool const many = field.kind == FormFieldKind::choices;
        auto const ticked =
            page_.typed ? page_.typed->all(std::string(field_prefix) + key) : std::vector<std::string>();
        out_ += "<fieldset class=\"" + std::string(css) + "\"" + attribute("id", "i-" + key) + " tabindex=\"-1\"" +
                (many                 ? std::string()
                 : is_required(field) ? " role=\"radiogroup\" aria-required=\"true\""
                                      : " role=\"radiogroup\"") +
                described(key, has_help(field), false) + "><legend>" + escape_markup(label_of(key)) + mark(field) +
                "</legend>\n";
        help(field);
        error(key);
        std::size_t n = 0;
        for (auto const& one : field.choices) {
            auto const id = "i-" + key + '-' + std::to_string(n++);
            bool const on = std::ranges::find(ticked, one.value.value) != ticked.end();
            out_ += "<div class=\"choice\"><input type=\"" + std::string(many ? "checkbox" : "radio") + '"' +
                    attribute("id", id) + attribute("name", std::string(field_prefix) + key) +
                    attribute("value", one.value.value) + (on ? " checked" : "") + "><label" + attribute("for", id) +
                    '>' + escape_markup(choice_label(one)) + "</label></div>\n";
        }
        out_ += "</fieldset>\n";
    }

    void box(FormField const& field, std::string_view css) {
        auto const& key = field.key.value;
        out_ += "<div class=\"" + std::string(css) + "\">\n";
        error(key);
        out_ += "<div class=\"choice\"><input type=\"checkbox\" value=\"yes\"" + attribute("id", "i-" + key) +
                attribute("name", std::string(field_prefix) + key) + described(key, has_help(field), false) +
                (is_required(field) ? " aria-required=\"true\"" : "") + (typed(field) == "yes" ? " checked" : "") +
                "><label" + attribute("for", "i-" + key) + '>' + escape_markup(label_of(key)) + mark(field) +
                "</label></div>\n";
        help(field);
        out_ += "</div>\n";
    }

    // Nobody sees it; programs fill it in.
    void trap() {
        out_ += "<div class=\"extra\" aria-hidden=\"true\"><label for=\"extra\">" + escape_markup(said("trap")) +
                "</label><input type=\"text\" id=\"extra\" tabindex=\"-1\" autocomplete=\"off\"" +
                attribute("name", trap_name) + "></div>\n";
    }

    void consent() {
        if (!definition_.consent) return;
        bool const must = definition_.consent->required.value_or(true);
        bool const on = page_.typed && page_.typed->value("consent") == "yes";
        out_ += "<div class=\"field consent" + std::string(trouble_of("consent") ? " wrong" : "") + "\">\n";
        error("consent");
        out_ += "<div class=\"choice\"><input type=\"checkbox\" id=\"i-consent\" name=\"consent\" value=\"yes\"" +
                described("consent", false, false) + (must ? " aria-required=\"true\"" : "") + (on ? " checked" : "") +
                "><label for=\"i-consent\">" + escape_markup(words(definition_.consent->text)) +
                (must ? "<span class=\"mark\" aria-hidden=\"true\"> *</span>" : "") + "</label></div>\n</div>\n";
    }

    // The script does the work instead, and hides it.
    void question() {
        if (page_.drawn.work == 0) return;
        out_ += "<div class=\"field" + std::string(trouble_of("question") ? " wrong" : "") +
                "\" id=\"question\"><label for=\"i-question\">" +
                escape_markup(said("question", {{"a", own_digits(page_.locale, page_.drawn.a)},
                                                {"b", own_digits(page_.locale, page_.drawn.b)}})) +
                "</label>\n<p class=\"hint\" id=\"h-question\">" + escape_markup(said("question_hint")) + "</p>\n";
        error("question");
        out_ += "<input type=\"text\" id=\"i-question\" name=\"question\" inputmode=\"numeric\" autocomplete=\"off\"" +
                described("question", true, false) +
                attribute("value", page_.typed ? page_.typed->value("question") : std::string()) + ">\n</div>\n";
    }

    FormPage const& page_;
    FormDefinition const& definition_;
    std::string out_;
};

}  // namespace

std::string say(Locale locale, std::string_view key, Filling const& with) {
    auto const& all = messages(locale);
    auto const found = all.find(key);
    require(found != all.end(), "a message of the forms' pages is in the catalogue: " + std::string(key));
    std::string out;
    std::string_view rest = found->second;
    while (true) {
        auto const open = rest.find('{');
        out += rest.substr(0, open);
        if (open == rest.npos) return out;
        auto const close = rest.find('}', open);
        auto const value = with.find(rest.substr(open + 1, close - open - 1));
        if (value != with.end()) out += value->second;
        rest.remove_prefix(close + 1);
    }
}

Locale locale_for(FormDefinition const& definition, std::optional<std::string> const& asked,
                  std::string_view accept_language) {
    Locale locale{};
    if (asked && from_text(*asked, locale) && speaks(definition, locale)) return locale;
    // In the order of the header: browsers list by preference, weights falling.
    while (!accept_language.empty()) {
        auto const end = std::min(accept_language.find(','), accept_language.size());
        auto const tag = trimmed(accept_language.substr(0, std::min(accept_language.find_first_of(",;"), end)));
        if (from_text(ascii_lower(tag.substr(0, 2)), locale) && (tag.size() == 2 || tag[2] == '-') &&
            speaks(definition, locale))
            return locale;
        accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    }
    return main_locale(definition);
}

net::Response form_page(FormPage const& page) {
    auto const& definition = page.definition;
    templates::Frame frame{.locale = page.locale,
                           .title = words_in(definition.title, page.locale, definition),
                           .organisation = page.organisation,
                           .indexed = !page.preview,
                           .embedded = page.embedded};
    if (!page.preview) {
        frame.scripts = {"/f/form.js"};
        frame.switches = switches_for(definition, "/f/" + page.slug, page.embedded);
    }
    std::string leads_to;
    if (auto const& next = definition.redirect; next && is_redirect(next->value))
        leads_to = next->value.substr(0, next->value.find_first_of("/?#", 8));
    return framed(std::move(frame), Drawing(page).body(), page.status,
                  page.preview ? "'self'" : ancestors_of(definition), leads_to);
}

net::Response note_page(NotePage const& page) {
    auto const said = [&](std::string_view part) { return say(page.locale, page.name + '_' + std::string(part)); };
    templates::Frame frame{
        .locale = page.locale, .title = said("title"), .organisation = page.organisation, .embedded = page.embedded};
    if (page.embedded) frame.scripts = {"/f/form.js"};
    std::string body = "<h1>" + escape_markup(frame.title) + "</h1>\n";
    bool const sent = page.name == "done";
    auto const thanks =
        page.definition && sent ? words_in(page.definition->thanks, page.locale, *page.definition) : std::string();
    body += paragraphs(trimmed(thanks).empty() ? said("lead") : thanks, "lead");
    if (sent && !page.reference.empty())
        body += "<p class=\"reference\">" + escape_markup(say(page.locale, "reference")) + " <strong><bdi>" +
                escape_markup(page.reference) + "</bdi></strong></p>\n";
    if (page.definition) {
        auto const& redirect = page.definition->redirect;
        if (sent && redirect && is_redirect(redirect->value))
            body += "<p><a class=\"button\" target=\"_top\"" + attribute("href", redirect->value) + '>' +
                    escape_markup(say(page.locale, "go_on")) + "</a></p>\n";
    }
    return framed(std::move(frame), body, page.status, page.definition ? ancestors_of(*page.definition) : "'none'");
}

net::Response embed_script(FormDefinition const& definition, std::string const& slug, Locale locale) {
    std::string script(find_asset(assets(), "embed.js").value_or(""));
    auto const put = [&](std::string_view place, std::string const& value) {
        auto const at = script.find(place);
        require(at != script.npos, "the embedding script has its places");
        std::string quoted;
        json::write(quoted, std::string_view(value));
        script.replace(at, place.size(), quoted);
    };
    put("'%SLUG%'", slug);
    put("'%TITLE%'", words_in(definition.title, locale, definition));
    auto response = net::bytes(Bytes(std::move(script)), "text/javascript; charset=utf-8");
    response.cache_control = "public, max-age=600";
    response.headers.add("Vary", "Accept-Language");
    return response;
}

}  // namespace rapport::forms
