// `rapport fsck` of evidence and log: everything recomputed from the raw rows, with none of the writer's code.
#pragma once

#include "evidence/checkpoint.hpp"

namespace rapport::evidence {

struct LogFinding {
    std::string subject;  // "evd_…", "log leaf 17", "log tile 1/0", "log head", "checkpoint 4711"
    std::string text;
};
struct LogFsck {
    std::optional<NoteKey> key;      // checks the checkpoints' signatures; otherwise only their text
    Trust const* trust = nullptr;    // checks each record's signature and each token; otherwise only their digests
    std::vector<NoteKey> earlier{};  // keys of before: checkpoints carry the one that was in force
};
struct LogCounts {
    std::int64_t evidence = 0, leaves = 0, tiles = 0, checkpoints = 0, tokens = 0;
};

// Calls `report` for each finding, at most 1,000 times. Row by row: memory grows with tiles and checkpoints only.
LogCounts check_log(store::Reader& reader, LogFsck const& options,
                    std::function<void(LogFinding const&)> const& report);

}  // namespace rapport::evidence
