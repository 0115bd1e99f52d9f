// Letters of digests: planning and sending what is due. Internal to the module.
#pragma once

#include "notice/collect.hpp"

namespace rapport::notice {

struct DueDigest {
    DigestId digest;
    Digest recipient;
};
BOOST_DESCRIBE_STRUCT(DueDigest, (), (digest, recipient))

// One letter: up to 50 notices of one recipient.
struct PlannedDigest {
    DueDigest due;
    std::vector<NoticeId> items;
    std::shared_ptr<Plan const> plan;
};

std::vector<DueDigest> due_digests(store::Reader& reader, Time now, std::size_t limit);
// Empty: somebody else has sent it.
Expected<std::optional<PlannedDigest>> plan_digest(store::Reader& reader, Desk const& desk, DueDigest const& due,
                                                   Time now);
Expected<> commit_digest(store::Tx& tx, Desk const& desk, PlannedDigest const& planned, Time now);
// It could not be written: tried again in an hour.
void postpone_digest(store::Tx& tx, DueDigest const& due, Error const& why, Time now);

}  // namespace rapport::notice
