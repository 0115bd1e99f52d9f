// Automation: when something happens (events of the journal), if a conversation is so, then actions. In order, each
// rule once for an event, every run in a transaction of its own and in the log. Rules do not answer customers: an
// automatic answer is RFC 3834's business.
#pragma once

#include "conversation/sla/policies.hpp"
#include "desk/views.hpp"

namespace rapport::desk {

struct RuleTag {
    static constexpr std::string_view prefix = "rul";
};
using RuleId = Id<RuleTag>;

inline constexpr std::int64_t deepest = 5;             // rules that set off rules
inline constexpr std::int64_t most_runs_an_hour = 30;  // on one conversation
inline constexpr std::int64_t most_dry = 5000;         // events of the journal that a dry run looks back at

// The kinds of events that a rule can wait for.
std::span<std::string_view const> rule_events();

struct Words {
    std::optional<Text<1, 200>> subject, text, name;  // contains, whatever the case; text and name: of the message
};
BOOST_DESCRIBE_STRUCT(Words, (), (subject, text, name))

// Whether it happened within the business hours of a calendar, or outside of them.
struct WithinHours {
    conversation::sla::CalendarId calendar;
    bool open = true;
};
BOOST_DESCRIBE_STRUCT(WithinHours, (), (calendar, open))

struct NewRule {
    ItemName name;
    std::optional<std::int64_t> place;  // smaller ones come first
    bool active = true;
    bool stop = false;  // where this one has run, later ones do not
    std::vector<std::string> when;
    std::optional<Filter> filter;  // as of saved views; a state that is not given: any
    std::optional<Words> contains;
    std::optional<WithinHours> hours;
    std::vector<Action> actions;  // none that reply, none for "me"
};
BOOST_DESCRIBE_STRUCT(NewRule, (), (name, place, active, stop, when, filter, contains, hours, actions))

// As it is kept, but for its name and place.
struct RuleBody {
    bool active = true, stop = false;
    std::vector<std::string> when;
    std::optional<Filter> filter;
    std::optional<Words> contains;
    std::optional<WithinHours> hours;
    std::vector<Action> actions;
};
BOOST_DESCRIBE_STRUCT(RuleBody, (), (active, stop, when, filter, contains, hours, actions))

struct RuleView {
    RuleId id;
    std::string name;
    std::int64_t place = 0;
    bool active = true, stop = false;
    std::vector<std::string> when;
    std::optional<Filter> filter;
    std::optional<Words> contains;
    std::optional<WithinHours> hours;
    std::vector<Action> actions;
    std::int64_t version = 0;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(RuleView, (),
                      (id, name, place, active, stop, when, filter, contains, hours, actions, version, created_at,
                       changed_at))

Expected<RuleView> create_rule(store::Tx& tx, Act const& act, Who const& who, NewRule const& wanted);
Expected<RuleView> change_rule(store::Tx& tx, Act const& act, Who const& who, RuleId id, NewRule const& wanted);
Expected<> delete_rule(store::Tx& tx, Act const& act, Who const& who, RuleId id);
std::vector<RuleView> list_rules(store::Reader& reader);  // in order

// ---- what happened

struct Happening {
    std::int64_t seq = 0;
    std::string kind;
    ConversationId conversation;
    std::optional<MessageId> message;
    Time at{};
    std::optional<RuleId> by_rule;
};
BOOST_DESCRIBE_STRUCT(Happening, (), (seq, kind, conversation, message, at, by_rule))
std::optional<Happening> happening_of(store::Event const& event);

// Whether the rule's conditions hold, as the conversation is now; the hours are those of when it happened.
bool holds(store::Reader& reader, Office const& office, RuleView const& rule, Happening const& happening, Time now);

// Of the job that follows the journal: what a rule waits for is put aside.
void put_aside(store::Tx& tx, std::span<store::Event const> events);
// Of the same job: one event, all rules. False: nothing was due.
Task<bool> look_at_one(Desk& desk);

struct RuleRunView {
    std::int64_t seq = 0;
    std::string kind;
    ConversationId conversation;
    std::int64_t number = 0;
    Time at{};
    std::int64_t depth = 0;
    bool done = false;
    std::optional<std::string> code, reason;
};
BOOST_DESCRIBE_STRUCT(RuleRunView, (), (seq, kind, conversation, number, at, depth, done, code, reason))
struct RuleRunQuery {
    std::int64_t before = 0;  // the `seq` of the last one of an earlier page
    int limit = 50;
};
BOOST_DESCRIBE_STRUCT(RuleRunQuery, (), (before, limit))
std::vector<RuleRunView> rule_runs(store::Reader& reader, Office const& office, RuleId id, RuleRunQuery const& query);

// Past events, conversations as they are now; nothing is changed.
struct NewDryRun {
    NewRule rule;
    std::optional<std::int64_t> events;  // to look back at
};
BOOST_DESCRIBE_STRUCT(NewDryRun, (), (rule, events))
struct DryHit {
    std::int64_t seq = 0;
    std::string kind;
    ConversationId conversation;
    std::int64_t number = 0;
    std::string subject;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(DryHit, (), (seq, kind, conversation, number, subject, at))
struct DryRun {
    std::int64_t looked_at = 0, waited_for = 0;  // events in all; those of the rule's kinds
    std::vector<DryHit> items;                   // those for which it would have run; the last 100
};
BOOST_DESCRIBE_STRUCT(DryRun, (), (looked_at, waited_for, items))
Expected<DryRun> dry_run(store::Reader& reader, Office const& office, Who const& who, NewDryRun const& wanted,
                         Time now);

}  // namespace rapport::desk
