// Test of the write-ahead log's emptying.
#include "store/sqlite/checkpointer.hpp"

#include <gtest/gtest.h>

#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "store/sqlite/connection.hpp"
#include "testing/store_fixture.hpp"

namespace rapport::store {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(TheWriteAheadLog, IsEmptiedSoThatWhatWasErasedStandsInNoFile) {
    test::TemporaryFolder const folder;
    auto const path = folder.path() / "some.db";
    auto const log = folder.path() / "some.db-wal";
    Checkpointer checkpointer(path.string(), std::chrono::milliseconds(20));
    SqliteConnection writer(path.string(), Access::write, &checkpointer);
    for (auto const* sql : {"CREATE TABLE secret (key text)", "INSERT INTO secret VALUES ('a key to be erased')",
                            "UPDATE secret SET key = NULL"})
        writer.run_script(sql);
    auto const anywhere = [&] { return (bytes_of(path) + bytes_of(log)).contains("a key to be erased"); };
    for (int i = 0; i < 500 && (anywhere() || fs::file_size(log) > 0); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(anywhere());
    EXPECT_EQ(fs::file_size(log), 0u);
}

}  // namespace
}  // namespace rapport::store
