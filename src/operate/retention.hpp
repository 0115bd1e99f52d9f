// Retention: what is removed after how long. One table of rules; the command shows what each would remove, the job
// removes it in small steps. What is removed is counted and stands in the audit log. Verbs but for the job.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "net/task_group.hpp"
#include "store/store.hpp"

namespace rapport::operate {

struct Retention {  // zero: for ever
    Duration content = Duration::zero();
    Duration letters = Duration::zero();
    Duration audit = Duration::zero();
};

struct RetentionLine {
    std::string_view kind;   // "audit"
    std::string_view words;  // what it is, for people
    Duration after{};        // zero: kept for ever
    std::int64_t due = 0;    // would be removed now
    std::int64_t total = 0;
};
std::vector<RetentionLine> retention_report(store::Reader& reader, Retention const& rules, Time now);

// Contents are erased by the deliveries' own timers (their keys are destroyed, with a journal line each).
inline constexpr std::string_view erased_by_deliveries = "content";

// Removes up to a thousand rows of a kind; how many.
std::int64_t remove_due(store::Tx& tx, std::string_view kind, Retention const& rules, Time now);
// For the audit log, once per run and kind: "retention.applied".
void record_removal(store::Tx& tx, std::string_view kind, std::int64_t removed, Duration after, Time now);

// Everything that is due, in steps; counts by kind, in the order of the report. Blocks: for the command.
std::vector<std::pair<std::string_view, std::int64_t>> apply_retention(store::Store& store, Retention const& rules,
                                                                       Time now);
// Job: once an hour.
Task<> run_retention(store::Store& store, Retention rules, Clock clock, net::Stop stop);

}  // namespace rapport::operate
