// Schedules at rest, and when they run. Internal to the module.
#pragma once

#include "notice/row.hpp"
#include "notice/schedule_wire.hpp"
#include "notice/zones.hpp"

namespace rapport::notice {

struct ScheduleRow {
    ScheduleId id;
    std::string name;
    ScheduleState state{};
    std::string kind;
    std::int64_t recipients = 0;
    std::optional<store::Blob> notice, wrapped_key;
    std::optional<BulkId> bulk;
    std::optional<Time> at;
    std::optional<std::string> rule, begins, zone;
    std::optional<Gap> gap;
    std::optional<Time> next_at;
    std::int64_t runs = 0;
    ActorKind maker_kind{};
    std::int64_t maker_id = 0;
    std::string maker_name;
    Time created_at{}, changed_at{};
};
BOOST_DESCRIBE_STRUCT(ScheduleRow, (),
                      (id, name, state, kind, recipients, notice, wrapped_key, bulk, at, rule, begins, zone, gap,
                       next_at, runs, maker_kind, maker_id, maker_name, created_at, changed_at))

// A recurrence, understood.
struct Rule {
    std::string text, zone;
    LocalTime begins;
    Gap gap = Gap::later;
};
std::optional<Rule> rule_of(ScheduleRow const& row);

struct Instance {
    Time at;
    Resolved::Is is{};
    LocalTime local;
};
// The runs after `after`, at most `most`.
std::vector<Instance> instances(Rule const& rule, Time after, std::size_t most);
std::optional<Time> next_run(ScheduleRow const& row, Time after);

Expected<NewNotice> notice_of(Desk const& desk, ScheduleRow const& row);

}  // namespace rapport::notice
