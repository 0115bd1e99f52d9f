// Sealer, authority, trust and verification are for any thread: all at once, with keys that come and go.
#include <atomic>
#include <thread>

#include "evidence/test_parts.hpp"

namespace rapport::evidence::test {
namespace {

TEST(Threads, SealStampAndVerifyWithTheSameObjects) {
    Parts const shared;
    auto const tsa = *TimeStampAuthority::open(shared.stamp.key_pem, shared.stamp.certificate_pem, noon);
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 25; ++round) {
                auto const xml = shared.sealer.seal_xml(
                    statement_of(events[static_cast<std::size_t>(round) % events.size()].code), noon);
                auto const token = tsa.stamp(*timestamp_imprint(*xml), noon + std::chrono::seconds(round));
                auto const seen = verify_evidence(*with_timestamp(*xml, *token), shared.trust);
                if (seen.ok() && seen.stamped_time == noon + std::chrono::seconds(round)) ++good;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, 100);
}

TEST(Threads, DoNotMixUpTheContextsOfManyKeys) {
    for (int i = 0; i < 20; ++i) {  // more than a thread keeps
        Parts const parts;
        auto const tsa = *TimeStampAuthority::open(parts.stamp.key_pem, parts.stamp.certificate_pem, noon);
        auto const xml = *parts.sealer.seal_xml(statement_of(EventCode::A1), noon);
        EXPECT_TRUE(verify_evidence(*with_timestamp(xml, *tsa.stamp(*timestamp_imprint(xml), noon)), parts.trust).ok());
    }
}

}  // namespace
}  // namespace rapport::evidence::test
