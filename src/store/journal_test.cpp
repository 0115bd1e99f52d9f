// Tests of the journal: numbers in the order of commits without a gap, hints, durable consumers that redo after a
// crash.
#include "store/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/things_fixture.hpp"

namespace rapport::store {
namespace {

using test::add_thing;

class Journal : public test::ThingTest {
  protected:
    static void publish(Store& store, std::string subject, Time at) {
        store.write_now([&](Tx& tx) { tx.publish({.at = at, .kind = "thing.added", .subject = subject}); });
    }
};
RAPPORT_ON_BOTH_ENGINES(Journal);

// What a consumer saw, and a way to wait for it.
class Seen {
  public:
    void add(std::span<Event const> events) {
        std::lock_guard const lock(mutex_);
        for (Event const& event : events) seqs_.push_back(event.seq);
        changed_.notify_all();
    }
    std::vector<std::int64_t> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return seqs_.size() >= count; });
        return seqs_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::int64_t> seqs_;
};

TEST_P(Journal, KeepsEveryPartOfAnEvent) {
    Event const in{.at = now(),
                   .kind = "delivery.accepted",
                   .subject = "dlv_1",
                   .customer = 42,
                   .actor_kind = ActorKind::operator_,
                   .actor_id = 7,
                   .journey = "j1",
                   .data = {{"count", 2}}};
    store().write_now([&](Tx& tx) { tx.publish(in); });
    auto const out = events();
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(out[0].seq, 1);
    EXPECT_EQ(out[0].at, in.at);
    EXPECT_EQ(out[0].kind, in.kind);
    EXPECT_EQ(out[0].subject, in.subject);
    EXPECT_EQ(out[0].customer, in.customer);
    EXPECT_EQ(out[0].actor_kind, in.actor_kind);
    EXPECT_EQ(out[0].actor_id, in.actor_id);
    EXPECT_EQ(out[0].journey, in.journey);
    EXPECT_EQ(out[0].data, in.data);
}

TEST_P(Journal, ForgetsWhatWasRolledBack) {
    publish(store(), "a", now());
    EXPECT_FALSE(store().write_now([&](Tx& tx) -> Expected<int> {
        tx.publish({.at = now(), .kind = "thing.added", .subject = "b"});
        return fail(ErrorKind::conflict, "no", "No.");
    }));
    publish(store(), "c", now());
    auto const kept = events();
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[1].seq, 2);
    EXPECT_EQ(kept[1].subject, "c");
}

TEST_P(Journal, HintsAfterTheCommitUntilTheHandleDies) {
    Seen seen;
    auto handle = store().subscribe([&](std::int64_t last) { seen.add(std::vector<Event>{{.seq = last}}); });
    publish(store(), "a", now());
    EXPECT_THAT(seen.wait_for(1), testing::ElementsAre(1));
    handle.reset();
    publish(store(), "b", now());
    EXPECT_THAT(seen.wait_for(1), testing::ElementsAre(1));
}

TEST_P(Journal, SkipsNoEventWhileSeveralNodesCommit) {
    store();
    // SQLite has one node; on PostgreSQL two more publish on the same database.
    std::vector<std::unique_ptr<Store>> others;
    if (GetParam() == test::Engine::postgresql) {
        others.push_back(open_another());
        others.push_back(open_another());
    }
    std::vector<Store*> nodes{&store()};
    for (auto& other : others) nodes.push_back(other.get());

    constexpr int per_thread = 150;
    Seen consumed;
    store().add_consumer(
        {.name = "watcher", .take = [&](Tx&, std::span<Event const> e) { consumed.add(e); }, .batch = 7});
    std::atomic<bool> done = false;
    std::vector<std::int64_t> polled;
    std::thread poller([&] {
        for (bool last_round = false;; last_round = done) {
            auto const after = polled.empty() ? 0 : polled.back();
            auto const found = store().read_now([&](Reader& r) { return Store::events_after(r, after, 1000); });
            for (auto const& event : found) polled.push_back(event.seq);
            if (last_round && found.empty()) return;
        }
    });
    std::vector<std::thread> publishers;
    for (Store* node : nodes)
        for (int t = 0; t < 2; ++t)
            publishers.emplace_back([&, node, t] {
                for (int i = 0; i < per_thread; ++i) publish(*node, std::to_string(t), now());
            });
    for (auto& publisher : publishers) publisher.join();
    done = true;
    poller.join();

    std::vector<std::int64_t> every(nodes.size() * 2 * per_thread);
    for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<std::int64_t>(i) + 1;
    EXPECT_EQ(polled, every);
    EXPECT_EQ(consumed.wait_for(every.size()), every);
}

TEST_P(Journal, ReachesAConsumerOnAnotherNode) {
    if (GetParam() == test::Engine::sqlite) return;  // one program
    Seen seen;
    store().add_consumer({.name = "watcher", .take = [&](Tx&, std::span<Event const> e) { seen.add(e); }});
    auto const other = open_another();
    publish(*other, "from there", now());
    EXPECT_THAT(seen.wait_for(1), testing::ElementsAre(1));
}

TEST_P(Journal, FeedsAConsumerOnceThoughTwoNodesRunIt) {
    if (GetParam() == test::Engine::sqlite) return;
    Seen seen;
    Consumer const consumer{.name = "shared",
                            .take =
                                [&](Tx& tx, std::span<Event const> events) {
                                    for (Event const& event : events) tx.exec(add_thing, event.seq, event.subject);
                                    seen.add(events);
                                },
                            .batch = 3};
    auto const other = open_another();
    store().add_consumer(consumer);
    other->add_consumer(consumer);
    for (int i = 0; i < 60; ++i) publish(i % 2 ? store() : *other, std::to_string(i), now());
    while (things() < 60) std::this_thread::yield();
    EXPECT_EQ(seen.wait_for(60).size(), 60u);  // a second time would have met the unique rule
}

TEST_P(Journal, GivesAConsumerItsEventsAgainAfterItFailed) {
    Seen seen;
    std::atomic<int> failures = 2;
    for (int i = 1; i <= 5; ++i) publish(store(), std::to_string(i), now());
    store().add_consumer({.name = "fragile",
                          .take =
                              [&](Tx& tx, std::span<Event const> events) {
                                  for (Event const& event : events) tx.exec(add_thing, event.seq, event.subject);
                                  if (events.back().seq == 5 && failures-- > 0) throw std::runtime_error("half-way");
                                  seen.add(events);
                              },
                          .batch = 2});
    EXPECT_THAT(seen.wait_for(5), testing::ElementsAre(1, 2, 3, 4, 5));
    while (things() < 5) std::this_thread::yield();  // seen, and then committed
}

TEST_P(Journal, GoesOnWhereAConsumerStoodBeforeTheRestart) {
    Seen before, after;
    publish(store(), "a", now());
    store().add_consumer({.name = "steady", .take = [&](Tx&, std::span<Event const> e) { before.add(e); }});
    EXPECT_THAT(before.wait_for(1), testing::ElementsAre(1));
    reopen();
    publish(store(), "b", now());
    store().add_consumer({.name = "steady", .take = [&](Tx&, std::span<Event const> e) { after.add(e); }});
    EXPECT_THAT(after.wait_for(1), testing::ElementsAre(2));
}

TEST_P(Journal, CanBeRewoundForAConsumer) {
    Seen seen;
    for (int i = 1; i <= 3; ++i) publish(store(), std::to_string(i), now());
    store().add_consumer({.name = "reader", .take = [&](Tx&, std::span<Event const> e) { seen.add(e); }});
    seen.wait_for(3);
    store().rewind("reader", 1);
    EXPECT_THAT(seen.wait_for(5), testing::ElementsAre(1, 2, 3, 2, 3));
}

}  // namespace
}  // namespace rapport::store
