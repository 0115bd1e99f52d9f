// Drawing: words by catalogue, everything escaped, no script.
#include "conversation/csat/page_view.hpp"

#include "conversation/assets.hpp"
#include "templates/page.hpp"

namespace rapport::conversation::csat {
namespace {

using templates::Form;
using templates::Template;

std::string say(Form form, Locale locale, std::string_view key, json::Object const& values = {}) {
    static templates::Catalogue const as_html(assets(), Form::html), as_text(assets(), Form::text);
    return (form == Form::html ? as_html : as_text).say(key, {locale, "UTC"}, values);
}

Template const& asset_template(std::string_view name) {
    static auto const page = templates::trusted(find_asset(assets(), "page.html").value_or("{{"), Form::html);
    static auto const letter = templates::trusted(find_asset(assets(), "letter.html").value_or("{{"), Form::html);
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
    json::Object values{{"lang", to_text(view.locale)}, {"token", view.token}};
    auto const html = [&](std::string_view key, json::Object const& more = {}) {
        json::Object all{{"organisation", view.organisation}};
        for (auto const& [name, value] : more) all[name] = value;
        return say(Form::html, view.locale, key, all);
    };
    auto const title = html(view.name + "_title");
    std::string more;  // what was chosen stays chosen in another language
    values["title"] = title;
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
        if (question->score) more = "&score=" + std::to_string(*question->score);
        for (auto const* key : {"comment_label", "comment_hint", "send"}) values[key] = html(key);
    }
    if (view.stops) {
        values["stops"] = true;
        for (auto const* key : {"stop_lead", "stop_button"}) values[key] = html(key);
    }
    auto drawn = asset_template("page").render(values, {view.locale, "UTC"});
    require(drawn.has_value(), "the page can be drawn");
    auto response = net::html(templates::framed({.locale = view.locale,
                                                 .title = title,
                                                 .organisation = view.organisation,
                                                 .styles = {"/p/style.css", "/rating/style.css"},
                                                 .switches = templates::switches_by_query(more)},
                                                *drawn),
                              view.status);
    response.csp = templates::closed_page;
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
