// Renders the stock letters with mustache. Parsed templates are kept per thread.
#include "post/templates.hpp"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <map>

#include "base/time.hpp"
#include "post/assets.hpp"

namespace rapport::post {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t data_limit = 1024 * 1024;
constexpr int depth_limit = 8;

std::string_view find_file(std::string_view name) {
    auto const all = assets();
    auto const found = std::ranges::find(all, name, &Asset::name);
    return found != all.end() ? std::string_view(found->content) : std::string_view();
}

// Its own file for the locale, or the English one. `used` becomes the locale of the file.
std::string file_name(std::string_view name, Locale& used, std::string_view kind) {
    std::string const own = std::string(name) + '.' + to_text(used) + '.' + std::string(kind);
    if (!find_file(own).empty()) return own;
    used = Locale::en;
    return std::string(name) + ".en." + std::string(kind);
}

mustache::mustache& parsed(std::string const& file, bool escape) {
    thread_local std::map<std::string, mustache::mustache, std::less<>> kept;
    auto found = kept.find(file);
    if (found == kept.end()) {
        found = kept.emplace(file, mustache::mustache(std::string(find_file(file)))).first;
        found->second.set_custom_escape(escape ? [](std::string const& text) { return escape_markup(text); }
                                               : [](std::string const& text) { return text; });
    }
    return found->second;
}

// "21 November 2026, 09:30 UTC"; digits and order that every reader of the locale knows.
std::string for_people(Time time, Locale locale) {
    constexpr char const* months[] = {"January", "February", "March",     "April",   "May",      "June",
                                      "July",    "August",   "September", "October", "November", "December"};
    auto const text = to_text(time);
    if (locale != Locale::en) return text.substr(0, 10) + ' ' + text.substr(11, 5) + " UTC";
    auto const day = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time));
    return std::to_string(static_cast<unsigned>(day.day())) + ' ' + months[static_cast<unsigned>(day.month()) - 1] +
           ' ' + text.substr(0, 4) + ", " + text.substr(11, 5) + " UTC";
}

struct TooDeep {};

mustache::data to_data(json::Value const& value, Locale locale, int depth) {
    if (depth > depth_limit) throw TooDeep();
    switch (value.kind()) {
        case boost::json::kind::string: {
            std::string const text(value.get_string());
            // Times are shown as people write them.
            if (text.size() >= 20 && text.ends_with('Z') && text[4] == '-')
                if (auto const time = time_from_text(text)) return mustache::data(for_people(*time, locale));
            return mustache::data(text);
        }
        case boost::json::kind::bool_:
            return mustache::data(value.get_bool());
        case boost::json::kind::int64:
            return mustache::data(std::to_string(value.get_int64()));
        case boost::json::kind::uint64:
            return mustache::data(std::to_string(value.get_uint64()));
        case boost::json::kind::double_:
            return mustache::data(std::to_string(value.get_double()));
        case boost::json::kind::array: {
            mustache::data list(mustache::data::type::list);
            for (auto const& item : value.get_array()) list.push_back(to_data(item, locale, depth + 1));
            return list;
        }
        case boost::json::kind::object: {
            mustache::data object(mustache::data::type::object);
            for (auto const& [key, item] : value.get_object())
                object.set(std::string(std::string_view(key)), to_data(item, locale, depth + 1));
            return object;
        }
        case boost::json::kind::null:
            break;
    }
    return mustache::data(false);
}

std::size_t weight(json::Value const& value, int depth = 0) {
    if (depth > depth_limit) throw TooDeep();
    std::size_t sum = 16;
    if (value.is_string()) sum += value.get_string().size();
    if (value.is_array())
        for (auto const& item : value.get_array()) sum += weight(item, depth + 1);
    if (value.is_object())
        for (auto const& [key, item] : value.get_object()) sum += key.size() + weight(item, depth + 1);
    return sum;
}

}  // namespace

bool is_template(std::string_view name) { return !find_file(std::string(name) + ".en.subject").empty(); }

std::vector<std::string_view> template_names() {
    std::vector<std::string_view> names;
    for (auto const& file : assets())
        if (file.name.ends_with(".en.subject")) names.push_back(file.name.substr(0, file.name.find('.')));
    return names;
}

Expected<Rendered> render(std::string_view name, Locale locale, json::Object const& data,
                          std::string_view organisation) try {
    if (!is_template(name)) return fail(ErrorKind::not_found, "no_template", "There is no template of that name.");
    if (weight(data) > data_limit)
        return fail(ErrorKind::too_large, "letter_too_large", "The letter's data is larger than 1 MiB.");
    Rendered out;
    out.locale = locale;
    auto const subject = file_name(name, out.locale, "subject");
    auto values = to_data(data, out.locale, 0);
    values.set("lang", to_text(out.locale));
    values.set("dir", is_right_to_left(out.locale) ? "rtl" : "ltr");
    if (!data.contains("organisation")) values.set("organisation", std::string(organisation));
    out.subject = std::string(trimmed(parsed(subject, false).render(values)));
    out.text = parsed(file_name(name, out.locale, "txt"), false).render(values);
    mustache::data page(mustache::data::type::object);
    page.set("lang", to_text(out.locale));
    page.set("dir", is_right_to_left(out.locale) ? "rtl" : "ltr");
    page.set("subject", out.subject);
    page.set("body", parsed(file_name(name, out.locale, "html"), true).render(values));
    out.html = parsed("layout.html", true).render(page);
    return out;
} catch (TooDeep const&) {
    return fail(ErrorKind::too_large, "letter_too_large", "The letter's data is nested too deeply.");
}

}  // namespace rapport::post
