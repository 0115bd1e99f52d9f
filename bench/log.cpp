// What the log costs: records of evidence kept with the log beside the same rows without it (one writer, SQLite, in
// commits of 1, 20 and 200), and inclusion proofs at 10,000,000 leaves. --leaves N, --folder DIR. Filling takes
// minutes:
// --part fill leaves the folder behind, --part proofs measures in it.
#include <cstdio>
#include <filesystem>
#include <random>
#include <string_view>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "evidence/log.hpp"
#include "evidence/sql.hpp"

namespace {

using namespace rapport;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

std::unique_ptr<store::Store> open_store(std::filesystem::path const& folder, bool empty = true) {
    if (empty) std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    store::Options options;
    options.database = (folder / "bench.db").string();
    options.blobs = folder / "blobs";
    std::span<store::Migration const> const evidence_migrations = evidence::sql::migrations;
    return store::Store::open(options, {&evidence_migrations, 1});
}

evidence::Sealed record(std::int64_t id) {
    evidence::Sealed sealed;
    sealed.id = evidence::EvidenceId{id};
    sealed.xml = Bytes(4'000, 'x');
    sealed.salt.octets[0] = static_cast<std::uint8_t>(id);
    sealed.commitment = sha256(std::to_string(id));
    return sealed;
}

double append_rate(std::filesystem::path const& folder, std::size_t batch, bool logged) {
    auto const store = open_store(folder);
    std::int64_t id = 0;
    auto const start = Steady::now();
    while (seconds_since(start) < 3)
        store->write_now([&](store::Tx& tx) {
            for (std::size_t i = 0; i < batch; ++i) {
                auto const sealed = record(++id);
                if (logged)
                    evidence::append(tx, sealed, id, Time{});
                else
                    tx.exec(evidence::sql::insert_evidence, sealed.id, id, sealed.number, sealed.event, sealed.time,
                            Time{}, sealed.salt, store::BlobView{sealed.xml}, std::optional<store::BlobView>());
            }
        });
    return static_cast<double>(id) / seconds_since(start);
}

// Leaves and tiles alone: proofs read nothing else.
double fill(store::Store& store, std::uint64_t leaves) {
    evidence::CompactRange range;
    std::vector<Digest> tile;
    std::vector<std::vector<Digest>> above(4);
    auto const put = [](store::Tx& tx, unsigned level, std::uint64_t number, std::vector<Digest> const& hashes) {
        Bytes bytes;
        for (auto const& h : hashes) bytes += h.view();
        Digest const root = evidence::root_of(hashes);
        tx.exec(evidence::sql::insert_tile, evidence::tile_id(level, number), root, store::BlobView{bytes});
        return root;
    };
    auto const start = Steady::now();
    while (range.size() < leaves)
        store.write_now([&](store::Tx& tx) {
            for (int i = 0; i < 65'536 && range.size() < leaves; ++i) {
                auto const entry = sha256(std::to_string(range.size()));
                tx.exec(evidence::sql::insert_leaf, range.size(),
                        evidence::EvidenceId{static_cast<std::int64_t>(range.size() + 1)}, entry);
                auto const hash = evidence::leaf_hash(entry.view());
                range.append(hash);
                std::vector<Digest>* hashes = &tile;
                hashes->push_back(hash);
                std::uint64_t number = (range.size() - 1) / 256;
                for (unsigned level = 0; hashes->size() == 256; ++level, number /= 256) {
                    auto const root = put(tx, level, number, *hashes);
                    hashes->clear();
                    hashes = &above[level];
                    hashes->push_back(root);
                }
            }
            tx.exec(evidence::sql::put_log_head, range.size(), store::BlobView{range.bytes()});
        });
    return seconds_since(start);
}

void fill(std::filesystem::path const& folder, std::uint64_t leaves) {
    auto const store = open_store(folder);
    std::printf("filled %llu leaves in %.0f s\n", static_cast<unsigned long long>(leaves), fill(*store, leaves));
}

void proofs(std::filesystem::path const& folder) {
    auto const store = open_store(folder, false);
    auto const leaves = store->read_now([](store::Reader& reader) { return evidence::tree_head(reader).size; });
    std::printf("%llu leaves\n", static_cast<unsigned long long>(leaves));
    std::mt19937_64 chance(7);
    for (auto [name, tiles] :
         {std::pair{"cold (no tile kept)", std::size_t{1}}, std::pair{"512 tiles kept", std::size_t{512}}}) {
        std::vector<double> times;
        evidence::Prover prover(tiles);
        store->read_now([&](store::Reader& reader) {
            auto const head = evidence::tree_head(reader);
            for (int i = 0; i < 2'000; ++i) {
                auto const index = chance() % leaves;
                auto const start = Steady::now();
                auto const path = prover.inclusion(reader, index, leaves);
                times.push_back(seconds_since(start) * 1e6);
                auto const leaf = evidence::leaf_hash(sha256(std::to_string(index)).view());
                require(evidence::verify_inclusion(leaf, index, leaves, path, head.root), "the proof verifies");
            }
        });
        std::ranges::sort(times);
        std::printf("inclusion proof, %-20s p50 %5.0f us  p99 %5.0f us  (goal 1000)\n", name, times[times.size() / 2],
                    times[times.size() * 99 / 100]);
    }
}

}  // namespace

int main(int argc, char** argv) {
    rapport::log::configure(rapport::log::Level::warning, rapport::log::Format::text);
    std::uint64_t leaves = 10'000'000;
    std::filesystem::path folder = std::filesystem::temp_directory_path() / "rapport-bench-log";
    std::string_view part = "all";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string_view(argv[i]) == "--part") part = argv[i + 1];
        if (std::string_view(argv[i]) == "--leaves") leaves = std::stoull(argv[i + 1]);
        if (std::string_view(argv[i]) == "--folder") folder = argv[i + 1];
    }
    if (part == "all") {
        std::printf("%-12s %12s %12s %8s\n", "per commit", "rows only/s", "with log/s", "ratio");
        for (std::size_t batch : {1U, 20U, 200U}) {
            double const plain = append_rate(folder, batch, false), logged = append_rate(folder, batch, true);
            std::printf("%-12zu %12.0f %12.0f %8.2f\n", batch, plain, logged, logged / plain);
        }
    }
    if (part != "proofs") fill(folder, leaves);
    if (part != "fill") proofs(folder);
    if (part != "fill") std::filesystem::remove_all(folder);
}
