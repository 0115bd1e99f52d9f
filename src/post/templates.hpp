// The stock letters: src/post/templates/<name>.<locale>.txt in the form of templates::source_from(), in every language,
// embedded when the program is built. Any thread.
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

// In the language of docs/users/templates.md. Variables are those of `data`; `dir`, `lang` and `organisation` are
// always there. Bounded: at most 1 MiB of data goes in; depth 8. Codes: letter_too_large, missing_variable,
// not_one_line.
Expected<Rendered> render(std::string_view name, Locale locale, json::Object const& data,
                          std::string_view organisation);

}  // namespace rapport::post
