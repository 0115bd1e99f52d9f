// Pages for whoever has a link, drawn on the server: one frame, words by catalogue, everything escaped, no script. They
// are the program's own: one that does not compile stops it.
#pragma once

#include <map>
#include <span>

#include "base/asset.hpp"
#include "templates/templates.hpp"

namespace rapport::templates {

using PageWords = std::map<std::string, Template, std::less<>>;

struct PageLanguage {
    Locale locale;
    std::string_view name;
};
std::span<PageLanguage const> page_languages();

Template page_template(std::string_view text, Form form = Form::html);
// What stands in <main> below title and lead; `links` go into the head.
Template framed_page(std::string_view main, std::string_view links = {});
// Catalogues "<prefix>messages.<language>.json"; `only`: that message alone.
std::map<Locale, PageWords> page_words(std::span<Asset const> assets, std::string_view prefix, Form form = Form::html,
                                       std::string_view only = {});
// What the frame says besides its words (title, lead, skip, language).
json::Object page_values(Locale locale, std::string_view organisation);

}  // namespace rapport::templates
