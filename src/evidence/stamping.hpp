// The durable queue of time stamps: on every checkpoint, and on evidence where the policy asks for B-T. An
// authority that is silent, or answers without a good token, delays and never loses; its outage is recorded once, in
// the journal and here.
#pragma once

#include "evidence/log.hpp"
#include "evidence/tsa.hpp"
#include "net/task_group.hpp"

namespace rapport::evidence {

// Asks an authority for a token over an imprint. Code "tsa_unreachable" when nobody answered; others are refusals.
using Stamper = std::function<Task<Expected<Bytes>>(Digest imprint)>;

// The own authority, in the process.
Stamper built_in_stamper(std::shared_ptr<TimeStampAuthority const> authority, Clock clock);

// ---- verbs
void want_checkpoint_stamp(store::Tx& tx, std::uint64_t size, Time now);

BOOST_DEFINE_FIXED_ENUM_CLASS(StampAbout, std::uint8_t, checkpoint, evidence)
BOOST_DEFINE_FIXED_ENUM_CLASS(StampState, std::uint8_t, queued, attempting, stamped)

struct StampTag {
    static constexpr std::string_view prefix = "tst";
};
struct StampJob {
    Id<StampTag> id;
    StampAbout about{};
    std::int64_t subject = 0;   // the checkpoint's size, the evidence's identifier
    std::int64_t attempts = 0;  // with this one
};
BOOST_DESCRIBE_STRUCT(StampJob, (), (id, about, subject, attempts))

// Takes what is due, oldest first, for `lease`: whoever dies with it gives it back by that.
std::vector<StampJob> claim_stamps(store::Tx& tx, Time now, std::size_t limit,
                                   Duration lease = std::chrono::minutes(1));
// What the token is to be about: SHA-256 of the checkpoint's note, or of the evidence's canonical SignatureValue.
Expected<Digest> imprint_of(store::Reader& reader, StampJob const& job);
// The first token stays; a second one for the same thing is dropped.
void keep_token(store::Tx& tx, StampJob const& job, ByteView token, Time now);
// Back into the queue, after 1, 2, 4 … up to 60 seconds.
void postpone_stamp(store::Tx& tx, StampJob const& job, Error const& failure, Time now);

// ---- the authority's outage
struct Outage {
    Time since{};
    std::string failure;
};
BOOST_DESCRIBE_STRUCT(Outage, (), (since, failure))
std::optional<Outage> tsa_outage(store::Reader& reader);
void begin_outage(store::Tx& tx, std::string_view failure, Time now);  // event tsa.unreachable, unless one is going on
void end_outage(store::Tx& tx, Time now);  // event tsa.recovered, if one was; everything queued is due at once

// How many are waiting, and since when the oldest.
struct StampQueue {
    std::int64_t waiting = 0;
    std::optional<Time> oldest;
};
BOOST_DESCRIBE_STRUCT(StampQueue, (), (waiting, oldest))
StampQueue stamp_queue(store::Reader& reader);

// Job: drains the queue until stopped; between two requests to the authority, too.
Task<> stamp(store::Store& store, Stamper stamper, Clock clock, net::Stop stop,
             std::chrono::milliseconds idle = std::chrono::seconds(1), std::size_t batch = 200);

}  // namespace rapport::evidence
