// A batch of a job's rows between its planning and its transaction. Internal to the module.
#pragma once

#include "notice/bulk_mapping.hpp"

namespace rapport::notice {

struct BatchRow {
    MadeRow made;
    RowState state = RowState::failed;
    RowDetail detail;
    std::optional<RowState> before;   // a replay: what it was
    std::optional<std::int64_t> key;  // to be kept
    std::size_t plan = 0;             // which plan made it
    bool planned = false;
};

enum class Pass : std::uint8_t { check, run, replay };

struct Batch {
    BulkRow job;
    Pass pass{};
    std::int64_t mark = 0;  // that it moves to
    BulkState to{};
    Time at{};
    std::vector<BatchRow> rows;
    std::vector<std::shared_ptr<Plan const>> plans;
};

struct BatchRequest {
    BulkId id;
    std::int64_t worker = 0;
    std::size_t most = 0;
    Time now{};
};
// The next rows of a job, planned. Empty: there is nothing to do, or another program does it. `piece` is kept from
// batch to batch. Codes: mapping_unfit, kind_retired, bulk_damaged, bulk_erased, and those of what is unavailable.
Expected<std::optional<Batch>> plan_batch(store::Reader& reader, Desk const& desk, BulkRow job,
                                          BatchRequest const& request, std::shared_ptr<Piece const>& piece);
// Everything that the batch does, and the mark, or nothing. Code "bulk_moved": the job was paused, or another program
// was faster.
Expected<> commit_batch(store::Tx& tx, Desk const& desk, BulkSettings const& settings, BatchRequest const& request,
                        Batch const& batch, bool tell_progress);

}  // namespace rapport::notice
