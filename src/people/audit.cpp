// The audit log: who did what, on what, when, from where, and whether it was allowed. Lines are only ever added.
#include <limits>

#include "people/people.hpp"
#include "people/sql.hpp"

namespace rapport::people {

void audit(store::Tx& tx, Act const& act, std::string_view verb, std::string_view subject, AuditOutcome outcome,
           json::Object const& data) {
    tx.exec(sql::insert_audit, tx.new_id<AuditId>(), act.now, act.actor.kind, act.actor.id, act.actor.name, verb,
            subject, outcome, act.remote, act.request_id, data);
}

std::vector<AuditLine> audit_lines(store::Reader& reader, AuditFilter const& filter, std::optional<AuditId> before,
                                   std::size_t limit) {
    constexpr auto end = std::numeric_limits<std::int64_t>::max();
    auto const below = before ? before->value : end;
    auto const verb = filter.verb.value_or("");
    auto const outcome = filter.outcome ? json::enum_name(*filter.outcome) : std::string_view();
    auto const since = filter.since ? micros(*filter.since) : std::int64_t{0};
    auto const until = filter.until ? micros(*filter.until) : end;
    if (filter.subject)
        return reader.all<AuditLine>(sql::audit_lines_of_subject, below, verb, outcome, since, until, limit,
                                     *filter.subject);
    if (filter.actor_id)
        return reader.all<AuditLine>(sql::audit_lines_of_actor, below, verb, outcome, since, until, limit,
                                     *filter.actor_id);
    return reader.all<AuditLine>(sql::audit_lines, below, verb, outcome, since, until, limit);
}

}  // namespace rapport::people
