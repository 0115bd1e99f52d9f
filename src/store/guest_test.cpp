// Tests of commands beside a running server, on both engines: two programs on one database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <set>
#include <thread>

#include "store/things_fixture.hpp"

namespace rapport::store {
namespace {

using test::add_thing;
using namespace std::chrono_literals;

struct ThingTag {};
using ThingId = Id<ThingTag>;

void publish(Store& store, std::string const& subject) {
    store.write_now([&](Tx& tx) { tx.publish({.at = {}, .kind = "thing.added", .subject = subject}); });
}

class Guests : public test::ThingTest {
  protected:
    std::string refusal(Role role, std::vector<std::span<Migration const>> const& modules) {
        auto wanted = options();
        wanted.role = role;
        try {
            Store::open(wanted, modules);
            return "opened";
        } catch (std::runtime_error const& error) {
            return error.what();
        }
    }
};
RAPPORT_ON_BOTH_ENGINES(Guests);

TEST_P(Guests, WorkBesideTheServerAndSeeWhatItWrites) {
    store().write_now([](Tx& tx) { tx.exec(add_thing, 1, "server's"); });
    auto const guest = open_guest();
    auto const another = open_guest();
    guest->write_now([](Tx& tx) {
        EXPECT_EQ(tx.one<std::int64_t>(test::count_things), 1);
        tx.exec(add_thing, 2, "guest's");
    });
    another->write_now([](Tx& tx) { tx.exec(add_thing, 3, "other guest's"); });
    EXPECT_EQ(things(), 3);
}

TEST_P(Guests, AreServedTheirTurnWhileTheServerWritesWithoutPause) {
    std::atomic<bool> done = false;
    std::atomic<std::int64_t> written = 0;
    std::thread busy([&] {
        for (std::int64_t i = 1'000'000; !done; ++i) {
            store().write_now([&](Tx& tx) {
                tx.exec(add_thing, i, std::to_string(i));
                tx.publish({.at = now(), .kind = "thing.added", .subject = "server"});
            });
            ++written;
        }
    });
    while (written == 0) std::this_thread::yield();
    auto const guest = open_guest();
    auto const start = std::chrono::steady_clock::now();
    for (int i = 1; i <= 50; ++i)
        guest->write_now([&](Tx& tx) {
            tx.exec(add_thing, i, std::to_string(i));
            tx.publish({.at = now(), .kind = "thing.added", .subject = "guest"});
        });
    auto const took = std::chrono::steady_clock::now() - start;
    done = true;
    busy.join();
    EXPECT_LT(took, 10s);
    EXPECT_TRUE(store().writable());
    EXPECT_EQ(things(), written + 50);
    auto const all = events();
    ASSERT_EQ(all.size(), static_cast<std::size_t>(written + 50));
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].seq, static_cast<std::int64_t>(i) + 1);
}

TEST_P(Guests, MakeOtherIdentifiersThanTheServerAndEachOther) {
    auto const guest = open_guest();
    auto const another = open_guest();
    std::set<ThingId> made;
    for (int i = 0; i < 500; ++i)  // the clock stands still: without numbers of their own they would make the same
        for (Store* each : {&store(), guest.get(), another.get()}) {
            made.insert(each->ids().next<ThingId>());
            if (i % 100 == 0) made.insert(each->write_now([](Tx& tx) { return tx.new_id<ThingId>(); }));
        }
    EXPECT_EQ(made.size(), 3u * 505);
}

TEST_P(Guests, ReachTheServersSubscribersAndConsumersWithinASecondOrSo) {
    std::promise<std::int64_t> hinted;
    std::atomic<bool> told = false;
    auto const subscription = store().subscribe([&](std::int64_t seq) {
        if (!told.exchange(true)) hinted.set_value(seq);
    });
    std::promise<std::string> consumed;
    store().add_consumer(
        {.name = "watcher", .take = [&](Tx&, std::span<Event const> e) { consumed.set_value(e[0].subject); }});
    publish(*open_guest(), "from a command");
    auto seq = hinted.get_future();
    ASSERT_EQ(seq.wait_for(3s), std::future_status::ready);
    EXPECT_EQ(seq.get(), 1);
    auto subject = consumed.get_future();
    ASSERT_EQ(subject.wait_for(3s), std::future_status::ready);
    EXPECT_EQ(subject.get(), "from a command");
}

TEST_P(Guests, DoNotGetTheServersNumberAfterItsSessionsWereCut) {
    if (GetParam() == test::Engine::sqlite) return;  // no sessions
    store().write_now([](Tx& tx) { tx.exec(add_thing, 1, "one"); });
    static constexpr std::string_view cut =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()";
    static constexpr Query cut_all{"test.cut", cut, cut};
    static constexpr std::string_view holder =
        "SELECT pid FROM pg_locks WHERE classid = 1380012113 AND objid = 0 AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    static constexpr Query holder_of_number{"test.holder", holder, holder};
    auto const who = [&] {
        return store().read_now([](Reader& reader) { return reader.one<std::int64_t>(holder_of_number); });
    };
    auto const before = who();
    open_guest()->read_now([](Reader& reader) { reader.one<std::int64_t>(cut_all); });
    for (std::optional<std::int64_t> now_held; !now_held || now_held == before;) try {
            store().write_now([](Tx& tx) { tx.exec(test::rename_things, 1, "again"); });
            now_held = who();
        } catch (Unavailable const&) {
            std::this_thread::yield();
        }
    auto const guest = open_guest();
    EXPECT_NE(store().ids().next<ThingId>(),
              guest->ids().next<ThingId>());  // the clock stands still: numbers tell them apart
    EXPECT_THAT(refusal(Role::guest, {}), testing::HasSubstr("newer than this program"));
}

TEST_P(Guests, ReadOneSnapshotWhileTheServerWrites) {
    store().write_now([](Tx& tx) { tx.exec(add_thing, 1, "one"); });
    auto const guest = open_guest();
    guest->read_now([&](Reader& reader) {
        EXPECT_EQ(reader.one<std::int64_t>(test::count_things), 1);
        auto const writer =
            std::async(std::launch::async, [&] { store().write_now([](Tx& tx) { tx.exec(add_thing, 2, "two"); }); });
        writer.wait();
        EXPECT_EQ(reader.one<std::int64_t>(test::count_things), 1);
    });
}

TEST_P(Guests, MigrateOnlyWhereNoServerRuns) {
    static constexpr Migration old_ones[] = {{"m", 1, "first", "CREATE TABLE a (id {{key}})"}};
    static constexpr Migration new_ones[] = {old_ones[0], {"m", 2, "second", "ALTER TABLE a ADD COLUMN x {{blob}}"}};
    {
        auto const server = Store::open(options(), std::vector<std::span<Migration const>>{old_ones});
        EXPECT_EQ(refusal(Role::guest, {old_ones}), "opened");
        EXPECT_THAT(refusal(Role::guest, {new_ones}), testing::HasSubstr("Restart the server with this version first"));
        EXPECT_EQ(refusal(Role::guest, {old_ones}), "opened");  // the refusal leaves nothing locked
    }
    EXPECT_EQ(refusal(Role::guest, {new_ones}), "opened");
    EXPECT_EQ(refusal(Role::server, {new_ones}), "opened");
    EXPECT_THAT(refusal(Role::guest, {old_ones}), testing::HasSubstr("newer than this program"));
}

TEST_P(Guests, LeaveTheServersPlaceFree) {
    auto const guest = open_guest();
    EXPECT_NO_THROW(store().write_now([](Tx& tx) { tx.exec(add_thing, 1, "one"); }));
    if (GetParam() == test::Engine::postgresql) return;  // any number of servers
    EXPECT_THAT(refusal(Role::server, {test::thing_migrations}), testing::HasSubstr("a server runs on it already"));
}

TEST_P(Guests, OpenAFreshDatabaseAtTheSameTime) {
    std::vector<std::future<std::unique_ptr<Store>>> opened;
    for (int i = 0; i < 4; ++i) opened.push_back(std::async(std::launch::async, [&] { return open_guest(); }));
    opened.push_back(std::async(std::launch::async, [&] { return open_another(); }));
    std::vector<std::unique_ptr<Store>> stores;
    for (auto& one : opened) {
        stores.push_back(one.get());
        stores.back()->write_now(
            [&](Tx& tx) { tx.exec(add_thing, std::int64_t(stores.size()), std::to_string(stores.size())); });
    }
    stores.clear();
    EXPECT_EQ(things(), 5);
}

}  // namespace
}  // namespace rapport::store
