// What keeps programs out without anybody else's help: a signed page, work for the browser or a question for the
// reader, a trap, and a look at what was written. Pure. Internal to the module. Any thread.
#pragma once

#include "forms/answers.hpp"

namespace rapport::forms {

// A page that was drawn. It stands in the page, signed; what it says is no secret.
struct PageToken {
    FormId form;
    std::int64_t number = 0;  // of the form's version
    Time drawn_at{};
    std::string key;   // of the submission that it makes
    int a = 0, b = 0;  // what is asked where no script runs: their sum
    int work = 0;      // bits; 0: neither work nor question
};
inline constexpr int usual_work = 14;  // about a quarter of a second
PageToken new_token(FormId form, std::int64_t number, FormDefinition const& definition, Time now);
std::string sign(PageToken const& token, Key256 const& key);
// Codes: page_refused (forged, of another form), page_expired.
Expected<PageToken> read_token(std::string_view text, FormId form, Key256 const& key, Time now);

// SHA-256 of "<token>:<proof>" begins with that many zero bits.
bool is_work(std::string_view token, std::string_view proof, int bits);
bool is_sum(PageToken const& token, std::string_view answer);

// The field that nobody sees.
inline constexpr std::string_view trap_name = "website_address";

// Names of reasons to hold what came; empty: none.
std::vector<std::string> suspicions(FormDefinition const& definition, PageToken const& token, Typed const& typed,
                                    Answers const& answers, Time now);
// The same words of the same writer; nothing where too little was said to tell.
Digest likeness_of(FormId form, FormDefinition const& definition, Answers const& answers, Key256 const& key);
bool says_enough(FormDefinition const& definition, Answers const& answers);

// "K7QM-2XHD": what a visitor is told, and an agent finds it by.
std::string new_reference();
bool is_reference(std::string_view text);

}  // namespace rapport::forms
