// The pages where a customer answers: /n/{token}/confirm and /n/{token}/cancel. Complete without JavaScript. Looking
// (GET, HEAD: also by scanners of links) changes nothing; the answer is a POST.
#include "net/net.hpp"
#include "notice/assets.hpp"
#include "notice/http.hpp"
#include "templates/page.hpp"

namespace rapport::notice {
namespace {

using net::Request;
using net::Response;
using templates::Form;

templates::Template const& page() {
    static auto const made = templates::trusted(find_asset(assets(), "pages/page.html").value_or("{{"), Form::html);
    return made;
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
    auto const& organisation = desk.office.settings.organisation;
    json::Object values{{"organisation", organisation}, {"lang", to_text(locale)}};
    if (sheet) {
        values["subject"] = sheet->subject;
        if (sheet->reference) values["reference"] = *sheet->reference;
        values["until"] = to_text(sheet->until);
        if (sheet->answered_at) values["answered_at"] = to_text(*sheet->answered_at);
        values["token"] = visit.token;
        values["answer"] = json::enum_name(visit.wanted.value_or(Answer::confirm));
        values["other"] = json::enum_name(visit.wanted == Answer::confirm ? Answer::cancel : Answer::confirm);
    }
    static templates::Catalogue const words(assets(), Form::html, "pages/");
    auto const say = [&](std::string const& key, char const* as) {
        if (words.knows(locale, key)) values[as] = words.say(key, setting, values);
    };
    std::string const name(what);
    say(name + "_title", "title");
    say(name + "_lead", "lead");
    say(name + "_button", "button");
    say(name + "_other", "other_words");
    for (auto const* fixed : {"about", "reference_label", "until_label"}) say(fixed, fixed);
    if (sheet) say("until_value", "until_value");
    auto html = page().render(values, setting);
    require(html.has_value(), "a page of the program can be drawn");
    auto response = net::html(templates::framed({.locale = locale,
                                                 .title = std::string(values["title"].as_string()),
                                                 .organisation = organisation,
                                                 .switches = templates::switches_by_query()},
                                                *html),
                              status);
    response.csp = templates::closed_page;
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
