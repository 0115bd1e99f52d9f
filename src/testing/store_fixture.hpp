// A fresh store for every test, on both engines:
//
//   class Deliveries : public test::StoreTest {
//     protected:
//       Deliveries() : StoreTest({people::sql::migrations, delivery::sql::migrations}) {}
//   };
//   RAPPORT_ON_BOTH_ENGINES(Deliveries);
//   TEST_P(Deliveries, AreFoundByTheirIdentifier) { store().write_now(…); }
//
// now() is the store's clock: it stands still until the test moves it with advance().
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "store/blobs.hpp"
#include "store/store.hpp"

namespace rapport::test {

enum class Engine { sqlite, postgresql };
inline void PrintTo(Engine engine, std::ostream* out) { *out << (engine == Engine::sqlite ? "SQLite" : "PostgreSQL"); }

// An empty folder in memory where there is one (/dev/shm), removed with the object.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;
    std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

class StoreTest : public ::testing::TestWithParam<Engine> {
  protected:
    explicit StoreTest(std::initializer_list<std::span<store::Migration const>> migrations = {});
    ~StoreTest() override;

    // Opened when first asked for.
    store::Store& store();
    store::Blobs const& blobs();
    std::filesystem::path const& folder() const { return folder_.path(); }
    std::string const& database() const { return options_.database; }

    // Closes the store and opens the same database again, as a restart does.
    void reopen();
    void close() { store_.reset(); }
    // Another store on the same database, for tests of several nodes (PostgreSQL) or of refusal (SQLite).
    std::unique_ptr<store::Store> open_another();
    // A guest beside it, as a command is.
    std::unique_ptr<store::Store> open_guest();
    // What to change before the store is first asked for.
    store::Options& options() { return options_; }

    Time now() const { return time_from_micros(now_us_); }
    void advance(Duration by) { now_us_ += by.count(); }

  private:
    TemporaryFolder folder_;
    std::vector<std::span<store::Migration const>> migrations_;
    store::Options options_;
    std::atomic<std::int64_t> now_us_;
    std::unique_ptr<store::Blobs> blobs_;
    std::unique_ptr<store::Store> store_;
};

#define RAPPORT_ON_BOTH_ENGINES(Fixture)                                                                              \
    INSTANTIATE_TEST_SUITE_P(On, Fixture,                                                                             \
                             ::testing::Values(::rapport::test::Engine::sqlite, ::rapport::test::Engine::postgresql), \
                             [](auto const& param_info) { return ::testing::PrintToString(param_info.param); })

}  // namespace rapport::test
