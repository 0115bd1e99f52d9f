// The frames around HTML bodies: layouts/*.html, which web/mails/build.mjs makes from MJML.
#include <array>
#include <map>

#include "templates/assets.hpp"
#include "templates/templates.hpp"

namespace rapport::templates {
namespace {

std::map<std::string_view, Template> const& all() {
    static auto const compiled = [] {
        std::map<std::string_view, Template> made;
        for (auto const& asset : assets()) {
            if (!asset.name.ends_with(".html")) continue;
            auto layout = Template::compile(asset.content, Form::html, {.trusted = true, .pointer = {}});
            require(layout.has_value(), "a layout of the program compiles");
            made.emplace(asset.name.substr(0, asset.name.size() - 5), std::move(*layout));
        }
        return made;
    }();
    return compiled;
}

}  // namespace

bool is_layout(std::string_view name) { return all().contains(name); }

std::vector<std::string_view> layout_names() {
    std::vector<std::string_view> names;
    for (auto const& [name, ignored] : all()) names.push_back(name);
    return names;
}

Expected<std::string> lay_out(std::string_view name, std::string_view body, json::Object const& values, Locale locale) {
    auto const found = all().find(name);
    if (found == all().end()) return fail(ErrorKind::not_found, "no_layout", "There is no layout of that name.");
    json::Object const inner{{"body", body},
                             {"lang", to_text(locale)},
                             {"dir", is_right_to_left(locale) ? "rtl" : "ltr"},
                             {"align", is_right_to_left(locale) ? "right" : "left"}};
    json::Object const* const scopes[] = {&values, &inner};
    return found->second.render(scopes, {locale});
}

}  // namespace rapport::templates
