// Records of backups; see record.hpp.
#include "operate/record.hpp"

#include "operate/sql.hpp"
#include "people/people.hpp"

namespace rapport::operate {
namespace {

people::Act operator_act(Time now) { return {{ActorKind::operator_, 0, "operator"}, now, {}, {}}; }

}  // namespace

void record_backup(store::Tx& tx, BackupRecord const& made) {
    tx.exec(sql::add_backup, tx.new_id<Id<BackupTag>>(), made.at, made.name, made.new_bytes, made.took_ms);
    tx.exec(sql::forget_backups, made.at - std::chrono::days(366));
    json::Object const data{{"backup", made.name}, {"new_bytes", made.new_bytes}};
    people::audit(tx, operator_act(made.at), "backup.made", "backup", people::AuditOutcome::done, data);
    tx.publish(
        {.at = made.at, .kind = "backup.made", .subject = "backup", .actor_kind = ActorKind::operator_, .data = data});
}

std::optional<BackupRecord> last_backup(store::Reader& reader) { return reader.one<BackupRecord>(sql::last_backup); }

void record_restore(store::Tx& tx, std::string const& name, Time now) {
    json::Object const data{{"backup", name}};
    people::audit(tx, operator_act(now), "backup.restored", "backup", people::AuditOutcome::done, data);
    tx.publish(
        {.at = now, .kind = "backup.restored", .subject = "backup", .actor_kind = ActorKind::operator_, .data = data});
}

}  // namespace rapport::operate
