// Tests of the store on one engine at a time: transactions, group commit, errors.
#include <gtest/gtest.h>
#include "store/store.hpp"
namespace rapport::store { namespace {
constexpr Query add{"t.add","INSERT INTO thing (id, name) VALUES ($1,$2)","INSERT INTO thing (id, name) VALUES ($1,$2)"};
constexpr Query count{"t.count","SELECT count(*) FROM thing","SELECT count(*) FROM thing"};
constexpr Migration m[] = {{"t",1,"t","CREATE TABLE thing (id {{key}}, name text UNIQUE NOT NULL)"}};
TEST(Store, first) {
    std::filesystem::remove_all("/tmp/st1");
    std::span<Migration const> l[] = {m};
    auto store = Store::open({.database="/tmp/st1/db.sqlite"}, l);
    store->write_now([](Tx& tx){ tx.exec(add, 1, "a"); tx.publish({.at=system_now(), .kind="thing.added", .subject="x"}); });
    EXPECT_THROW(store->write_now([](Tx& tx){ tx.exec(add, 2, "a"); }), UniqueViolation);
    EXPECT_EQ(store->read_now([](Reader& r){ return *r.one<std::int64_t>(count); }), 1);
    EXPECT_EQ(store->read_now([](Reader& r){ return Store::events_after(r, 0, 10); }).size(), 1u);
}
}}
