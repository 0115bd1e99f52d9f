// Schedules (notices and jobs at a time to come, once or again and again), digests (several notices to one customer in
// one letter) and the throttle of promotional notices. Verbs are plain functions over a transaction; a run's effect and
// the time of the next one are one transaction. schedule_wire.hpp has the API's shapes.
#pragma once

#include "net/task_group.hpp"
#include "notice/notice.hpp"

namespace rapport::notice {

struct ScheduleTag {
    static constexpr std::string_view prefix = "sch";
};
struct DigestTag {
    static constexpr std::string_view prefix = "dgs";
};
using ScheduleId = Id<ScheduleTag>;
using DigestId = Id<DigestTag>;

enum class ScheduleState : std::uint8_t {
    active,
    paused,   // times pass without a run
    ended,    // no run is left
    deleted,  // what it would send is gone
};
BOOST_DESCRIBE_ENUM(ScheduleState, active, paused, ended, deleted)

enum class RunResult : std::uint8_t {
    done,
    failed,  // nothing was sent: the reason says why
    missed,  // the program did not run at the time, and it is too late now
};
BOOST_DESCRIBE_ENUM(RunResult, done, failed, missed)

enum class DigestEvery : std::uint8_t { hour, day, week };
BOOST_DESCRIBE_ENUM(DigestEvery, hour, day, week)
enum class Weekday : std::uint8_t { monday, tuesday, wednesday, thursday, friday, saturday, sunday };
BOOST_DESCRIBE_ENUM(Weekday, monday, tuesday, wednesday, thursday, friday, saturday, sunday)

struct NewSchedule;
struct ScheduleView;
struct SchedulePage;
struct ScheduleRunPage;
struct Recurrence;
struct Occurrences;
struct NewDigest;
struct DigestChange;
struct DigestView;
struct DigestList;
struct ThrottleSettings;

// ---- Schedules ------------------------------------------------------------------------------------------------------

// Codes: invalid_fields, not_found, schedule_state.
Expected<ScheduleView> create_schedule(store::Tx& tx, Desk const& desk, people::Act const& act,
                                       NewSchedule const& wanted);
Expected<ScheduleView> pause_schedule(store::Tx& tx, Desk const& desk, people::Act const& act, ScheduleId id);
// The next run is the next one from now; what passed meanwhile is not made up for.
Expected<ScheduleView> resume_schedule(store::Tx& tx, Desk const& desk, people::Act const& act, ScheduleId id);
Expected<> delete_schedule(store::Tx& tx, people::Act const& act, ScheduleId id);
Expected<SchedulePage> list_schedules(store::Reader& reader, std::string_view after, std::size_t limit);
Expected<ScheduleView> find_schedule(store::Reader& reader, Desk const& desk, ScheduleId id);
Expected<ScheduleRunPage> schedule_runs(store::Reader& reader, ScheduleId id, std::string_view after,
                                        std::size_t limit);
Expected<Occurrences> next_runs(store::Reader& reader, Desk const& desk, ScheduleId id, Time now, std::size_t limit);
// Of a rule that is being written.
Expected<Occurrences> preview_recurrence(Desk const& desk, Recurrence const& rule, Time now, std::size_t limit);

// ---- Digests --------------------------------------------------------------------------------------------------------

// Codes: invalid_fields, digest_exists (one for that kind or category already), not_found.
Expected<DigestView> create_digest(store::Tx& tx, people::Act const& act, NewDigest const& wanted);
Expected<DigestView> change_digest(store::Tx& tx, people::Act const& act, DigestId id, DigestChange const& change);
// What it has collected goes out at the next opportunity.
Expected<> delete_digest(store::Tx& tx, people::Act const& act, DigestId id);
DigestList list_digests(store::Reader& reader);

// ---- The throttle ---------------------------------------------------------------------------------------------------

ThrottleSettings throttle_settings(store::Reader& reader);
Expected<ThrottleSettings> set_throttle(store::Tx& tx, people::Act const& act, ThrottleSettings const& wanted);

// ---- The module -----------------------------------------------------------------------------------------------------

class Schedules {
  public:
    explicit Schedules(Notices& notices) : notices_(notices) {}

    Notices& notices() { return notices_; }
    store::Store& store() { return notices_.store(); }
    Desk const& desk() const { return notices_.desk(); }

    // Job: runs what is due, sends digests that are due.
    Task<> run(net::Stop stop);
    // The same once; returns how many runs and letters there were.
    Task<std::size_t> work();

  private:
    Notices& notices_;
};

void check_schedules(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::notice
