// What operations leave in the database: that a backup was made, that one was restored. Verbs.
#pragma once

#include <optional>
#include <string>

#include <boost/describe.hpp>

#include "base/time.hpp"
#include "store/tx.hpp"

namespace rapport::operate {

struct BackupTag {
    static constexpr std::string_view prefix = "bck";
};
struct BackupRecord {
    Time at{};
    std::string name;
    std::int64_t new_bytes = 0, took_ms = 0;
};
BOOST_DESCRIBE_STRUCT(BackupRecord, (), (at, name, new_bytes, took_ms))

// With the event backup.made and a line of the audit log. Records older than a year go.
void record_backup(store::Tx& tx, BackupRecord const& made);
std::optional<BackupRecord> last_backup(store::Reader& reader);
// In the restored database: event backup.restored and a line of the audit log.
void record_restore(store::Tx& tx, std::string const& name, Time now);

}  // namespace rapport::operate
