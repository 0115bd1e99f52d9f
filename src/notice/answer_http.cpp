// The pages where a customer answers: /n/{token}/confirm and /n/{token}/cancel. Complete without JavaScript. Looking
// (GET, HEAD: also by scanners of links) changes nothing; the answer is a POST.
#include <map>

#include "net/net.hpp"
#include "notice/assets.hpp"
#include "notice/http.hpp"
#include "templates/templates.hpp"

namespace rapport::notice {
namespace {

using net::Request;
using net::Response;
using templates::Form;
using templates::Template;
using Messages = std::map<std::string, Template, std::less<>>;

constexpr std::pair<Locale, std::string_view> languages[] = {{Locale::en, "English"}, {Locale::it, "Italiano"},
                                                             {Locale::th, "ไทย"},     {Locale::ja, "日本語"},
                                                             {Locale::ko, "한국어"},  {Locale::fa, "فارسی"}};

Template compiled(std::string_view source) {
    auto made = Template::compile(source, Form::html, {.trusted = true, .pointer = {}});
    require(made.has_value(), "a page of the program compiles");
    return std::move(*made);
}

Template const& page() {
    static auto const made = compiled(find_asset(assets(), "pages/page.html").value_or("{{"));
    return made;
}

Messages const& messages(Locale locale) {
    static auto const all = [] {
        std::map<Locale, Messages> made;
        for (auto const& [language, ignored] : languages) {
            auto const file = find_asset(assets(), "pages/messages." + to_text(language) + ".json");
            auto const value = json::parse(file.value_or(""));
            require(value && value->is_object(), "a message catalogue is a JSON object");
            for (auto const& [key, text] : value->get_object())
                made[language].emplace(std::string(std::string_view(key)),
                                       compiled(std::string_view(text.as_string())));
        }
        return made;
    }();
    return all.at(locale);
}

struct Visit {
    std::string token;
    std::optional<Answer> wanted;
    Locale locale = Locale::en;
    Time now{};
};

Response respond(Desk const& desk, Visit const& visit, AnswerSheet const* sheet, std::string_view what, int status) {
    auto const locale = visit.locale;
    templates::Setting const setting{locale, desk.settings.zone};
    json::Object values{{"organisation", desk.office.settings.organisation},
                        {"lang", to_text(locale)},
                        {"dir", is_right_to_left(locale) ? "rtl" : "ltr"}};
    boost::json::array list;
    for (auto const& [language, name] : languages)
        list.push_back({{"code", to_text(language)}, {"name", name}, {"current", language == locale}});
    values["languages"] = std::move(list);
    if (sheet) {
        values["subject"] = sheet->subject;
        if (sheet->reference) values["reference"] = *sheet->reference;
        values["until"] = to_text(sheet->until);
        if (sheet->answered_at) values["answered_at"] = to_text(*sheet->answered_at);
        values["token"] = visit.token;
        values["answer"] = json::enum_name(visit.wanted.value_or(Answer::confirm));
        values["other"] = json::enum_name(visit.wanted == Answer::confirm ? Answer::cancel : Answer::confirm);
    }
    auto const& words = messages(locale);
    auto const say = [&](std::string const& key, char const* as) {
        auto const found = words.find(key);
        if (found == words.end()) return;
        auto text = found->second.render(values, setting);
        require(text.has_value(), "a message of the program can be drawn");
        values[as] = std::move(*text);
    };
    std::string const name(what);
    say(name + "_title", "title");
    say(name + "_lead", "lead");
    say(name + "_button", "button");
    say(name + "_other", "other_words");
    for (auto const* fixed : {"skip", "language", "about", "reference_label", "until_label"}) say(fixed, fixed);
    if (sheet) say("until_value", "until_value");
    auto html = page().render(values, setting);
    require(html.has_value(), "a page of the program can be drawn");
    auto response = net::html(std::move(*html), status);
    response.csp = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.cache_control = "no-store";
    return response;
}

Visit visit_of(Notices& notices, std::string token, std::string_view wanted) {
    Visit visit{std::move(token), json::enum_from<Answer>(wanted), notices.desk().settings.locale, notices.clock()()};
    return visit;
}

void choose_language(Visit& visit, Request& request, AnswerSheet const* sheet) {
    if (sheet) visit.locale = sheet->locale;
    if (auto const asked = request.query("lang"))
        if (Locale locale{}; from_text(*asked, locale)) visit.locale = locale;
}

std::string already(AnswerSheet const& sheet) { return sheet.answer == Answer::confirm ? "confirmed" : "cancelled"; }

Task<Expected<Response>> get_answer(Notices& notices, Request& request, std::string token, std::string wanted) {
    auto visit = visit_of(notices, std::move(token), wanted);
    auto const sheet = co_await notices.store().read(
        [&](store::Reader& reader) { return look_at_answer(reader, notices.desk(), visit.token, visit.now); });
    choose_language(visit, request, sheet ? &*sheet : nullptr);
    if (!sheet || !visit.wanted) co_return respond(notices.desk(), visit, nullptr, "missing", 404);
    if (sheet->answer == visit.wanted) co_return respond(notices.desk(), visit, &*sheet, already(*sheet), 200);
    if (visit.now >= sheet->until)
        co_return respond(notices.desk(), visit, &*sheet, sheet->answer ? already(*sheet) + "_late" : "late", 410);
    co_return respond(notices.desk(), visit, &*sheet, json::enum_name(*visit.wanted), 200);
}

Task<Expected<Response>> post_answer(Notices& notices, Request& request, std::string token, std::string wanted) {
    auto visit = visit_of(notices, std::move(token), wanted);
    if (!visit.wanted) co_return respond(notices.desk(), visit, nullptr, "missing", 404);
    auto const done = co_await notices.store().write(
        [&](store::Tx& tx) { return answer(tx, notices.desk(), visit.token, *visit.wanted, visit.now); });
    if (done) {
        choose_language(visit, request, &*done);
        co_return respond(notices.desk(), visit, &*done, already(*done), 200);
    }
    auto const sheet = co_await notices.store().read(
        [&](store::Reader& reader) { return look_at_answer(reader, notices.desk(), visit.token, visit.now); });
    choose_language(visit, request, sheet ? &*sheet : nullptr);
    if (!sheet) co_return respond(notices.desk(), visit, nullptr, "missing", 404);
    co_return respond(notices.desk(), visit, &*sheet, sheet->answer ? already(*sheet) + "_late" : "late", 410);
}

}  // namespace

net::Routes answer_routes(Notices& notices) {
    net::RouteOptions const page_options{.kind = net::Kind::page, .secret_path = true};
    return {
        net::get<"/n/{token}/{answer}">(net::anyone, "Asks whether a notice is to be confirmed or cancelled",
                                        net::with(notices, get_answer), page_options),
        net::post<"/n/{token}/{answer}">(net::anyone, "Takes the answer to a notice", net::with(notices, post_answer),
                                         page_options),
    };
}

}  // namespace rapport::notice
