// The stores of tests; see store_fixture.hpp.
#include "testing/store_fixture.hpp"

#include <unistd.h>

#include <cstdlib>

#include "testing/postgres_cluster.hpp"

namespace rapport::test {

TemporaryFolder::TemporaryFolder() {
    std::string name = (::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + std::string("/rapport-test-XXXXXX");
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

StoreTest::StoreTest(std::initializer_list<std::span<store::Migration const>> migrations)
    : migrations_(migrations), now_us_(micros(*time_from_text("2026-11-21T09:00:00Z"))) {
    options_.database = GetParam() == Engine::sqlite ? (folder() / "rapport.db").string()
                                                     : PostgresCluster::instance().create_database();
    options_.blobs = folder() / "blobs";
}

StoreTest::~StoreTest() {
    store_.reset();
    if (GetParam() == Engine::postgresql) PostgresCluster::instance().drop_database(options_.database);
}

store::Store& StoreTest::store() {
    if (!store_) store_ = open_another();
    return *store_;
}

store::Blobs const& StoreTest::blobs() {
    if (!blobs_) blobs_ = std::make_unique<store::Blobs>(options_.blobs);
    return *blobs_;
}

void StoreTest::reopen() {
    store_.reset();
    store();
}

std::unique_ptr<store::Store> StoreTest::open_another() {
    return store::Store::open(options_, migrations_, [this] { return now(); });
}

std::unique_ptr<store::Store> StoreTest::open_guest() {
    auto options = options_;
    options.role = store::Role::guest;
    return store::Store::open(options, migrations_, [this] { return now(); });
}

}  // namespace rapport::test
