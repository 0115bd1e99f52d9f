// Letters that failed for good or ran out of time: why, and sending them again. Verbs over a transaction; http audits
// them.
#pragma once

#include "post/post.hpp"

namespace rapport::post {

enum class DeadReason : std::uint8_t {
    expired,
    no_such_address,
    no_such_domain,
    mailbox_full,
    content,
    policy,
    cancelled,
    other
};
BOOST_DESCRIBE_ENUM(DeadReason, expired, no_such_address, no_such_domain, mailbox_full, content, policy, cancelled,
                    other)

// By RFC 3463's subject and detail.
DeadReason dead_reason(std::string_view enhanced_status, std::string_view reply);

struct DeadLetter {
    OutboxId id;
    std::string owner, purpose, stream;
    EmailAddress to;
    std::int64_t attempts = 0;
    std::optional<std::string> reply, enhanced_status, server;
    bool can_be_sent = false;  // its content is still there
    Time created_at{}, failed_at{};
    DeadReason reason = DeadReason::other;
};
BOOST_DESCRIBE_STRUCT(DeadLetter, (),
                      (id, owner, purpose, stream, to, attempts, reply, enhanced_status, server, can_be_sent,
                       created_at, failed_at, reason))

struct DeadFilter {
    std::optional<std::string> purpose = {}, stream = {}, domain = {};
    std::optional<DeadReason> reason = {};
    std::optional<Time> since = {}, until = {};  // when they failed
};
BOOST_DESCRIBE_STRUCT(DeadFilter, (), (purpose, stream, domain, reason, since, until))

// Newest first; `before` is the last identifier of the page before.
std::vector<DeadLetter> dead_letters(store::Reader& reader, DeadFilter const& filter, std::optional<OutboxId> before,
                                     std::size_t limit);

struct Replayed {
    std::int64_t queued = 0;
    std::int64_t skipped = 0;           // gone, or not failed any more
    std::optional<OutboxId> next = {};  // there may be more before it
};
BOOST_DESCRIBE_STRUCT(Replayed, (), (queued, skipped, next))

Replayed replay(store::Tx& tx, std::vector<OutboxId> const& ids, Time now);
// At most `limit` of those that match, newest first.
Replayed replay(store::Tx& tx, DeadFilter const& filter, std::optional<OutboxId> before, std::size_t limit, Time now);

}  // namespace rapport::post
