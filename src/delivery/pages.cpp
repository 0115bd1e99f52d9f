// Mustache templates and message catalogues behind pages.hpp.
#include "delivery/pages.hpp"

#include <kainjow/mustache.hpp>

#include <array>
#include <map>

#include "base/error.hpp"
#include "delivery/assets.hpp"
#include "templates/page.hpp"

namespace rapport::delivery {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;
using Catalogue = std::map<std::string, std::string, std::less<>>;

Catalogue read_catalogue(std::string_view path) {
    auto const value = json::parse(page_asset(path));
    require(value && value->is_object(), "a message catalogue is a JSON object");
    Catalogue catalogue;
    for (auto const& [key, text] : value->get_object())
        catalogue[std::string(key)] = std::string(std::string_view(text.as_string()));
    return catalogue;
}

Catalogue const& catalogue_for(Locale locale) {
    static auto const all = [] {
        std::map<Locale, Catalogue> read;
        for (auto const one : {Locale::en, Locale::it, Locale::th, Locale::ja, Locale::ko, Locale::fa})
            read[one] = read_catalogue("messages." + to_text(one) + ".json");
        return read;
    }();
    return all.at(locale);
}

data to_data(json::Value const& value) {
    if (value.is_bool()) return data(value.get_bool());
    if (value.is_string()) return data(std::string(std::string_view(value.get_string())));
    if (value.is_array()) {
        data list{data::type::list};
        for (auto const& item : value.get_array()) list.push_back(to_data(item));
        return list;
    }
    if (value.is_object()) {
        data object{data::type::object};
        for (auto const& [key, item] : value.get_object()) object.set(std::string(key), to_data(item));
        return object;
    }
    return data(json::encode(value));
}

std::string fill(std::string_view text, data const& values) {
    mustache page{std::string(text)};
    require(page.is_valid(), "a template of the program is valid");
    return page.render(values);
}

// The catalogue's texts hold values themselves ("{{organisation}} has sent you …"), which are escaped here.
std::string message(Catalogue const& catalogue, std::string_view key, data const& values) {
    auto const found = catalogue.find(key);
    if (found == catalogue.end()) return {};
    return found->second.find("{{") == std::string::npos ? found->second : fill(found->second, values);
}

std::string text_of(json::Object const& values, std::string_view name) {
    auto const* const found = values.if_contains(name);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

std::string render(std::string_view page, Locale locale, json::Object values, std::string_view title_key,
                   std::string_view problem_key, std::string_view notice) {
    auto const& catalogue = catalogue_for(locale);
    values["lang"] = to_text(locale);
    data all = to_data(values);
    data texts{data::type::object};
    for (auto const& entry : catalogue) texts.set(entry.first, message(catalogue, entry.first, all));
    all.set("t", texts);
    templates::Frame frame{.locale = locale,
                           .title = message(catalogue, title_key, all),
                           .organisation = text_of(values, "organisation"),
                           .scripts = {"/p/passkey.js"},
                           .switches = templates::switches_by_query()};
    all.set("title", frame.title);
    if (!notice.empty()) {
        all.set("heading", message(catalogue, std::string(notice) + "_title", all));
        all.set("lead", message(catalogue, std::string(notice) + "_lead", all));
    }
    all.set("identify_ways", kainjow::mustache::partial{[] { return std::string(page_asset("identify_ways.html")); }});
    frame.footer = "<p>" + message(catalogue, "footer", all) + "</p>\n";
    if (auto const* const onward = values.if_contains("refresh"))
        frame.head = "<meta http-equiv=\"refresh\" content=\"0; url=" + escape_markup(onward->as_string()) + "\">\n";
    auto const problem = problem_key.empty() ? std::string()
                                             : "<p class=\"notice problem\" role=\"alert\">" +
                                                   message(catalogue, problem_key, all) + "</p>\n";
    return templates::framed(frame, problem + fill(page_asset(page), all));
}

struct Date {
    int year;
    unsigned month, day;
};

// Solar Hijri by the 33-year rule, right from 1799 to 2256.
Date solar_hijri(Date g) {
    constexpr std::array<int, 12> before{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int const leap_year = g.month > 2 ? g.year + 1 : g.year;
    int days = 355666 + 365 * g.year + (leap_year + 3) / 4 - (leap_year + 99) / 100 + (leap_year + 399) / 400 +
               static_cast<int>(g.day) + before[g.month - 1];
    int year = -1595 + 33 * (days / 12053);
    days %= 12053;
    year += 4 * (days / 1461);
    days %= 1461;
    if (days > 365) {
        year += (days - 1) / 365;
        days = (days - 1) % 365;
    }
    if (days < 186) return {year, static_cast<unsigned>(1 + days / 31), static_cast<unsigned>(1 + days % 31)};
    return {year, static_cast<unsigned>(7 + (days - 186) / 30), static_cast<unsigned>(1 + (days - 186) % 30)};
}

std::string persian_digits(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c >= '0' && c <= '9')
            (out += '\xDB') += static_cast<char>(0xB0 + (c - '0'));  // U+06F0…
        else
            out += c;
    }
    return out;
}

std::string two(unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); }

}  // namespace

std::string page_text(std::string_view key, Locale locale, json::Object const& values) {
    return message(catalogue_for(locale), key, to_data(json::Value(values)));
}

std::string_view page_asset(std::string_view path) {
    for (auto const& asset : assets())
        if (asset.name == path) return asset.content;
    return {};
}

std::string render_page(std::string_view page, Locale locale, json::Object values, std::string_view title,
                        std::string_view problem) {
    return render(std::string(page) + ".html", locale, std::move(values), title, problem, {});
}

std::string render_notice(std::string_view name, Locale locale, json::Object values, std::string_view problem) {
    return render("over.html", locale, std::move(values), std::string(name) + "_title", problem, name);
}

std::string date_for_people(Time time, Locale locale) {
    using Months = std::array<std::string_view, 12>;
    static constexpr Months english{"January", "February", "March",     "April",   "May",      "June",
                                    "July",    "August",   "September", "October", "November", "December"};
    static constexpr Months italian{"gennaio", "febbraio", "marzo",     "aprile",  "maggio",   "giugno",
                                    "luglio",  "agosto",   "settembre", "ottobre", "novembre", "dicembre"};
    static constexpr Months thai{"มกราคม",  "กุมภาพันธ์", "มีนาคม",  "เมษายน", "พฤษภาคม",  "มิถุนายน",
                                 "กรกฎาคม", "สิงหาคม",  "กันยายน", "ตุลาคม",  "พฤศจิกายน", "ธันวาคม"};
    static constexpr Months persian{"فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
                                    "مهر",     "آبان",     "آذر",   "دی",  "بهمن",  "اسفند"};
    auto const date = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time));
    std::chrono::hh_mm_ss const clock(
        std::chrono::floor<std::chrono::minutes>(time - std::chrono::floor<std::chrono::days>(time)));
    auto const hour =
        two(static_cast<unsigned>(clock.hours().count())) + ":" + two(static_cast<unsigned>(clock.minutes().count()));
    Date const g{static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
    auto const named = [&](Date d, Months const& months) {
        return std::to_string(d.day) + " " + std::string(months[d.month - 1]) + " " + std::to_string(d.year);
    };
    auto const counted = [&](std::string_view year, std::string_view month, std::string_view day) {
        return std::to_string(g.year).append(year) + std::to_string(g.month).append(month) +
               std::to_string(g.day).append(day);
    };
    switch (locale) {
        case Locale::fa:
            return persian_digits(named(solar_hijri(g), persian) + "، ساعت " + hour + " (UTC)");
        case Locale::it:
            return named(g, italian) + ", ore " + hour + " UTC";
        case Locale::th:  // the Buddhist era
            return named({g.year + 543, g.month, g.day}, thai) + " เวลา " + hour + " น. (UTC)";
        case Locale::ja:
            return counted("年", "月", "日") + " " + hour + " (UTC)";
        case Locale::ko:
            return counted("년 ", "월 ", "일") + " " + hour + " (UTC)";
        case Locale::en:
            break;
    }
    return named(g, english) + ", " + hour + " UTC";
}

std::string size_for_people(std::int64_t bytes) {
    if (bytes < 1000) return std::to_string(bytes) + " B";
    if (bytes < 1'000'000) return std::to_string((bytes + 500) / 1000) + " KB";
    auto const tenths = (bytes + 50'000) / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

}  // namespace rapport::delivery
