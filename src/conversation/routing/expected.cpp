// Samples of waiting, and their 80th percentile.
#include "conversation/routing/expected.hpp"

#include <algorithm>
#include <cstdlib>

#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "templates/offsets.hpp"

namespace rapport::conversation {
namespace {

using namespace std::chrono;

constexpr auto looked_back = weeks(4);
constexpr auto kept = weeks(8);
constexpr std::size_t least_samples = 20;

struct Sample {
    Time asked_at{};
    std::int64_t waited_s = 0;
};
BOOST_DESCRIBE_STRUCT(Sample, (), (asked_at, waited_s))

struct HourOfWeek {
    int hour = 0;
    bool weekend = false;
};
HourOfWeek hour_of(templates::Offsets const& offsets, Time at) {
    auto const local = at + offsets.at(at).ahead;
    auto const day = floor<days>(local);
    auto const iso = weekday(day).iso_encoding();
    return {static_cast<int>(duration_cast<hours>(local - day).count()), iso >= 6};
}

bool is_alike(HourOfWeek a, HourOfWeek b) {
    auto const apart = std::abs(a.hour - b.hour);
    return a.weekend == b.weekend && std::min(apart, 24 - apart) <= 1;
}

}  // namespace

ExpectedReply expected_reply(store::Reader& reader, std::optional<MailboxId> mailbox, std::string const& zone,
                             Time now) {
    auto const offsets = templates::Offsets::of(zone);
    auto const hour = hour_of(*offsets, now);
    auto const since = now - looked_back;
    auto const all = mailbox ? reader.all<Sample>(sql::reply_samples, *mailbox, since, now)
                             : reader.all<Sample>(sql::reply_samples_of_all, since, now);
    std::vector<std::int64_t> waited;
    for (auto const& one : all)
        if (is_alike(hour_of(*offsets, one.asked_at), hour)) waited.push_back(one.waited_s);
    ExpectedReply out{{}, static_cast<std::int64_t>(waited.size())};
    if (waited.size() < least_samples) return out;
    // The least time within which at least four of five were answered (nearest rank).
    auto const rank = static_cast<std::ptrdiff_t>((waited.size() * 4 + 4) / 5) - 1;
    std::ranges::nth_element(waited, waited.begin() + rank);
    out.within_s = waited[static_cast<std::size_t>(rank)];
    return out;
}

void sample_reply(store::Tx& tx, ConversationRow const& before, MessageRow const& said) {
    if (said.direction != Direction::out || said.author_kind != ActorKind::agent) return;
    if (said.state == MessageState::withdrawn) return tx.exec(sql::drop_reply_sample, said.id);
    if (!before.waiting_since || said.at < *before.waiting_since) return;
    auto const waited = duration_cast<seconds>(said.at - *before.waiting_since).count();
    tx.exec(sql::insert_reply_sample, said.id, before.mailbox, *before.waiting_since, waited);
}

void forget_samples(store::Tx& tx, Time now) { tx.exec(sql::forget_reply_samples, now - kept); }

}  // namespace rapport::conversation
