// How the rating's page and letter are drawn. Internal to the module.
#pragma once

#include "conversation/csat/csat.hpp"
#include "net/response.hpp"

namespace rapport::conversation::csat {

struct RatingPageView {
    std::string name;  // of its words: ask, thanks, over, missing, stopped
    int status = 200;
    Locale locale = Locale::en;
    std::string organisation, token;
    std::string subject;               // of the conversation
    std::optional<Question> question;  // to answer, or to change the answer
    bool stops = false;                // offers to be asked no more
    bool problem = false;
};
net::Response page_of(RatingPageView const& view);

struct RatingLetter {
    std::string subject, text, html;
};
// `url`: of the page, without a query.
RatingLetter letter_of(Question const& question, std::string const& subject, std::string const& url);
// The organisation's question, or the program's.
std::string question_words(Question const& question);
std::string label_of(RatingScale scale, std::int64_t score, Locale locale);

net::Response style_sheet();

}  // namespace rapport::conversation::csat
