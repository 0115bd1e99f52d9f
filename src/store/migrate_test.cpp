// Tests of migrations on both engines.
#include "store/migrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "store/things_fixture.hpp"

namespace rapport::store {
namespace {

using Modules = std::vector<std::span<Migration const>>;

constexpr Migration first{"m", 1, "first", "CREATE TABLE a (id {{key}}); CREATE TABLE b (id {{key}}, c {{json}})"};
constexpr Migration second{"m", 2, "second", "ALTER TABLE a ADD COLUMN x {{blob}}"};
constexpr Migration one[] = {first};
constexpr Migration two[] = {first, second};
constexpr Query look{"m.look", "SELECT x FROM a", "SELECT x FROM a"};

class Migrations : public test::StoreTest {
  protected:
    std::unique_ptr<Store> open(Modules const& modules) { return Store::open(options(), modules); }
    std::string refusal(Modules const& modules) {
        try {
            open(modules);
            return "opened";
        } catch (std::runtime_error const& error) {
            return error.what();
        }
    }
};
RAPPORT_ON_BOTH_ENGINES(Migrations);

TEST_P(Migrations, AreAppliedOnceAndForwardOnly) {
    open({one});
    Query const* const queries[] = {&look};
    EXPECT_THROW(open({one})->check(queries), std::runtime_error);
    open({two})->check(queries);
    open({two})->check(queries);
}

TEST_P(Migrations, AreRefusedToAnOlderProgram) {
    open({two});
    EXPECT_THAT(refusal({one}), testing::HasSubstr("newer than this program: it has the migration m 2"));
    EXPECT_THAT(refusal({}), testing::HasSubstr("newer than this program"));
}

TEST_P(Migrations, AreRefusedWhenOneWasChangedAfterwards) {
    open({one});
    static constexpr Migration changed[] = {{"m", 1, "first", "CREATE TABLE a (id {{key}}, y text)"}};
    EXPECT_THAT(refusal({changed}), testing::HasSubstr("m 1 was changed after it had been applied"));
}

TEST_P(Migrations, LeaveNothingBehindWhenOneFails) {
    static constexpr Migration broken[] = {
        first, {"m", 2, "broken", "CREATE TABLE c (id {{key}}); CREATE TABLE a (id {{key}})"}};
    EXPECT_THAT(refusal({broken}), testing::HasSubstr("Migration m 2 (broken) failed, nothing of it was kept"));
    static constexpr Migration mended[] = {first, {"m", 2, "mended", "CREATE TABLE c (id {{key}})"}};
    open({mended});
}

TEST_P(Migrations, NameATypeTokenThatDoesNotExist) {
    static constexpr Migration odd[] = {{"m", 1, "odd", "CREATE TABLE a (id {{uuid}})"}};
    EXPECT_THAT(refusal({odd}), testing::HasSubstr("unknown type token uuid"));
}

TEST_P(Migrations, WaitForAnotherNodeThatMigrates) {
    if (GetParam() == test::Engine::sqlite) return;  // one program
    std::vector<std::future<std::unique_ptr<Store>>> nodes;
    for (int i = 0; i < 4; ++i) nodes.push_back(std::async(std::launch::async, [&] { return open({two}); }));
    for (auto& node : nodes) EXPECT_TRUE(node.get());
}

TEST_P(Migrations, RefuseASecondProgramOnAnEmbeddedDatabase) {
    if (GetParam() == test::Engine::postgresql) return;  // any number of nodes
    auto const store = open({one});
    EXPECT_THAT(refusal({one}), testing::HasSubstr("is in use by another program"));
}

}  // namespace
}  // namespace rapport::store
