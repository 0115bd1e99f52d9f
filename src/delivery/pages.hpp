// Renders the pick-up pages: a template of pages/ within the frame, in the recipient's language. Every value is
// escaped; only the catalogue's own texts are taken as markup. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "people/people.hpp"

namespace rapport::delivery {

// One text of the catalogue with its values, as markup.
std::string page_text(std::string_view key, Locale locale, json::Object const& values);

// `data`: the template's values (strings, booleans, arrays of objects) and `organisation`. `title` and `problem` are
// keys of the catalogue; an empty problem is none.
std::string render_page(std::string_view page, Locale locale, json::Object data, std::string_view title,
                        std::string_view problem = {});
// A page that says one thing: headings and texts are the catalogue's <name>_title and <name>_lead.
std::string render_notice(std::string_view name, Locale locale, json::Object data, std::string_view problem = {});

std::string_view page_asset(std::string_view path);

// "21 November 2026, 09:30 UTC"; in Persian by the Solar Hijri calendar and with Persian digits.
std::string date_for_people(Time time, Locale locale);
std::string size_for_people(std::int64_t bytes);
using people::masked;

}  // namespace rapport::delivery
