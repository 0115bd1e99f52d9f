// Tests of transactions on both engines: results, errors, savepoints, bags, the group commit, limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <thread>

#include "store/sql.hpp"
#include "store/things_fixture.hpp"

namespace rapport::store {
namespace {

using test::add_thing;
using test::count_things;

struct ThingTag {
    static constexpr std::string_view prefix = "thg";
};
using ThingId = Id<ThingTag>;

class Stores : public test::ThingTest {};
RAPPORT_ON_BOTH_ENGINES(Stores);

TEST_P(Stores, KeepWhatAWriteReturnedFromIt) {
    auto const given = store().write_now([](Tx& tx) {
        tx.exec(add_thing, 1, "one");
        return tx.one<std::int64_t>(count_things).value();
    });
    EXPECT_EQ(given, 1);
    EXPECT_EQ(things(), 1);
    reopen();
    EXPECT_EQ(things(), 1);
}

TEST_P(Stores, BindAndReadEveryKindOfValue) {
    test::Everything const in{.key = 7,
                              .number = -9'000'000'000'000'000'000,
                              .real = 0.1,
                              .text = "‏سلام 'x' \\ \n",
                              .empty = "",
                              .blob = Blob{Bytes("\0\1\xff\\x", 5)},
                              .at = now(),
                              .flag = true,
                              .data = {{"a", 1}, {"b", nullptr}},
                              .colour = test::Colour::green,
                              .digest = sha256("x"),
                              .absent = std::nullopt,
                              .present = "there"};
    store().write_now([&](Tx& tx) {
        tx.exec(test::add_everything, in.key, in.number, in.real, in.text, in.empty, in.blob, in.at, in.flag, in.data,
                in.colour, in.digest, in.absent, in.present);
    });
    auto const out =
        store().read_now([](Reader& reader) { return reader.one<test::Everything>(test::find_everything, 7); });
    ASSERT_TRUE(out);
    EXPECT_EQ(out->number, in.number);
    EXPECT_EQ(out->real, in.real);
    EXPECT_EQ(out->text, in.text);
    EXPECT_EQ(out->empty, "");
    EXPECT_EQ(out->blob, in.blob);
    EXPECT_EQ(out->at, in.at);
    EXPECT_TRUE(out->flag);
    EXPECT_EQ(out->data, in.data);
    EXPECT_EQ(out->colour, in.colour);
    EXPECT_EQ(out->digest, in.digest);
    EXPECT_FALSE(out->absent);
    EXPECT_EQ(out->present, "there");
}

TEST_P(Stores, RollBackAFunctionThatReturnsAnError) {
    auto const refused = store().write_now([](Tx& tx) -> Expected<int> {
        tx.exec(add_thing, 1, "one");
        return fail(ErrorKind::conflict, "taken", "No.");
    });
    EXPECT_EQ(refused.error().code, "taken");
    auto const late = store().write_now([](Tx& tx) -> Expected<int> {
        tx.exec(add_thing, 1, "one");
        EXPECT_EQ(tx.one<std::int64_t>(count_things), 1);
        tx.exec(add_thing, 2, "two");
        return fail(ErrorKind::conflict, "taken", "No.");
    });
    EXPECT_FALSE(late);
    EXPECT_EQ(things(), 0);
    EXPECT_EQ(store().write_now([](Tx& tx) -> Expected<int> {
        tx.exec(add_thing, 3, "three");
        return 3;
    }),
              3);
    EXPECT_EQ(things(), 1);
}

TEST_P(Stores, CountTheRowsAStatementChanged) {
    store().write_now([](Tx& tx) {
        tx.exec(add_thing, 1, "one");
        tx.exec(add_thing, 2, "two");
        EXPECT_EQ(tx.changed(test::rename_things, 1, "x"), 1);
        EXPECT_EQ(tx.changed(test::rename_things, 9, "x"), 0);
    });
}

TEST_P(Stores, TellOnlyTheFunctionsThatFailedWithinAGroup) {
    // The first function holds the writer until all others wait: they make one group.
    constexpr int callers = 60;
    store();
    std::promise<void> go;
    auto const held = std::async(std::launch::async, [&] { store().write_now([&](Tx&) { go.get_future().wait(); }); });
    std::vector<std::future<std::string>> outcomes;
    std::latch started(callers);
    for (int i = 0; i < callers; ++i)
        outcomes.push_back(std::async(std::launch::async, [&, i]() -> std::string {
            started.count_down();
            try {
                auto const result = store().write_now([&](Tx& tx) -> Expected<int> {
                    tx.publish({.at = now(), .kind = "thing.added", .subject = std::to_string(i)});
                    tx.exec(add_thing, 100 + i, i % 4 == 0 ? "same" : std::to_string(i));
                    if (i % 4 == 1) throw std::runtime_error("thrown");
                    if (i % 4 == 2) return fail(ErrorKind::conflict, "refused", "No.");
                    return i;
                });
                return result ? "kept" : result.error().code;
            } catch (UniqueViolation const&) {
                return "unique";
            } catch (std::runtime_error const& error) {
                return error.what();
            }
        }));
    started.wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // lets them queue; the outcome does not depend on it
    go.set_value();
    std::map<std::string, int> counted;
    for (auto& outcome : outcomes) ++counted[outcome.get()];
    EXPECT_THAT(counted, testing::ElementsAre(testing::Pair("kept", 16), testing::Pair("refused", 15),
                                              testing::Pair("thrown", 15), testing::Pair("unique", 14)));
    EXPECT_EQ(things(), 16);
    EXPECT_EQ(events().size(), 16u);
}

TEST_P(Stores, DropWhatARolledBackFunctionLeftForTheFlush) {
    static char const key = 0;
    static std::vector<std::vector<int>> flushed;
    flushed.clear();
    Flush<int> const flush = [](Tx& tx, std::vector<int>& items) {
        flushed.push_back(items);
        for (int item : items) tx.exec(add_thing, item, "left " + std::to_string(item));
        tx.publish({.at = {}, .kind = "things.flushed", .subject = "x"});
    };
    store().write_now([&](Tx& tx) {
        tx.leave(&key, 1, flush);
        tx.leave(&key, 2, flush);
    });
    EXPECT_THROW(store().write_now([&](Tx& tx) {
        tx.leave(&key, 3, flush);
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_EQ(flushed, (std::vector<std::vector<int>>{{1, 2}}));
    EXPECT_EQ(things(), 2);
    EXPECT_EQ(events().size(), 1u);
    // A flush that fails takes its function with it.
    EXPECT_THROW(store().write_now([&](Tx& tx) { tx.leave(&key, 1, flush); }), UniqueViolation);
    EXPECT_EQ(things(), 2);
}

TEST_P(Stores, GiveReadersOneSnapshot) {
    store().write_now([](Tx& tx) { tx.exec(add_thing, 1, "one"); });
    store().read_now([&](Reader& reader) {
        EXPECT_EQ(reader.one<std::int64_t>(count_things), 1);
        auto const writer =
            std::async(std::launch::async, [&] { store().write_now([](Tx& tx) { tx.exec(add_thing, 2, "two"); }); });
        writer.wait();
        EXPECT_EQ(reader.one<std::int64_t>(count_things), 1);
    });
    EXPECT_EQ(things(), 2);
}

TEST_P(Stores, LetAQueryBeAskedAgainFromWithinItsRows) {
    store().write_now([](Tx& tx) {
        for (int i = 1; i <= 3; ++i) tx.exec(add_thing, i, "n" + std::to_string(i));
    });
    int seen = 0;
    store().read_now([&](Reader& reader) {
        reader.each(test::list_things,
                    [&](Row const&) { seen += static_cast<int>(reader.all<std::string>(test::list_things).size()); });
    });
    EXPECT_EQ(seen, 9);
}

TEST_P(Stores, RefuseMoreThanTheirQueueHolds) {
    options().queue_limit = 3;
    store();
    std::promise<void> go, running;
    auto const held = std::async(std::launch::async, [&] {
        store().write_now([&](Tx&) {
            running.set_value();
            go.get_future().wait();
        });
    });
    running.get_future().wait();
    std::atomic<int> refused = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < 8; ++i)
        callers.emplace_back([&, i] {
            try {
                store().write_now([&](Tx& tx) { tx.exec(add_thing, i, std::to_string(i)); });
            } catch (Unavailable const& error) {
                EXPECT_GE(error.retry_after_s, 1);
                ++refused;
            }
        });
    while (refused < 5) std::this_thread::yield();
    go.set_value();
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(refused, 5);
    EXPECT_EQ(things(), 3);
}

TEST_P(Stores, NameTheStatementsThatTheEngineRefuses) {
    check_queries(store(), sql::all);
    static constexpr Query bad{"test.bad", "SELECT nothing FROM nowhere", "SELECT nothing FROM nowhere"};
    Query const* const list[] = {&count_things, &bad};
    try {
        check_queries(store(), list);
        FAIL();
    } catch (std::runtime_error const& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("test.bad"));
    }
}

TEST_P(Stores, CompleteCoroutinesInTheirOwnContext) {
    EXPECT_EQ(test::run_in_context([&]() -> Task<int> {
                  auto const made = co_await store().write([](Tx& tx) {
                      tx.exec(add_thing, 1, "one");
                      return std::string("made");
                  });
                  EXPECT_EQ(made, "made");
                  auto const home = std::this_thread::get_id();
                  auto const seen =
                      co_await store().read([](Reader& reader) { return reader.one<std::int64_t>(count_things); });
                  EXPECT_EQ(home, std::this_thread::get_id());
                  bool refused = false;
                  try {
                      co_await store().write([](Tx& tx) { tx.exec(add_thing, 1, "again"); });
                  } catch (UniqueViolation const&) {
                      refused = true;
                  }
                  EXPECT_TRUE(refused);
                  co_return static_cast<int>(*seen);
              }),
              1);
}

TEST_P(Stores, MakeIdentifiersThatRise) {
    auto const [a, b] = store().write_now([](Tx& tx) { return std::pair(tx.new_id<ThingId>(), tx.new_id<ThingId>()); });
    EXPECT_LT(a, b);
    EXPECT_TRUE(to_text(a).starts_with("thg_"));
}

}  // namespace
}  // namespace rapport::store
