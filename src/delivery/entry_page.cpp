// The entry as a page: the same facts, in the visitor's language. The names of events are those of the certificate.
#include <kainjow/mustache.hpp>

#include <array>
#include <map>

#include "certificate/certificate.hpp"
#include "delivery/entry.hpp"
#include "delivery/pages.hpp"
#include "templates/page.hpp"

namespace rapport::delivery {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

data texts_of(Locale locale) {
    auto const value = json::parse(page_asset("entry." + to_text(locale) + ".json"));
    require(value && value->is_object(), "the entry page has words in every language");
    data out{data::type::object};
    for (auto const& [key, text] : value->get_object())
        out.set(std::string(key), std::string(std::string_view(text.as_string())));
    return out;
}

std::string instant(Time time) {
    auto text = to_text(std::chrono::floor<std::chrono::seconds>(time));
    text[text.find('T')] = ' ';
    return text.substr(0, text.size() - 1) + " UTC";
}

data about(Locale locale) {
    data all{data::type::object};
    all.set("lang", to_text(locale));
    all.set("t", texts_of(locale));
    return all;
}

data record_of(EntryRecord const& record, Locale locale) {
    data out{data::type::object};
    out.set("number", std::to_string(record.number));
    out.set("code", record.code);
    out.set("name", record.name);
    out.set("event", certificate::event_name(locale, record.code));
    out.set("time", instant(record.time));
    out.set("iso", to_text(record.time));
    out.set("place", record.leaf_index ? std::to_string(*record.leaf_index) : "–");
    out.set("stamped", record.time_stamped);
    return out;
}

std::string rendered(data const& all, Locale locale, std::string_view title) {
    mustache page{std::string(page_asset("entry.html"))};
    require(page.is_valid(), "a template of the program is valid");
    auto const& words = *all.get("t");
    auto const word = [&](std::string_view key) { return escape_markup(words.get(std::string(key))->string_value()); };
    return templates::framed({.locale = locale,
                              .title = word(title),
                              .organisation = "Rapport",
                              .switches = templates::switches_by_query(),
                              .footer = "<p>" + word("footer") + "</p>\n"},
                             page.render(all));
}

}  // namespace

std::string entry_page(EntryView const& view, Locale locale) {
    data all = about(locale);
    all.set("found", true);
    all.set("delivery", view.delivery);
    all.set("non_qualified", !view.qualified);
    all.set("verify_url", "/verify/?lang=" + to_text(locale));
    data list{data::type::list};
    for (auto const& record : view.evidence) list.push_back(record_of(record, locale));
    all.set("evidence", list);
    if (view.checkpoint) {
        data checkpoint{data::type::object};
        checkpoint.set("origin", view.checkpoint->origin);
        checkpoint.set("size", std::to_string(view.checkpoint->size));
        checkpoint.set("root", view.checkpoint->root);
        checkpoint.set("stamped", view.checkpoint->time_stamped);
        all.set("checkpoint", checkpoint);
    }
    all.set("log_key", view.log_key);
    return rendered(all, locale, "title");
}

std::string entry_missing_page(Locale locale) { return rendered(about(locale), locale, "missing_title"); }

}  // namespace rapport::delivery
