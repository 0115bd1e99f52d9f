// Drawing: words by catalogue, everything escaped, no script.
#include "conversation/csat/page_view.hpp"

#include <map>

#include "conversation/assets.hpp"
#include "templates/templates.hpp"

namespace rapport::conversation::csat {
namespace {

using templates::Form;
using templates::Template;
using Messages = std::map<std::string, Template, std::less<>>;

constexpr std::pair<Locale, std::string_view> languages[] = {{Locale::en, "English"}, {Locale::it, "Italiano"},
                                                             {Locale::th, "ไทย"},     {Locale::ja, "日本語"},
                                                             {Locale::ko, "한국어"},  {Locale::fa, "فارسی"}};

std::string explained(Error const& error) {
    return error.fields.empty() ? error.text : error.fields.front().pointer + ' ' + error.fields.front().rule;
}

Template compiled(std::string_view source, Form form) {
    auto made = Template::compile(source, form, {.trusted = true, .pointer = {}});
    require(made.has_value(), "a page of the program compiles: " + (made ? std::string() : explained(made.error())));
    return std::move(*made);
}

std::map<Locale, Messages> catalogues(Form form) {
    std::map<Locale, Messages> made;
    for (auto const& [language, ignored] : languages) {
        auto const file = find_asset(assets(), "messages." + to_text(language) + ".json");
        auto const value = json::parse(file.value_or(""));
        require(value && value->is_object(), "a message catalogue is a JSON object");
        for (auto const& [key, text] : value->get_object())
            made[language].emplace(std::string(std::string_view(key)),
                                   compiled(std::string_view(text.as_string()), form));
    }
    return made;
}

std::string say(Form form, Locale locale, std::string_view key, json::Object const& values = {}) {
    static auto const as_html = catalogues(Form::html), as_text = catalogues(Form::text);
    auto const& messages = (form == Form::html ? as_html : as_text).at(locale);
    auto const found = messages.find(key);
    require(found != messages.end(), "a message of the page is in the catalogue");
    auto text = found->second.render(values, {locale, "UTC"});
    require(text.has_value(), "a message of the page can be drawn");
    return std::move(*text);
}

Template const& asset_template(std::string_view name) {
    static auto const page = compiled(find_asset(assets(), "page.html").value_or("{{"), Form::html);
    static auto const letter = compiled(find_asset(assets(), "letter.html").value_or("{{"), Form::html);
    return name == "page" ? page : letter;
}

std::vector<std::int64_t> scores_of(RatingScale scale) {
    return scale == RatingScale::thumbs ? std::vector<std::int64_t>{5, 1} : std::vector<std::int64_t>{1, 2, 3, 4, 5};
}

std::string key_of_score(RatingScale scale, std::int64_t score) {
    return (scale == RatingScale::thumbs ? "thumb_" : "score_") + std::to_string(score);
}

// Letters that every system has; what they mean stands beside them.
std::string sign_of(RatingScale scale, std::int64_t score, Locale locale) {
    if (scale == RatingScale::thumbs) return score == 5 ? "👍" : "👎";
    constexpr std::string_view persian[] = {"۱", "۲", "۳", "۴", "۵"};
    if (locale == Locale::fa && score >= 1 && score <= 5) return std::string(persian[score - 1]);
    return std::to_string(score);
}

}  // namespace

std::string label_of(RatingScale scale, std::int64_t score, Locale locale) {
    return say(Form::text, locale, key_of_score(scale, score));
}

std::string question_words(Question const& question) {
    return question.text.empty() ? say(Form::text, question.locale, "question") : question.text;
}

net::Response page_of(RatingPageView const& view) {
    json::Object values{{"organisation", view.organisation},
                        {"lang", to_text(view.locale)},
                        {"dir", is_right_to_left(view.locale) ? "rtl" : "ltr"},
                        {"token", view.token},
                        {"more", ""}};
    auto const html = [&](std::string_view key, json::Object const& more = {}) {
        json::Object all{{"organisation", view.organisation}};
        for (auto const& [name, value] : more) all[name] = value;
        return say(Form::html, view.locale, key, all);
    };
    boost::json::array list;
    for (auto const& [language, name] : languages)
        list.push_back({{"code", to_text(language)}, {"name", name}, {"current", language == view.locale}});
    values["languages"] = std::move(list);
    for (auto const* key : {"skip", "language"}) values[key] = html(key);
    values["title"] = html(view.name + "_title");
    json::Object of_lead;
    if (view.name == "thanks") {
        of_lead["answer"] = label_of(view.question->scale, view.question->score.value_or(1), view.locale);
        of_lead["until"] = to_text(view.question->open_until);
    }
    values["lead"] = html(view.name + "_lead", of_lead);
    if (view.problem) values["problem"] = html("problem");
    if (auto const& question = view.question) {
        values["asks"] = true;
        values["question"] = question_words(*question);
        values["scale"] = json::enum_name(question->scale);
        values["comment"] = question->comment;
        if (!view.subject.empty()) values["about"] = html("about", {{"subject", view.subject}});
        boost::json::array scores;
        for (auto const score : scores_of(question->scale))
            scores.push_back({{"value", std::to_string(score)},
                              {"sign", sign_of(question->scale, score, view.locale)},
                              {"label", html(key_of_score(question->scale, score))},
                              {"chosen", question->score == score}});
        values["scores"] = std::move(scores);
        if (question->score) values["more"] = "&amp;score=" + std::to_string(*question->score);
        for (auto const* key : {"comment_label", "comment_hint", "send"}) values[key] = html(key);
    }
    if (view.stops) {
        values["stops"] = true;
        for (auto const* key : {"stop_lead", "stop_button"}) values[key] = html(key);
    }
    auto drawn = asset_template("page").render(values, {view.locale, "UTC"});
    require(drawn.has_value(), "the page can be drawn");
    auto response = net::html(std::move(*drawn), view.status);
    response.csp = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.cache_control = "no-store";
    return response;
}

RatingLetter letter_of(Question const& question, std::string const& subject, std::string const& url) {
    auto const locale = question.locale;
    json::Object const about{{"subject", subject}};
    auto const words = question_words(question);
    RatingLetter out;
    out.subject = say(Form::text, locale, "mail_subject", about);
    out.text = say(Form::text, locale, "mail_intro", about) + "\n\n" + words + "\n\n";
    boost::json::array scores;
    for (auto const score : scores_of(question.scale)) {
        auto const link = url + "?score=" + std::to_string(score) + "&lang=" + to_text(locale);
        out.text += label_of(question.scale, score, locale) + ":\n" + link + "\n\n";
        scores.push_back({{"url", link},
                          {"sign", sign_of(question.scale, score, locale)},
                          {"label", say(Form::html, locale, key_of_score(question.scale, score))}});
    }
    auto const stop = url + "?lang=" + to_text(locale) + "&stop=1";
    out.text +=
        say(Form::text, locale, "mail_note") + "\n\n" + say(Form::text, locale, "mail_stop", {{"url", stop}}) + "\n";
    auto html = asset_template("letter").render({{"intro", say(Form::html, locale, "mail_intro", about)},
                                                 {"question", words},
                                                 {"scores", std::move(scores)},
                                                 {"note", say(Form::html, locale, "mail_note")},
                                                 {"stop_url", stop},
                                                 {"stop_button", say(Form::html, locale, "stop_button")}},
                                                {locale, "UTC"});
    require(html.has_value(), "the letter can be drawn");
    out.html = "<div dir=\"" + std::string(is_right_to_left(locale) ? "rtl" : "ltr") + "\" lang=\"" + to_text(locale) +
               "\">" + *html + "</div>";
    return out;
}

net::Response style_sheet() {
    auto response = net::bytes(Bytes(find_asset(assets(), "style.css").value_or("")), "text/css; charset=utf-8");
    response.cache_control = "public, max-age=3600";
    return response;
}

}  // namespace rapport::conversation::csat
