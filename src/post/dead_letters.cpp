// Lists and replays letters that ended badly.
#include "post/dead_letters.hpp"

#include <limits>

#include "post/sql.hpp"

namespace rapport::post {
namespace {

struct Row {
    OutboxId id;
    std::string owner, purpose, stream;
    EmailAddress to;
    std::int64_t attempts = 0;
    std::optional<std::string> reply, enhanced_status, server;
    bool can_be_sent = false;
    Time created_at{}, failed_at{};
};
BOOST_DESCRIBE_STRUCT(Row, (),
                      (id, owner, purpose, stream, to, attempts, reply, enhanced_status, server, can_be_sent,
                       created_at, failed_at))

// Without what LIKE takes for a pattern.
std::string literal(std::string_view text) {
    std::string out;
    for (char c : text)
        if (c != '%' && c != '_') out += c;
    return out;
}

}  // namespace

DeadReason dead_reason(std::string_view status, std::string_view reply) {
    if (status == "4.4.7" || status == "5.4.7") return DeadReason::expired;
    if (reply == "cancelled by a person" || reply == "given up by a person") return DeadReason::cancelled;
    if (status == "5.1.2" || status == "5.1.10" || status == "5.4.4" || status == "5.4.6")
        return DeadReason::no_such_domain;
    if (status.starts_with("5.1.") || status == "5.2.1") return DeadReason::no_such_address;
    if (status == "5.2.2") return DeadReason::mailbox_full;
    if (status.starts_with("5.6.") || status == "5.3.4" || status == "5.2.3") return DeadReason::content;
    if (status.starts_with("5.7.")) return DeadReason::policy;
    return DeadReason::other;
}

std::vector<DeadLetter> dead_letters(store::Reader& reader, DeadFilter const& filter, std::optional<OutboxId> before,
                                     std::size_t limit) {
    std::vector<DeadLetter> found;
    std::int64_t below = before ? before->value : std::numeric_limits<std::int64_t>::max();
    std::string const domain = filter.domain.value_or("").empty() ? std::string() : "%@" + literal(*filter.domain);
    Time const since = filter.since.value_or(Time{}), until = filter.until.value_or(Time(std::chrono::years(500)));
    // The reason is no column: pages are read until enough of them fit, a bounded number of times.
    for (int page = 0; page < 20 && found.size() < limit; ++page) {
        std::size_t const wanted = filter.reason ? std::max<std::size_t>(200, limit) : limit;
        auto const rows = reader.all<Row>(sql::dead_letters, below, filter.purpose.value_or(""),
                                          filter.stream.value_or(""), domain, std::string_view(), since, until, wanted);
        for (auto const& row : rows) {
            below = row.id.value;
            auto const reason = dead_reason(row.enhanced_status.value_or(""), row.reply.value_or(""));
            if (filter.reason && *filter.reason != reason) continue;
            found.push_back({row.id, row.owner, row.purpose, row.stream, row.to, row.attempts, row.reply,
                             row.enhanced_status, row.server, row.can_be_sent, row.created_at, row.failed_at, reason});
            if (found.size() == limit) break;
        }
        if (rows.size() < wanted) break;
    }
    return found;
}

Replayed replay(store::Tx& tx, std::vector<OutboxId> const& ids, Time now) {
    Replayed replayed;
    for (auto const id : ids) {
        auto const item = find_letter(tx, id);
        bool const done = item && item->state == State::failed && retry(tx, id, now).has_value();
        ++(done ? replayed.queued : replayed.skipped);
    }
    return replayed;
}

Replayed replay(store::Tx& tx, DeadFilter const& filter, std::optional<OutboxId> before, std::size_t limit, Time now) {
    std::vector<OutboxId> ids;
    for (auto const& letter : dead_letters(tx, filter, before, limit)) ids.push_back(letter.id);
    auto replayed = replay(tx, ids, now);
    if (ids.size() == limit) replayed.next = ids.back();
    return replayed;
}

}  // namespace rapport::post
