// The tree's arithmetic against a naive reading of RFC 6962 §2.1, and known vectors.
#include "evidence/merkle.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "evidence/merkle_naive.hpp"

namespace rapport::evidence {
namespace {

TEST(Merkle, the_roots_of_the_certificate_transparency_vectors_come_out) {
    char const* const inputs[] = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
    char const* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                 "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                 "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                 "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                 "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                 "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    CompactRange range;
    EXPECT_EQ(range.root(), sha256(""));
    for (std::size_t i = 0; i < 8; ++i) {
        range.append(leaf_hash(*from_hex(inputs[i])));
        EXPECT_EQ(to_hex(range.root().view()), roots[i]) << i;
    }
}

TEST(Merkle, the_compact_range_has_the_naive_root_and_survives_being_stored) {
    auto const data = naive::data(600);
    CompactRange range;
    for (std::size_t n = 1; n <= data.size(); ++n) {
        range.append(leaf_hash(data[n - 1]));
        ASSERT_EQ(range.root(), naive::root({data.data(), n})) << n;
        range = CompactRange::from(n, range.bytes()).value();
    }
    EXPECT_FALSE(CompactRange::from(3, Bytes(32, 'x')));
}

TEST(Merkle, naive_proofs_of_every_leaf_verify_and_altered_ones_do_not) {
    auto const data = naive::data(130);
    for (std::size_t n = 1; n <= data.size(); ++n) {
        Digest const root = naive::root({data.data(), n});
        for (std::size_t i = 0; i < n; ++i) {
            auto path = naive::inclusion(i, {data.data(), n});
            Digest const leaf = leaf_hash(data[i]);
            ASSERT_TRUE(verify_inclusion(leaf, i, n, path, root));
            ASSERT_FALSE(verify_inclusion(leaf, i + 1, n, path, root));
            ASSERT_FALSE(verify_inclusion(leaf_hash("other"), i, n, path, root));
            path.push_back(root);
            ASSERT_FALSE(verify_inclusion(leaf, i, n, path, root));
            path.pop_back();
            for (auto& step : path) {
                step.octets[7] ^= 1;
                ASSERT_FALSE(verify_inclusion(leaf, i, n, path, root));
                step.octets[7] ^= 1;
            }
        }
    }
}

TEST(Merkle, naive_consistency_proofs_verify_and_altered_ones_do_not) {
    auto const data = naive::data(100);
    for (std::size_t n = 1; n <= data.size(); ++n) {
        Digest const root = naive::root({data.data(), n});
        for (std::size_t m = 0; m <= n; ++m) {
            auto path = m ? naive::consistency(m, {data.data(), n}) : Path{};
            Digest old = naive::root({data.data(), m});
            ASSERT_TRUE(verify_consistency(m, old, n, root, path)) << m << ' ' << n;
            for (auto& step : path) {
                step.octets[0] ^= 128;
                ASSERT_FALSE(verify_consistency(m, old, n, root, path)) << m << ' ' << n;
                step.octets[0] ^= 128;
            }
            old.octets[3] ^= 1;
            ASSERT_FALSE(verify_consistency(m, old, n, root, path)) << m << ' ' << n;
        }
    }
}

}  // namespace
}  // namespace rapport::evidence
