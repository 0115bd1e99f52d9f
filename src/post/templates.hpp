// The stock letters: src/post/templates/<name>.<locale>.{subject,txt,html}, embedded when the program is built. A
// locale without its own files gets the English ones. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace rapport::post {

struct Rendered {
    std::string subject, text, html;
    Locale locale = Locale::en;  // of the template that was used
};

bool is_template(std::string_view name);
std::vector<std::string_view> template_names();

// Mustache: {{name}} is escaped in HTML and taken as it is in subject and text; sections over strings, booleans, arrays
// and objects. Strings and numbers of `data` are variables; `dir`, `lang` and `organisation` are always there.
// Bounded: at most 1 MiB of data goes in; depth 8. Code "letter_too_large".
Expected<Rendered> render(std::string_view name, Locale locale, json::Object const& data,
                          std::string_view organisation);

}  // namespace rapport::post
