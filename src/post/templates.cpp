// Renders the stock letters: compiled once, framed by the layout "letter".
#include "post/templates.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "post/assets.hpp"
#include "templates/templates.hpp"

namespace rapport::post {
namespace {

using templates::Form;
using templates::Template;

constexpr std::size_t data_limit = 1024 * 1024;
constexpr int depth_limit = 8;

struct Stock {
    Template subject, text, html;
};
using Name = std::pair<std::string, Locale>;

Template compiled(std::string const& source, Form form, std::string const& file) {
    auto made = Template::compile(source, form, {.trusted = true, .pointer = file});
    require(made.has_value(), "a stock letter of the program compiles: " + file);
    return std::move(*made);
}

std::map<Name, Stock> const& all() {
    static auto const kept = [] {
        std::map<Name, Stock> made;
        for (auto const& asset : assets()) {
            std::string const file(asset.name);  // "notice.en.txt"
            auto const dot = file.find('.');
            Locale locale{};
            require(file.ends_with(".txt") && from_text(std::string_view(file).substr(dot + 1, 2), locale),
                    "a stock letter's file names its language: " + file);
            auto const source = templates::source_from(asset.content);
            made.emplace(Name(file.substr(0, dot), locale),
                         Stock{compiled(source.subject, Form::line, file), compiled(source.text, Form::text, file),
                               compiled(source.html, Form::html, file)});
        }
        return made;
    }();
    return kept;
}

// Adds up what the data weigh; -1 when they are nested too deeply.
std::int64_t weight(json::Value const& value, int depth = 0) {
    if (depth > depth_limit) return -1;
    std::int64_t sum = 16;
    auto const add = [&](json::Value const& item) {
        auto const part = sum < 0 ? -1 : weight(item, depth + 1);
        sum = part < 0 ? -1 : sum + part;
    };
    if (value.is_string()) sum += static_cast<std::int64_t>(value.get_string().size());
    if (value.is_array()) std::ranges::for_each(value.get_array(), add);
    if (value.is_object())
        for (auto const& [key, item] : value.get_object()) add(item);
    return sum;
}

}  // namespace

bool is_template(std::string_view name) { return all().contains(Name(name, Locale::en)); }

std::vector<std::string_view> template_names() {
    std::vector<std::string_view> names;
    for (auto const& [name, ignored] : all())
        if (name.second == Locale::en) names.push_back(name.first);
    return names;
}

Expected<Rendered> render(std::string_view name, Locale locale, json::Object const& data,
                          std::string_view organisation) {
    auto const found = all().find(Name(name, locale));
    if (found == all().end()) return fail(ErrorKind::not_found, "no_template", "There is no template of that name.");
    auto const weighs = weight(data);
    if (weighs < 0) return fail(ErrorKind::too_large, "letter_too_large", "The letter's data is nested too deeply.");
    if (weighs > static_cast<std::int64_t>(data_limit))
        return fail(ErrorKind::too_large, "letter_too_large", "The letter's data is larger than 1 MiB.");
    Rendered out;
    out.locale = found->first.second;
    json::Object base{{"lang", to_text(out.locale)},
                      {"dir", is_right_to_left(out.locale) ? "rtl" : "ltr"},
                      {"organisation", organisation}};
    json::Object const* const scopes[] = {&base, &data};
    templates::Setting const setting{out.locale};
    auto const& stock = found->second;
    auto subject = stock.subject.render(scopes, setting);
    auto text = stock.text.render(scopes, setting);
    auto body = stock.html.render(scopes, setting);
    for (auto const* part : {&subject, &text, &body})
        if (!*part) return fail(part->error());
    out.subject = std::string(trimmed(*subject));
    out.text = std::move(*text);
    base["subject"] = out.subject;
    auto html = templates::lay_out("letter", *body, base, out.locale);
    if (!html) return fail(html.error());
    out.html = std::move(*html);
    return out;
}

}  // namespace rapport::post
