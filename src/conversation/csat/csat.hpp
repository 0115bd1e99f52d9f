// What customers say of how they were helped: a resolution is asked about once, by a letter after a while and in the
// widget at once; one answer for each, which may be changed for some days. Looking never answers: programs that open
// every link of a mail would. README.md of the module, docs/users/ratings.md.
#pragma once

#include "conversation/conversation.hpp"

namespace rapport::conversation {
struct ConversationRow;
struct ConversationView;
}  // namespace rapport::conversation

namespace rapport::conversation::csat {

struct RatingTag {
    static constexpr std::string_view prefix = "rtg";
};
using RatingId = Id<RatingTag>;

// A score is from 1 to 5; with thumbs it is 1 or 5.
enum class RatingScale : std::uint8_t { stars, thumbs };
BOOST_DESCRIBE_ENUM(RatingScale, stars, thumbs)

enum class RatingState : std::uint8_t {
    waiting,      // until the letter is due
    asked,        // the letter is on its way, or the widget asks
    rated,        // the customer has answered
    passed_over,  // nobody is asked: `reason` says why
    withdrawn,    // the conversation went on before anybody was asked
};
BOOST_DESCRIBE_ENUM(RatingState, waiting, asked, rated, passed_over, withdrawn)

enum class RatedVia : std::uint8_t { mail, widget };
BOOST_DESCRIBE_ENUM(RatedVia, mail, widget)

inline constexpr std::int64_t good_score = 4;  // from here on somebody was content
inline constexpr auto answered_within = std::chrono::days(60);

struct RatingSettings {
    bool on = false;
    std::int64_t delay_s = 3600;  // from the resolution to the letter
    RatingScale scale{};
    std::vector<Locale> locales;                   // that are asked in; empty: all
    std::map<std::string, Text<1, 300>> question;  // by language; else the program's words
    std::int64_t again_after_days = 30;            // before the same customer is asked again
    std::int64_t changeable_days = 14;             // after the answer
};
BOOST_DESCRIBE_STRUCT(RatingSettings, (), (on, delay_s, scale, locales, question, again_after_days, changeable_days))

// Whose: organisation, a mailbox (mbx_…) or a site of the chat (sit_…). The nearest that there are count whole.
struct ScopedRatingSettings : RatingSettings {
    std::string scope;
    std::optional<Time> changed_at;
};
BOOST_DESCRIBE_STRUCT(ScopedRatingSettings, (RatingSettings), (scope, changed_at))

std::vector<ScopedRatingSettings> list_settings(store::Reader& reader);
// Codes: invalid_fields. Publish rating_settings.changed.
Expected<ScopedRatingSettings> put_settings(store::Tx& tx, Act const& act, std::string const& scope,
                                            RatingSettings const& wanted);
Expected<> delete_settings(store::Tx& tx, Act const& act, std::string const& scope);

// ---- answers

struct NewRating {
    std::int64_t score = 0;
    std::optional<Text<0, 2000>> comment;  // absent: as it was
};
BOOST_DESCRIBE_STRUCT(NewRating, (), (score, comment))

struct RatingView {
    RatingId id;
    ConversationId conversation;
    std::int64_t number = 0;
    RatingState state{};
    RatingScale scale{};
    Time resolved_at{};
    std::optional<Time> due_at, asked_at, rated_at;
    std::optional<std::int64_t> score;
    std::string comment;  // empty: none, or erased
    std::optional<RatedVia> via;
    std::optional<std::string> reason;  // why nobody is asked: recently_asked, no_address, suppressed, unwanted
    std::optional<CustomerId> customer;
    MailboxId mailbox;  // and whose it was when it was resolved
    std::optional<TeamId> team;
    std::optional<AgentId> agent;
};
BOOST_DESCRIBE_STRUCT(RatingView, (),
                      (id, conversation, number, state, scale, resolved_at, due_at, asked_at, rated_at, score, comment,
                       via, reason, customer, mailbox, team, agent))

// Of one conversation, the newest resolution first.
std::vector<RatingView> ratings_of(store::Reader& reader, Office const& office, ConversationId id);

struct RatingQuery {
    std::optional<std::int64_t> score;  // exactly; absent: any
    std::string after;
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(RatingQuery, (), (score, after, limit))
struct RatingPage {
    std::vector<RatingView> items;  // the newest answer first
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(RatingPage, (), (items, next))
// Code: bad_cursor.
Expected<RatingPage> list_ratings(store::Reader& reader, Office const& office, RatingQuery const& query);

enum class RatingGroup : std::uint8_t { team, agent, mailbox, week };
BOOST_DESCRIBE_ENUM(RatingGroup, team, agent, mailbox, week)
struct RatingReportQuery {
    RatingGroup by{};
    std::optional<Time> from, to;  // the last 90 days, where absent
};
BOOST_DESCRIBE_STRUCT(RatingReportQuery, (), (by, from, to))
// A share means nothing without the number that it is of: it is given as both.
struct RatingFigures {
    std::string key;   // an identifier, or the Monday that the week begins with (UTC); empty: nobody's, or all
    std::string name;  // of the team, agent or mailbox
    std::int64_t asked = 0, answers = 0, good = 0;
    std::int64_t score_sum = 0;  // of all answers
};
BOOST_DESCRIBE_STRUCT(RatingFigures, (), (key, name, asked, answers, good, score_sum))
struct RatingReport {
    Time from{}, to{};
    RatingFigures all;
    std::vector<RatingFigures> items;
};
BOOST_DESCRIBE_STRUCT(RatingReport, (), (from, to, all, items))
// Code: invalid_fields.
Expected<RatingReport> report(store::Reader& reader, RatingReportQuery const& query, Time now);

// ---- asking

// What a customer is asked, by whoever asks: a page, the widget.
struct Question {
    RatingId id;
    ConversationId conversation;
    RatingScale scale{};
    std::string text;
    Locale locale{};
    std::optional<std::int64_t> score;
    std::string comment;
    Time open_until{};
};
// Of the last resolution, if it is asked about and may still be answered.
std::optional<Question> question_of(store::Reader& reader, Office const& office, ConversationId id,
                                    std::optional<Locale> locale, Time now);
std::optional<Question> find_question(store::Reader& reader, Office const& office, RatingId id,
                                      std::optional<Locale> locale);
// Codes: not_found, invalid_fields, rating_closed. Publishes conversation.rated.
Expected<> rate(store::Tx& tx, Office const& office, Actor const& actor, RatingId id, NewRating const& wanted,
                RatedVia via, Time now);
// This customer wants to be asked no more.
void refuse(store::Tx& tx, Office const& office, RatingId id, Time now);

// Decides what is asked of fresh resolutions, and writes the letters whose time has come; at most 100 at once.
std::size_t ask_due(store::Tx& tx, Office const& office, Time now);
bool some_are_due(store::Reader& reader, Time now);

// ---- inside the module

// Called by commit(): a conversation was resolved, or goes on. What is asked is decided afterwards, by ask_due().
void follow(store::Tx& tx, ConversationRow const& before, ConversationRow const& after, Time now);
std::optional<std::int64_t> last_score(store::Reader& reader, ConversationId id);
void check_ratings(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::conversation::csat
