// The API's shapes of schedules, digests and the throttle of promotional notices (described structs).
#pragma once

#include "notice/bulk_wire.hpp"
#include "notice/schedule.hpp"

namespace rapport::notice {

// A local time of a zone that does not exist, because clocks are put forward over it.
enum class Gap : std::uint8_t {
    later,  // as much later as the clocks are put forward: 02:30 becomes 03:30 (RFC 5545 §3.3.5)
    skip,   // that run does not take place (RFC 5545 §3.3.10)
};
BOOST_DESCRIBE_ENUM(Gap, later, skip)

struct Recurrence {
    Text<1, 500> rule;                // RRULE, RFC 5545 §3.3.10: "FREQ=MONTHLY;BYDAY=-1FR"
    Text<16, 19> begins;              // local date and time, "2026-12-01T09:00"
    std::optional<Text<1, 64>> zone;  // IANA name; else the organisation's
    std::optional<Gap> gap;           // else later
};
BOOST_DESCRIBE_STRUCT(Recurrence, (), (rule, begins, zone, gap))

struct NewSchedule {
    Text<1, 200> name;
    std::optional<NewNotice> notice;  // sent at each run; without send_at, files as data only
    std::optional<BulkId> bulk;       // a job that starts then; `at` only
    std::optional<Time> at;           // once
    std::optional<Recurrence> recurrence;
};
BOOST_DESCRIBE_STRUCT(NewSchedule, (), (name, notice, bulk, at, recurrence))

struct ScheduleView {
    ScheduleId id;
    std::string name;
    ScheduleState state = ScheduleState::active;
    std::string kind;                 // of the notice or job
    std::int64_t recipients = 0;      // of the notice
    std::optional<NewNotice> notice;  // with one schedule, not in lists; absent once deleted
    std::optional<BulkId> bulk;
    std::optional<Time> at;
    std::optional<Recurrence> recurrence;
    std::optional<Time> next_at;
    std::int64_t runs = 0;
    BulkMaker made_by;
    Time created_at;
    Time changed_at;
};
BOOST_DESCRIBE_STRUCT(ScheduleView, (),
                      (id, name, state, kind, recipients, notice, bulk, at, recurrence, next_at, runs, made_by,
                       created_at, changed_at))

struct SchedulePage {
    std::vector<ScheduleView> items;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(SchedulePage, (), (items, next))

struct ScheduleRunView {
    Time due_at;
    Time at;
    RunResult result{};
    std::int64_t notices = 0;           // made
    std::int64_t suppressed = 0;        // of them
    std::optional<std::string> reason;  // of a run that was missed or failed
    std::vector<RowFault> faults;
};
BOOST_DESCRIBE_STRUCT(ScheduleRunView, (), (due_at, at, result, notices, suppressed, reason, faults))
struct ScheduleRunPage {
    std::vector<ScheduleRunView> items;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(ScheduleRunPage, (), (items, next))

enum class ClockChange : std::uint8_t { forward, back };
BOOST_DESCRIBE_ENUM(ClockChange, forward, back)

// When something would run: instants, and as the clocks of the zone show them.
struct Occurrence {
    Time at;
    std::string local;                       // "2027-03-28T03:30:00+02:00"
    std::optional<std::string> note;         // that the local time does not exist, or exists twice
    std::optional<ClockChange> clocks = {};  // the same for programs,
    std::optional<std::string> wanted = {};  // and the local time that the rule names: "2027-03-28T02:30:00"
};
BOOST_DESCRIBE_STRUCT(Occurrence, (), (at, local, note, clocks, wanted))
struct Occurrences {
    std::vector<Occurrence> items;
    bool ends = false;  // there are no more after these
};
BOOST_DESCRIBE_STRUCT(Occurrences, (), (items, ends))

// ---- digests

struct NewDigest {
    Text<1, 200> name;
    std::optional<KindName> kind;         // of these notices,
    std::optional<Text<1, 64>> category;  // or of this category; one of the two
    DigestEvery every = DigestEvery::day;
    std::optional<Text<5, 5>> at;     // local time, "08:00"; day and week only
    std::optional<Weekday> weekday;   // week only; else monday
    std::optional<Text<1, 64>> zone;  // else the customer's, else the organisation's
};
BOOST_DESCRIBE_STRUCT(NewDigest, (), (name, kind, category, every, at, weekday, zone))

struct DigestChange {
    std::optional<Text<1, 200>> name;
    std::optional<DigestEvery> every;
    std::optional<Text<5, 5>> at;
    std::optional<Weekday> weekday;
    std::optional<Text<0, 64>> zone;  // empty: the customer's again
    std::optional<bool> active;       // false: new notices go out at once; what is collected still goes out when due
};
BOOST_DESCRIBE_STRUCT(DigestChange, (), (name, every, at, weekday, zone, active))

struct DigestView {
    DigestId id;
    std::string name;
    std::optional<std::string> kind, category;
    DigestEvery every = DigestEvery::day;
    std::optional<std::string> at;
    std::optional<Weekday> weekday;
    std::optional<std::string> zone;
    bool active = true;
    std::int64_t waiting = 0;  // notices collected and not yet sent
    std::int64_t letters = 0;  // sent
    std::optional<Time> next_at;
    Time created_at;
    Time changed_at;
};
BOOST_DESCRIBE_STRUCT(DigestView, (),
                      (id, name, kind, category, every, at, weekday, zone, active, waiting, letters, next_at,
                       created_at, changed_at))
struct DigestList {
    std::vector<DigestView> items;
};
BOOST_DESCRIBE_STRUCT(DigestList, (), (items))

// ---- the throttle

struct ThrottleLimit {
    std::int64_t most = 0;  // promotional notices to one customer,
    std::int64_t days = 0;  // in so many days
};
BOOST_DESCRIBE_STRUCT(ThrottleLimit, (), (most, days))
struct ThrottleSettings {
    std::optional<ThrottleLimit> promotional;  // absent: no limit
};
BOOST_DESCRIBE_STRUCT(ThrottleSettings, (), (promotional))

}  // namespace rapport::notice
