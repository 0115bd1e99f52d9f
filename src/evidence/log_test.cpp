// The log in the store, on both engines, against the naive tree.
#include "evidence/log_fixture.hpp"

#include <algorithm>
#include <thread>

namespace rapport::evidence {
namespace {

class Log : public LogTest {};
RAPPORT_ON_BOTH_ENGINES(Log);

TEST_P(Log, is_empty_at_first) {
    EXPECT_EQ(store().read_now([](store::Reader& r) { return tree_head(r); }), (TreeHead{0, sha256("")}));
}

TEST_P(Log, grown_by_any_steps_has_the_head_tiles_and_proofs_of_the_naive_tree) {
    std::size_t const steps[] = {1, 2, 60, 192, 1, 1, 254, 1, 88, 5};  // through 255, 256, 257, 511, 512 to 605
    std::vector<std::size_t> sizes;
    for (auto step : steps) {
        grow(step);
        sizes.push_back(entries_.size());
        auto const head = store().read_now([](store::Reader& r) { return tree_head(r); });
        ASSERT_EQ(head, (TreeHead{entries_.size(), naive::root(logged(entries_.size()))}));
    }
    store().read_now([&](store::Reader& r) {
        Prover prover(2);  // smaller than the log: tiles are dropped and read again
        for (auto n : sizes) {
            ASSERT_EQ(prover.root(r, n), naive::root(logged(n)));
            for (std::size_t i = 0; i < n; i += n > 300 ? 7 : 1)
                ASSERT_EQ(prover.inclusion(r, i, n), naive::inclusion(i, logged(n))) << i << " in " << n;
            for (std::size_t m = 1; m <= n; m += n > 300 ? 11 : 1)
                ASSERT_EQ(prover.consistency(r, m, n), naive::consistency(m, logged(n))) << m << " to " << n;
        }
        ASSERT_EQ(tile_hashes(r, 0, 0, 256).size(), 256U);
        ASSERT_EQ(tile_hashes(r, 0, 1, 256)[255], leaf_hash(entries_[511]));
        ASSERT_EQ(tile_hashes(r, 0, 2, 93).size(), 93U);
        ASSERT_EQ(tile_hashes(r, 1, 0, 2)[1], naive::root(std::span(entries_).subspan(256, 256)));
        ASSERT_EQ(tile_hashes(r, 1, 0, 3).size(), 2U);
    });
}

TEST_P(Log, proofs_of_every_tree_up_to_140_leaves_verify) {
    grow(140);
    store().read_now([&](store::Reader& r) {
        Prover prover;
        for (std::size_t n = 1; n <= 140; ++n) {
            auto const root = naive::root(logged(n));
            for (std::size_t i = 0; i < n; ++i) {
                ASSERT_TRUE(verify_inclusion(leaf_hash(entries_[i]), i, n, prover.inclusion(r, i, n), root));
                ASSERT_TRUE(verify_consistency(i, naive::root(logged(i)), n, root, prover.consistency(r, i, n)));
            }
        }
    });
}

TEST_P(Log, completes_tiles_of_higher_levels) {
    for (int i = 0; i < 33; ++i) grow(2000);  // over 65,536: one full tile of level 1
    store().read_now([&](store::Reader& r) {
        Prover prover;
        auto const head = tree_head(r);
        ASSERT_EQ(head.size, 66'000U);
        ASSERT_EQ(head.root, prover.root(r, 66'000));
        ASSERT_EQ(tile_hashes(r, 1, 0, 256).size(), 256U);
        ASSERT_EQ(tile_hashes(r, 2, 0, 256).size(), 1U);
        std::vector<Digest> hashes;
        for (auto const& e : entries_) hashes.push_back(leaf_hash(e));
        ASSERT_EQ(root_of(hashes), head.root);
        for (std::uint64_t i : {0U, 255U, 256U, 65'535U, 65'536U, 65'999U})
            ASSERT_TRUE(verify_inclusion(hashes[i], i, head.size, prover.inclusion(r, i, head.size), head.root)) << i;
        for (std::uint64_t m : {1U, 257U, 65'535U, 65'536U, 65'537U, 65'999U})
            ASSERT_TRUE(verify_consistency(m, root_of(std::span(hashes).first(m)), head.size, head.root,
                                           prover.consistency(r, m, head.size)))
                << m;
    });
}

TEST_P(Log, a_function_that_fails_takes_its_leaves_with_it) {
    grow(3);
    auto const lost = sealed();
    auto const refused = store().write_now([&](store::Tx& tx) -> Expected<> {
        append(tx, lost, 7, now());
        return fail(ErrorKind::conflict, "changed_my_mind", "No.");
    });
    EXPECT_FALSE(refused);
    EXPECT_THROW(store().write_now([&](store::Tx& tx) {
        append(tx, lost, 7, now());
        throw std::runtime_error("a broken world");
    }),
                 std::runtime_error);
    grow(2);
    store().read_now([&](store::Reader& r) {
        EXPECT_EQ(tree_head(r), (TreeHead{5, naive::root(logged(5))}));
        EXPECT_TRUE(evidence_of(r, 7).empty());
    });
}

TEST_P(Log, a_place_in_a_delivery_s_chain_is_taken_once) {
    auto const first = sealed(), rival = sealed(), second = sealed(2);
    store().write_now([&](store::Tx& tx) { append(tx, first, 7, now()); });
    EXPECT_THROW(store().write_now([&](store::Tx& tx) { append(tx, rival, 7, now()); }), store::UniqueViolation);
    auto const end = store().read_now([](store::Reader& r) { return chain_end(r, 7); });
    EXPECT_EQ(end.next_number, 2);
    EXPECT_EQ(end.previous, sha256(first.xml));
    store().write_now([&](store::Tx& tx) {
        append(tx, second, 7, now());
        EXPECT_EQ(evidence_of(tx, 7).size(), 2U);
    });
    auto const rows = store().read_now([](store::Reader& r) { return evidence_of(r, 7); });
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].xml.bytes, first.xml);
    EXPECT_EQ(rows[1].leaf_index, 1);
    EXPECT_EQ(rows[1].commitment, second.commitment);
    EXPECT_EQ(store().read_now([](store::Reader& r) { return chain_end(r, 99); }).next_number, 1);
}

TEST_P(Log, many_writers_at_once_leave_one_dense_log) {
    std::vector<Sealed> all;
    for (int i = 0; i < 400; ++i) all.push_back(sealed());
    store();  // opened by the first who asks
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = t; i < all.size(); i += 8)
                store().write_now([&](store::Tx& tx) { append(tx, all[i], all[i].id.value, now()); });
        });
    for (auto& thread : threads) thread.join();
    store().read_now([&](store::Reader& r) {
        auto const found = entries(r, 0, 1000);
        ASSERT_EQ(found.size(), 400U);
        std::vector<Digest> hashes;
        for (auto const& e : found) hashes.push_back(leaf_hash(e.view()));
        EXPECT_EQ(tree_head(r), (TreeHead{400, root_of(hashes)}));
        for (auto const& s : all) {
            auto const row = find_evidence(r, s.id);
            ASSERT_TRUE(row && row->leaf_index);
            EXPECT_EQ(found[static_cast<std::size_t>(*row->leaf_index)], s.commitment);
        }
    });
}

TEST_P(Log, goes_on_after_a_restart) {
    grow(300);
    reopen();
    grow(300);
    EXPECT_EQ(store().read_now([](store::Reader& r) { return tree_head(r); }),
              (TreeHead{600, naive::root(logged(600))}));
}

}  // namespace
}  // namespace rapport::evidence
