// Tests of contents in rows and files, and of the keyring.
#include "store/blobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <fstream>
#include <thread>

#include "store/keyring.hpp"
#include "store/things_fixture.hpp"

namespace rapport::store {
namespace {

namespace fs = std::filesystem;

class Contents : public test::StoreTest {
  protected:
    PreparedBlob stored(ByteView plain) {
        auto blob = blobs().prepare(plain, key_);
        store().write_now([&](Tx& tx) { blobs().keep(tx, blob); });
        return blob;
    }
    Expected<Bytes> read(Digest const& address, Key256 const& key) {
        return store().read_now([&](Reader& reader) { return blobs().read(reader, address, key); });
    }
    std::vector<fs::path> files() {
        std::vector<fs::path> found;
        for (auto const& entry : fs::recursive_directory_iterator(options().blobs))
            if (entry.is_regular_file()) found.push_back(entry.path());
        return found;
    }
    Key256 const key_ = random_key();
};
RAPPORT_ON_BOTH_ENGINES(Contents);

TEST_P(Contents, ComeBackAsTheyWentIn) {
    for (std::size_t const size : {0u, 1u, 1000u, 32u * 1024, 32u * 1024 + 1, 300'000u}) {
        Bytes const plain = random_bytes(size);
        auto const blob = stored(plain);
        EXPECT_EQ(blob.size, static_cast<std::int64_t>(size));
        EXPECT_EQ(read(blob.address, key_), plain);
    }
    EXPECT_EQ(files().size(), 2u);
}

TEST_P(Contents, AreStoredEncryptedUnderTheHashOfWhatIsStored) {
    Bytes const plain(100'000, 'x');
    auto const blob = stored(plain);
    auto const path = files().at(0);
    std::ifstream in(path, std::ios::binary);
    Bytes const bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(sha256(bytes), blob.address);
    EXPECT_EQ(path.filename(), to_hex(blob.address.view()));
    EXPECT_EQ(bytes.find("xxxxxxxx"), Bytes::npos);
}

TEST_P(Contents, AreUnreadableWithAnotherKeyOrAfterAChange) {
    auto const small = stored("small"), large = stored(Bytes(50'000, 'x'));
    EXPECT_EQ(read(small.address, random_key()).error().code, "blob_damaged");
    EXPECT_EQ(read(sha256("other"), key_).error().code, "blob_missing");
    auto const path = files().at(0);
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(100).put('\0').put('\1');
    EXPECT_EQ(read(large.address, key_).error().code, "blob_damaged");
    auto const damaged = [&] { return store().read_now([&](Reader& r) { return blobs().damaged(r); }); };
    EXPECT_THAT(damaged(), testing::ElementsAre(large.address));
    fs::remove(path);
    EXPECT_EQ(read(large.address, key_).error().code, "blob_missing");
    EXPECT_THAT(damaged(), testing::ElementsAre(large.address));
}

TEST_P(Contents, LeaveNoFileBehindThatNoRowSpeaksOf) {
    auto const kept = stored(Bytes(50'000, 'k'));
    auto const dropped = stored(Bytes(50'000, 'd'));
    store().write_now([&](Tx& tx) { blobs().drop(tx, dropped.address); });
    blobs().prepare(Bytes(50'000, 'o'), key_);
    std::ofstream(options().blobs / "12.new") << "cut off";
    Blobs const of_the_next_start(options().blobs);
    auto const sweep = [&](Time at) {
        return store().read_now([&](Reader& r) { return of_the_next_start.sweep(r, at); });
    };
    EXPECT_EQ(sweep(system_now()), 0u);  // younger than an hour: their transaction may still come
    EXPECT_EQ(sweep(system_now() + std::chrono::hours(2)), 3u);
    EXPECT_EQ(files().size(), 1u);
    EXPECT_TRUE(read(kept.address, key_));
}

TEST_P(Contents, OutliveAClockThatJumpsForwardBetweenTheirFileAndTheirRow) {
    auto monotonic = std::chrono::steady_clock::now();
    Blobs const mine(options().blobs, [&] { return monotonic; });
    auto const prepared = mine.prepare(Bytes(50'000, 'p'), key_);
    auto const sweep_tomorrow = [&] {
        return store().read_now([&](Reader& r) { return mine.sweep(r, system_now() + std::chrono::hours(24)); });
    };
    EXPECT_EQ(sweep_tomorrow(), 0u);
    monotonic += std::chrono::minutes(61);
    EXPECT_EQ(sweep_tomorrow(), 1u);
    EXPECT_TRUE(files().empty());
}

TEST(AKeyring, KeepsItsMasterKeyToItself) {
    test::TemporaryFolder const folder;
    auto const keys = Keyring::open(folder.path() / "keys");
    auto const path = folder.path() / "keys" / "master.key";
    EXPECT_EQ(fs::file_size(path), 32u);
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(Keyring::open(folder.path() / "keys").derive("a"), keys.derive("a"));
    EXPECT_NE(keys.derive("a"), keys.derive("b"));
    EXPECT_NE(Keyring::open(folder.path() / "other").derive("a"), keys.derive("a"));
    fs::permissions(path, fs::perms::group_read, fs::perm_options::add);
    EXPECT_THROW(Keyring::open(folder.path() / "keys"), std::runtime_error);
    fs::permissions(path, fs::perms::group_read, fs::perm_options::remove);
    fs::resize_file(path, 31);
    EXPECT_THROW(Keyring::open(folder.path() / "keys"), std::runtime_error);
}

TEST(AKeyring, IsTheSameForAllWhoStartOnAnEmptyFolderAtOnce) {
    for (int round = 0; round < 20; ++round) {
        test::TemporaryFolder const folder;
        std::barrier start(8);
        std::vector<Key256> derived(8);
        {
            std::vector<std::jthread> starters;
            for (auto& key : derived)
                starters.emplace_back([&] {
                    start.arrive_and_wait();
                    key = Keyring::open(folder.path() / "keys").derive("a");
                });
        }
        EXPECT_THAT(derived, testing::Each(derived.front()));
        EXPECT_EQ(Keyring::open(folder.path() / "keys").derive("a"), derived.front());
        EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "keys"), fs::directory_iterator()), 1);
    }
}

TEST(AKeyring, WrapsKeys) {
    test::TemporaryFolder const folder;
    auto const keys = Keyring::open(folder.path());
    auto const key = random_key();
    auto wrapped = keys.wrap(key);
    EXPECT_EQ(keys.unwrap(wrapped), key);
    wrapped[3] = static_cast<char>(wrapped[3] ^ 1);
    EXPECT_EQ(keys.unwrap(wrapped).error().code, "key_damaged");
}

}  // namespace
}  // namespace rapport::store
