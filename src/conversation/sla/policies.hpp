// Business calendars and policies as rows: the API's shapes, and the verbs that speak them. A policy says to which
// conversations it applies, what is promised to them, and what follows when a promise is in danger. The first that
// fits counts.
#pragma once

#include "conversation/sla/clock.hpp"
#include "conversation/sla/ical.hpp"
#include "conversation/wire.hpp"

namespace rapport::conversation::sla {

inline constexpr std::size_t most_calendars = 200, most_policies = 200, most_steps = 10;
inline constexpr std::int64_t longest_target_min = 366 * 24 * 60;

// ---- calendars

struct NewCalendar {
    Text<1, 100> name;
    std::string zone;
    Week week;
    std::vector<Holiday> holidays;
};
BOOST_DESCRIBE_STRUCT(NewCalendar, (), (name, zone, week, holidays))
struct CalendarChange {
    std::optional<Text<1, 100>> name;
    std::optional<std::string> zone;
    std::optional<Week> week;
    std::optional<std::vector<Holiday>> holidays;  // all of them
    std::optional<bool> retired;
};
BOOST_DESCRIBE_STRUCT(CalendarChange, (), (name, zone, week, holidays, retired))
struct CalendarView {
    CalendarId id;
    std::string name, zone;
    Week week;
    std::vector<Holiday> holidays;
    bool open_now = false;
    std::optional<Time> opens_at;  // next; absent while it is open, and where it never is
    bool retired = false;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(CalendarView, (),
                      (id, name, zone, week, holidays, open_now, opens_at, retired, created_at, changed_at))
struct HolidayImport {
    CalendarView calendar;
    std::int64_t added = 0, changed = 0;
    std::vector<std::string> skipped;  // which event, and why
};
BOOST_DESCRIBE_STRUCT(HolidayImport, (), (calendar, added, changed, skipped))

// Codes: calendar_exists, invalid_fields, too_many_calendars, calendar_in_use (retiring). Publish sla.calendar_created,
// sla.calendar_changed. What they change reaches open conversations by and by (sla/reach.cpp).
Expected<CalendarView> create_calendar(store::Tx& tx, Act const& act, NewCalendar const& wanted);
Expected<CalendarView> change_calendar(store::Tx& tx, Act const& act, CalendarId id, CalendarChange const& change);
// Adds the holidays that were read from an iCalendar; those of the same day get its name, and keep their hours.
Expected<HolidayImport> import_holidays(store::Tx& tx, Act const& act, CalendarId id, Holidays const& read);
Expected<CalendarView> find_calendar(store::Reader& reader, CalendarId id, Time now);
std::vector<CalendarView> list_calendars(store::Reader& reader, Time now);

// ---- policies

// Each that is not empty must hold; of a list, one.
struct Conditions {
    std::vector<TeamId> teams;
    std::vector<MailboxId> mailboxes;
    std::vector<LabelId> labels;
    std::vector<Locale> locales;
    std::vector<Channel> channels;
    bool operator==(Conditions const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Conditions, (), (teams, mailboxes, labels, locales, channels))

enum class Alarm : std::uint8_t { warning, breach };
BOOST_DESCRIBE_ENUM(Alarm, warning, breach)

// What is done when an alarm rings.
struct Step {
    Alarm on{};
    std::optional<Metric> metric;  // absent: any
    std::optional<Priority> priority;
    std::optional<TeamId> team;
    std::vector<AgentId> notify;          // by mail
    std::optional<bool> notify_assignee;  // too
    bool operator==(Step const&) const = default;
};
BOOST_DESCRIBE_STRUCT(Step, (), (on, metric, priority, team, notify, notify_assignee))

struct NewPolicy {
    Text<1, 100> name;
    std::optional<std::int64_t> place;  // last, unless told
    std::optional<CalendarId> calendar;
    std::optional<Conditions> applies_to;
    TargetsByPriority targets;
    std::optional<std::int64_t> warn_at_percent;
    std::optional<bool> pause_when_snoozed, api_answers_count;
    std::vector<Step> steps;
};
BOOST_DESCRIBE_STRUCT(NewPolicy, (),
                      (name, place, calendar, applies_to, targets, warn_at_percent, pause_when_snoozed,
                       api_answers_count, steps))
struct PolicyChange {
    std::optional<Text<1, 100>> name;
    std::optional<std::int64_t> place;
    std::optional<OrNone<CalendarId>> calendar;
    std::optional<Conditions> applies_to;
    std::optional<TargetsByPriority> targets;
    std::optional<std::int64_t> warn_at_percent;
    std::optional<bool> pause_when_snoozed, api_answers_count;
    std::optional<std::vector<Step>> steps;
    std::optional<bool> retired;
};
BOOST_DESCRIBE_STRUCT(PolicyChange, (),
                      (name, place, calendar, applies_to, targets, warn_at_percent, pause_when_snoozed,
                       api_answers_count, steps, retired))
struct PolicyView {
    PolicyId id;
    std::string name;
    std::int64_t place = 0;
    std::optional<CalendarId> calendar;
    Conditions applies_to;
    TargetsByPriority targets;
    std::int64_t warn_at_percent = 75;
    bool pause_when_snoozed = false, api_answers_count = false;
    std::vector<Step> steps;
    bool retired = false;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(PolicyView, (),
                      (id, name, place, calendar, applies_to, targets, warn_at_percent, pause_when_snoozed,
                       api_answers_count, steps, retired, created_at, changed_at))

// Codes: policy_exists, calendar_not_found, team_not_found, agent_not_found, label_not_found, mailbox_not_found,
// invalid_fields, too_many_policies. Publish sla.policy_created, sla.policy_changed. They reach open conversations,
// too.
Expected<PolicyView> create_policy(store::Tx& tx, Act const& act, NewPolicy const& wanted);
Expected<PolicyView> change_policy(store::Tx& tx, Act const& act, PolicyId id, PolicyChange const& change);
Expected<PolicyView> find_policy(store::Reader& reader, PolicyId id);
std::vector<PolicyView> list_policies(store::Reader& reader);

// ---- what is promised in one conversation

struct ClockView {
    Metric metric{};
    Stage stage{};
    Time started_at{};
    std::optional<Time> ended_at;
    std::optional<std::int64_t> target_s;
    std::int64_t used_s = 0;  // of open time, until now
    std::optional<Time> warns_at, due_at, breached_at;
};
BOOST_DESCRIBE_STRUCT(ClockView, (),
                      (metric, stage, started_at, ended_at, target_s, used_s, warns_at, due_at, breached_at))
struct PromiseView {
    PolicyId policy;
    std::string policy_name;
    std::optional<CalendarId> calendar;  // absent: around the clock
    std::string calendar_name, zone;
    std::vector<ClockView> clocks;  // of the episode that runs, or of the last one
    std::vector<Fact> facts;        // that they are computed from
};
BOOST_DESCRIBE_STRUCT(PromiseView, (), (policy, policy_name, calendar, calendar_name, zone, clocks, facts))

// Codes: not_found, nothing_promised.
Expected<PromiseView> promise_of(store::Reader& reader, ConversationId id, Time now);

}  // namespace rapport::conversation::sla

// Names that others have, too.
template <>
struct rapport::json::SchemaName<rapport::conversation::sla::Step> {
    static std::string name() { return "SlaStep"; }
};
template <>
struct rapport::json::SchemaName<rapport::conversation::sla::Conditions> {
    static std::string name() { return "SlaConditions"; }
};
template <>
struct rapport::json::SchemaName<rapport::conversation::sla::Week> {
    static std::string name() { return "BusinessWeek"; }
};
template <>
struct rapport::json::SchemaName<rapport::conversation::sla::Interval> {
    static std::string name() { return "BusinessInterval"; }
};
template <>
struct rapport::json::SchemaName<rapport::conversation::sla::Fact> {
    static std::string name() { return "SlaFact"; }
};
