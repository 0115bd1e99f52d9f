// Drawing the page: words by catalogue, everything escaped, no script.
#include "preferences/page_view.hpp"

#include <algorithm>

#include "preferences/assets.hpp"
#include "templates/page.hpp"

namespace rapport::preferences {
namespace {

using templates::Catalogue;
using templates::Form;

constexpr std::size_t empty_windows = 1, most_shown = most_windows;

Catalogue const& words() {
    static Catalogue const it(assets(), Form::html);
    return it;
}

templates::Template const& page() {
    static auto const made = templates::trusted(find_asset(assets(), "page.html").value_or("{{"), Form::html);
    return made;
}

struct Drawing {
    Settings const& settings;
    PageView const& view;
    json::Object values{};

    templates::Setting setting() const {
        auto const& zone = view.preferences ? view.preferences->time_zone : std::nullopt;
        return {view.locale, zone ? std::string_view(*zone) : std::string_view(settings.zone)};
    }
    std::string say(std::string_view key, json::Object const& more = {}) const {
        json::Object const* const scopes[] = {&values, &more};
        return words().say(key, setting(), scopes);
    }
    void put(std::string_view key) { values[key] = say(key); }
    void categories();
    void windows();
    void lists();
};

void Drawing::categories() {
    boost::json::array rows;
    for (auto const& choice : view.preferences->choices) {
        if (!choice.may_be_changed) continue;
        auto const category = std::ranges::find(view.categories, choice.category, &Category::name);
        if (category == view.categories.end()) continue;
        auto const label = category_name(*category, view.locale);
        json::Object row{{"id", choice.category}, {"label", label}, {"wanted", choice.wanted}};
        auto const description = category_description(*category, view.locale);
        if (!description.empty()) row["description"] = description;
        bool const agrees = rule_of(category->class_).needs_consent;
        if (agrees) row["agreement"] = say("agreement", {{"label", label}});
        row["described"] = agrees || !description.empty();
        rows.push_back(std::move(row));
    }
    values["categories"] = std::move(rows);
}

// Those that there are, and an empty one to fill in.
void Drawing::windows() {
    auto const& hours = view.preferences->quiet_hours;
    boost::json::array rows;
    for (std::size_t i = 0; i < std::min(hours.size() + empty_windows, most_shown); ++i) {
        auto const number = std::to_string(i + 1);
        QuietWindow const window = i < hours.size() ? hours[i] : QuietWindow{};
        boost::json::array days;
        for (auto const day : {Day::mon, Day::tue, Day::wed, Day::thu, Day::fri, Day::sat, Day::sun}) {
            bool const on = std::ranges::find(window.days, day) != window.days.end();
            days.push_back({{"field", "days." + number},
                            {"day", json::enum_name(day)},
                            {"label", say(json::enum_name(day))},
                            {"on", on}});
        }
        bool const filled = i < hours.size();
        rows.push_back({{"number", number},
                        {"window_label", say("window_label", {{"number", i + 1}})},
                        {"days", std::move(days)},
                        {"from", filled ? to_text(window.from) : ""},
                        {"until", filled ? to_text(window.until) : ""}});
    }
    values["windows"] = std::move(rows);
}

void Drawing::lists() {
    auto const& wishes = *view.preferences;
    boost::json::array locales, zones;
    for (auto const& [language, name] : templates::languages())
        locales.push_back({{"code", to_text(language)}, {"name", name}, {"chosen", language == wishes.locale}});
    bool known = !wishes.time_zone;
    for (auto const& name : time_zones()) {
        known = known || name == wishes.time_zone;
        zones.push_back({{"name", name}, {"chosen", name == wishes.time_zone}});
    }
    if (!known) zones.push_back({{"name", *wishes.time_zone}, {"chosen", true}});
    values["locales"] = std::move(locales);
    values["zones"] = std::move(zones);
    auto const zone = wishes.time_zone.value_or(settings.zone);
    values["pause"] = wishes.paused_until ? day_until(zone, *wishes.paused_until) : "";
}

}  // namespace

std::string agreement_words(Settings const& settings, Category const& category, Locale locale) {
    constexpr std::string_view agreement[] = {"agreement"};
    static Catalogue const as_text(assets(), Form::text, {}, agreement);
    auto const text =
        as_text.say("agreement", {locale, "UTC"},
                    {{"organisation", settings.organisation}, {"label", category_name(category, locale)}});
    return std::string(trimmed(text));
}

net::Response page_of(Settings const& settings, PageView const& view) {
    Drawing drawing{settings, view};
    auto& values = drawing.values;
    values = {{"organisation", settings.organisation},
              {"organisation_zone", settings.zone},
              {"lang", to_text(view.locale)},
              {"token", view.token},
              {"address", view.address},
              {"wording", view.wording}};
    if (view.category) values["category"] = category_name(*view.category, view.locale);
    if (view.given_at) values["given_at"] = to_text(*view.given_at);
    values["title"] = drawing.say(view.name + "_title");
    values["lead"] = drawing.say(view.name + "_lead");
    if (view.saved) drawing.put("saved");
    if (view.problem) drawing.put("problem");
    if (!view.button_name.empty()) {
        values["button"] = drawing.say(view.name + "_button");
        values["button_name"] = view.button_name;
        values["button_value"] = view.button_value;
    }
    if (view.preferences) {
        values["preferences"] = true;
        values["heading"] = view.name != "overview";  // whose title says the same
        for (auto const* key : {"preferences_title", "what_legend", "legal_note", "language_legend", "language_label",
                                "quiet_legend", "quiet_hint", "zone_label", "zone_none", "from_label", "until_label",
                                "pause_legend", "pause_label", "pause_hint", "save_button"})
            drawing.put(key);
        drawing.categories();
        drawing.windows();
        drawing.lists();
    }
    auto html = page().render(values, drawing.setting());
    require(html.has_value(), "the page can be drawn");
    auto response = net::html(templates::framed({.locale = view.locale,
                                                 .title = std::string(values["title"].as_string()),
                                                 .organisation = settings.organisation,
                                                 .styles = {"/p/style.css", "/u/style.css"},
                                                 .switches = templates::switches_by_query()},
                                                *html),
                              view.status);
    response.csp = templates::closed_page;
    response.cache_control = "no-store";
    return response;
}

}  // namespace rapport::preferences
