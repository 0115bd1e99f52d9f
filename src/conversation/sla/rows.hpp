// Rows of what is promised, and how a conversation's row follows. Internal to the module.
#pragma once

#include <memory>

#include "conversation/rows.hpp"
#include "conversation/sla/policies.hpp"

namespace rapport::conversation::sla {

struct CalendarRow {
    CalendarId id;
    std::string name;
    json::Object hours;
    Time created_at{}, changed_at{};
    std::optional<Time> retired_at;
};
BOOST_DESCRIBE_STRUCT(CalendarRow, (), (id, name, hours, created_at, changed_at, retired_at))
std::optional<CalendarRow> find_calendar_row(store::Reader& reader, CalendarId id);
Hours hours_of(CalendarRow const& row);

// What a policy's row holds as JSON.
struct Content {
    Conditions applies_to;
    Rules rules;
    std::vector<Step> steps;
};
BOOST_DESCRIBE_STRUCT(Content, (), (applies_to, rules, steps))

struct PolicyRow {
    PolicyId id;
    std::string name;
    std::int64_t place = 0;
    std::optional<CalendarId> calendar;
    json::Object content;
    TermsId terms;
    Time created_at{}, changed_at{};
    std::optional<Time> retired_at;
};
BOOST_DESCRIBE_STRUCT(PolicyRow, (), (id, name, place, calendar, content, terms, created_at, changed_at, retired_at))
Content content_of(PolicyRow const& row);

// A policy and its calendar as they were at an instant: written once, never changed.
struct Terms {
    PolicyId policy;
    std::string name;
    std::optional<CalendarId> calendar;
    std::string calendar_name;
    std::optional<Hours> hours;  // absent: around the clock
    Rules rules;
    std::vector<Step> steps;
};
BOOST_DESCRIBE_STRUCT(Terms, (), (policy, name, calendar, calendar_name, hours, rules, steps))

// Terms, ready to be computed with.
struct Promise {
    Terms terms;
    Calendar calendar;
};
std::shared_ptr<Promise const> find_promise(store::Reader& reader, TermsId id);
// The policy in force that fits first.
std::optional<PolicyRow> policy_for(store::Reader& reader, ConversationRow const& row);

// Called by commit() before it writes `after`: adds what happened to the facts, and sets what the row says of clocks.
// `said`: the message that came with the change, or was taken back.
void follow(store::Tx& tx, ConversationRow const& before, ConversationRow& after, Time now, MessageRow const* said);

// When the first alarm rings; none: never.
std::optional<Time> next_alarm(store::Reader& reader);
std::vector<ConversationId> due_alarms(store::Reader& reader, Time now, std::size_t most);
// Tells what is to be told of this conversation by now, and does what follows. Nothing, if it rang before.
void ring(store::Tx& tx, std::string_view site, ConversationId id, Time now);

// What is promised to a conversation that is not over, by the policies as they are now: its clocks are computed anew
// from what happened. What was answered in the meantime is told of no more. Publishes conversation.promised.
void reach(store::Tx& tx, ConversationId id, Time now);
// Of the job: after a change of policies or calendars, some open conversations. Whether there may be more.
Task<bool> reach_some(store::Store& store, Time now);

void check_promises(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::conversation::sla
