// The frame of customers' pages, and catalogues of words.
#include "templates/page.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"

namespace rapport::templates {
namespace {

constexpr std::array all_languages{Language{Locale::en, "English"}, Language{Locale::it, "Italiano"},
                                   Language{Locale::th, "ไทย"},     Language{Locale::ja, "日本語"},
                                   Language{Locale::ko, "한국어"},  Language{Locale::fa, "فارسی"}};

struct OwnWords {
    std::string_view skip, language;
};
// clang-format off
OwnWords own_words(Locale locale) {
    switch (locale) {
        case Locale::en: return {"Skip to content", "Language"};
        case Locale::it: return {"Vai al contenuto", "Lingua"};
        case Locale::th: return {"ข้ามไปยังเนื้อหา", "ภาษา"};
        case Locale::ja: return {"本文へ移動", "言語"};
        case Locale::ko: return {"본문으로 건너뛰기", "언어"};
        case Locale::fa: return {"پرش به محتوا", "زبان"};
    }
    return {"Skip to content", "Language"};
}
// clang-format on

std::string explained(Error const& error) {
    return error.fields.empty() ? error.text : error.fields.front().pointer + ' ' + error.fields.front().rule;
}

std::string attribute(std::string_view name, std::string_view value) {
    return ' ' + std::string(name) + "=\"" + escape_markup(value) + '"';
}

std::string navigation(Frame const& frame) {
    std::string out = "<nav" + attribute("aria-label", own_words(frame.locale).language) + ">";
    for (auto const& [locale, address] : frame.switches) {
        auto const code = to_text(locale), name = std::string(language_name(locale));
        if (locale == frame.locale)
            out += "<span aria-current=\"true\" lang=\"" + code + "\">" + name + "</span>\n";
        else
            out += "<a" + attribute("href", address) + " lang=\"" + code + "\" hreflang=\"" + code + "\">" + name +
                   "</a>\n";
    }
    return out + "</nav>\n";
}

}  // namespace

std::span<Language const> languages() { return all_languages; }

std::string_view language_name(Locale locale) {
    return std::ranges::find(all_languages, locale, &Language::locale)->name;
}

Locale preferred_locale(std::string_view accept_language) {
    while (!accept_language.empty()) {
        auto const comma = std::min(accept_language.find(','), accept_language.size());
        Locale locale{};
        if (from_text(trimmed(accept_language.substr(0, comma)).substr(0, 2), locale)) return locale;
        accept_language.remove_prefix(std::min(comma + 1, accept_language.size()));
    }
    return Locale::en;
}

Template trusted(std::string_view source, Form form) {
    auto made = Template::compile(source, form, {.trusted = true, .pointer = {}});
    require(made.has_value(), "a page of the program compiles: " + (made ? std::string() : explained(made.error())));
    return std::move(*made);
}

Catalogue::Catalogue(std::span<Asset const> assets, Form form, std::string_view folder,
                     std::span<std::string_view const> keys) {
    for (auto const& language : all_languages) {
        auto const name = std::string(folder) + "messages." + to_text(language.locale) + ".json";
        auto const value = json::parse(find_asset(assets, name).value_or(""));
        require(value && value->is_object(), "a message catalogue is a JSON object: " + name);
        for (auto const& [key, text] : value->get_object())
            if (keys.empty() || std::ranges::find(keys, std::string_view(key)) != keys.end())
                messages_[language.locale].emplace(std::string_view(key), trusted(text.as_string(), form));
    }
}

bool Catalogue::knows(Locale locale, std::string_view key) const { return messages_.at(locale).contains(key); }

std::string Catalogue::say(std::string_view key, Setting const& setting,
                           std::span<json::Object const* const> scopes) const {
    auto const& messages = messages_.at(setting.locale);
    auto const found = messages.find(key);
    require(found != messages.end(), "a message of the page is in the catalogue: " + std::string(key));
    auto text = found->second.render(scopes, setting);
    require(text.has_value(),
            "a message of the page can be drawn: " + (text ? std::string() : explained(text.error())));
    return std::move(*text);
}

std::string Catalogue::say(std::string_view key, Setting const& setting, json::Object const& values) const {
    json::Object const* const scopes[] = {&values};
    return say(key, setting, scopes);
}

Switches switches_by_query(std::string_view more) {
    Switches out;
    for (auto const& language : all_languages)
        out.emplace_back(language.locale, "?lang=" + to_text(language.locale) + std::string(more));
    return out;
}

std::string framed(Frame const& frame, std::string_view body) {
    auto const organisation = escape_markup(frame.organisation);
    std::string out = "<!doctype html>\n<html lang=\"" + to_text(frame.locale) + "\" dir=\"" +
                      (is_right_to_left(frame.locale) ? "rtl" : "ltr") + "\"" +
                      (frame.embedded ? " class=\"embedded\"" : "") +
                      ">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n";
    if (!frame.indexed) out += "<meta name=\"robots\" content=\"noindex, nofollow\">\n";
    out += "<title>" + frame.title + " · " + organisation + "</title>\n";
    for (auto const& one : frame.styles) out += "<link rel=\"stylesheet\"" + attribute("href", one) + ">\n";
    for (auto const& one : frame.scripts) out += "<script" + attribute("src", one) + " defer></script>\n";
    out += frame.head + "</head>\n<body>\n<a class=\"skip\" href=\"#main\">" +
           std::string(own_words(frame.locale).skip) + "</a>\n<header class=\"top\">\n";
    if (!frame.embedded)
        out += frame.home.empty()
                   ? "<p class=\"sender\">" + organisation + "</p>\n"
                   : "<p class=\"sender\"><a" + attribute("href", frame.home) + ">" + organisation + "</a></p>\n";
    out += frame.header;
    if (frame.switches.size() > 1) out += navigation(frame);
    out += "</header>\n<main id=\"main\">\n";
    out += body;
    out += "</main>\n";
    if (!frame.footer.empty()) out += "<footer>\n" + frame.footer + "</footer>\n";
    return out + "</body>\n</html>\n";
}

}  // namespace rapport::templates
