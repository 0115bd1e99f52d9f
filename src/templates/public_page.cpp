// The frame of public pages, and their words.
#include "templates/public_page.hpp"

namespace rapport::templates {
namespace {

constexpr PageLanguage languages[] = {{Locale::en, "English"}, {Locale::it, "Italiano"}, {Locale::th, "ไทย"},
                                      {Locale::ja, "日本語"},  {Locale::ko, "한국어"},   {Locale::fa, "فارسی"}};

constexpr std::string_view before_links = R"(<!doctype html>
<html lang="{{lang}}" dir="{{dir}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>{{{title}}} · {{organisation}}</title>
<link rel="stylesheet" href="/p/style.css">
)";
constexpr std::string_view before_main = R"(</head>
<body>
<a class="skip" href="#main">{{{skip}}}</a>
<header class="top">
<p class="sender">{{organisation}}</p>
<nav aria-label="{{{language}}}">{{#languages}}{{#current}}<span aria-current="true" lang="{{code}}">{{name}}</span>{{/current}}{{^current}}<a href="?lang={{code}}" lang="{{code}}" hreflang="{{code}}">{{name}}</a>{{/current}}
{{/languages}}</nav>
</header>
<main id="main">
<h1>{{{title}}}</h1>
<p class="lead">{{{lead}}}</p>
)";
constexpr std::string_view after_main = R"(</main>
</body>
</html>
)";

std::string explained(Error const& error) {
    return error.fields.empty() ? error.text : error.fields.front().pointer + ' ' + error.fields.front().rule;
}

}  // namespace

std::span<PageLanguage const> page_languages() { return languages; }

Template page_template(std::string_view text, Form form) {
    auto made = Template::compile(text, form, {.trusted = true, .pointer = {}});
    require(made.has_value(), "a page of the program compiles: " + (made ? std::string() : explained(made.error())));
    return std::move(*made);
}

Template framed_page(std::string_view main, std::string_view links) {
    std::string text;
    for (auto const part : {before_links, links, before_main, main, after_main}) text += part;
    return page_template(text);
}

std::map<Locale, PageWords> page_words(std::span<Asset const> assets, std::string_view prefix, Form form,
                                       std::string_view only) {
    std::map<Locale, PageWords> made;
    for (auto const& [language, ignored] : languages) {
        auto const file = find_asset(assets, std::string(prefix) + "messages." + to_text(language) + ".json");
        auto const value = json::parse(file.value_or(""));
        require(value && value->is_object(), "a message catalogue is a JSON object");
        for (auto const& [key, text] : value->get_object())
            if (only.empty() || only == std::string_view(key))
                made[language].emplace(std::string(std::string_view(key)),
                                       page_template(std::string_view(text.as_string()), form));
    }
    return made;
}

json::Object page_values(Locale locale, std::string_view organisation) {
    boost::json::array list;
    for (auto const& [language, name] : languages)
        list.push_back({{"code", to_text(language)}, {"name", name}, {"current", language == locale}});
    return {{"organisation", organisation},
            {"lang", to_text(locale)},
            {"dir", is_right_to_left(locale) ? "rtl" : "ltr"},
            {"languages", std::move(list)}};
}

}  // namespace rapport::templates
