// Verification by a key's table says the same as OpenSSL's own, for what is good and for whatever else.
#include "evidence/p256.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "base/crypto.hpp"
#include "evidence/certificates.hpp"

namespace rapport::evidence::test {
namespace {

PKey shared(PKey const& key) {
    EVP_PKEY_up_ref(key.get());
    return PKey(key.get());
}

Bytes from(char const* hex) { return from_hex(hex).value(); }
Bytes const order = from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

// r and s as a signature in DER, whatever they are.
Bytes der_of_numbers(ByteView r, ByteView s) { return der_signature(Bytes(r) + Bytes(s)).value(); }

struct Pair {
    PKey pair = new_p256_key();
    SigningKey signing{shared(pair)};
    VerifyingKey with_table{shared(pair)};
    VerifyingKey without{shared(pair)};

    Pair() {
        auto const good = signing.sign(sha256("first"));
        for (unsigned i = 0; i < VerifyingKey::table_after; ++i) EXPECT_TRUE(with_table.verify(good, sha256("first")));
        EXPECT_TRUE(with_table.has_table());
    }
    // Both ways' one answer.
    bool verify(Bytes const& der, Digest const& digest) {
        bool const by_table = with_table.verify(der, digest);
        EXPECT_EQ(by_table, without.verify(der, digest)) << to_hex(der);
        EXPECT_FALSE(without.has_table());
        return by_table;
    }
};

TEST(VerifyingKeys, SayTheSameByTableAsByOpenssl) {
    Pair key;
    std::mt19937 chance(7);
    for (int i = 0; i < 150; ++i) {
        auto const digest = sha256("message " + std::to_string(i));
        auto const good = key.signing.sign(digest);
        EXPECT_TRUE(key.verify(good, digest));
        EXPECT_FALSE(key.verify(good, sha256("another")));
        auto changed = good;
        changed[chance() % changed.size()] ^= static_cast<char>(1 << (chance() % 8));
        EXPECT_FALSE(key.verify(changed, digest));
    }
}

TEST(VerifyingKeys, RefuseNumbersOutOfRangeAndOtherEncodings) {
    Pair key;
    auto const digest = sha256("message");
    auto const good = key.signing.sign(digest);
    Bytes raw(64, '\0');
    ASSERT_TRUE(raw_signature(good, octets(raw)));
    auto const r = raw.substr(0, 32), s = raw.substr(32);
    Bytes const zero(32, '\0'), one = Bytes(31, '\0') + '\1', most(32, '\xff');
    for (auto const& bad : {zero, one, order, most}) {
        EXPECT_FALSE(key.verify(der_of_numbers(bad, s), digest));
        EXPECT_FALSE(key.verify(der_of_numbers(r, bad), digest));
        EXPECT_FALSE(key.verify(der_of_numbers(bad, bad), digest));
    }
    EXPECT_FALSE(key.verify(der_of_numbers(s, r), digest));
    for (auto const& bad : {Bytes(), Bytes("\x30\x00", 2), good + '\0', good.substr(1), good.substr(0, good.size() - 1),
                            Bytes(1000, '\x30'), raw})
        EXPECT_FALSE(key.verify(bad, digest));
    // The same numbers with a needless zero before them.
    Bytes padded = Bytes("\x02\x22\0\0", 4) + r + Bytes("\x02\x22\0\0", 4) + s;
    padded = Bytes("\x30") + static_cast<char>(padded.size()) + padded;
    EXPECT_FALSE(key.verify(padded, digest));
}

TEST(VerifyingKeys, OfOneKeyDoNotTakeSignaturesOfAnother) {
    Pair one, two;
    auto const digest = sha256("message");
    EXPECT_TRUE(one.verify(one.signing.sign(digest), digest));
    EXPECT_FALSE(one.verify(two.signing.sign(digest), digest));
    EXPECT_FALSE(two.verify(one.signing.sign(digest), digest));
}

TEST(VerifyingKeys, ThatAreNotP256TakeNoSignature) {
    PKey other(EVP_EC_gen("P-384"));
    ASSERT_TRUE(other);
    VerifyingKey const key(std::move(other));
    EXPECT_FALSE(key.verify(Pair().signing.sign(sha256("x")), sha256("x")));
    EXPECT_FALSE(VerifyingKey(nullptr).verify("x", sha256("x")));
}

TEST(VerifyingKeys, GetTheirTableWhileOthersUseThem) {
    auto const pair = new_p256_key();
    SigningKey const signing(shared(pair));
    VerifyingKey const key(shared(pair));
    auto const digest = sha256("message");
    auto const good = signing.sign(digest);
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 400; ++j) right += key.verify(good, digest) && !key.verify(good, sha256("x")) ? 1 : 0;
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 1600);
    EXPECT_TRUE(key.has_table());
}

}  // namespace
}  // namespace rapport::evidence::test
