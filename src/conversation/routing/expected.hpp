// What customers are told to expect: how long most of them waited lately in the same hours.
#pragma once

#include "conversation/wire.hpp"

namespace rapport::conversation {

struct ExpectedReplyQuery {
    std::optional<MailboxId> mailbox;  // of all, where absent
    std::optional<std::string> zone;   // of the hours; the installation's, where absent
};
BOOST_DESCRIBE_STRUCT(ExpectedReplyQuery, (), (mailbox, zone))

struct ExpectedReply {
    std::optional<std::int64_t> within_s;  // four of five were answered by then; absent: too little is known
    std::int64_t samples = 0;              // that it follows from
};
BOOST_DESCRIBE_STRUCT(ExpectedReply, (), (within_s, samples))

// Of the last four weeks, what was asked at this hour of the day or one beside it, on the same kind of day (Monday to
// Friday, or the weekend). Nothing with fewer than 20 answers.
ExpectedReply expected_reply(store::Reader& reader, std::optional<MailboxId> mailbox, std::string const& zone,
                             Time now);

// Called by commit(): an agent has answered somebody who waited; or took it back.
struct ConversationRow;
struct MessageRow;
void sample_reply(store::Tx& tx, ConversationRow const& before, MessageRow const& said);
void forget_samples(store::Tx& tx, Time now);

}  // namespace rapport::conversation
