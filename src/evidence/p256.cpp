// Signing is OpenSSL's own: the low-level calls are no faster than a prepared context. Verifying is, too, until a key
// has its table; then it is FIPS 186-5 §6.4.2 over OpenSSL's points: u1·G and u2·Q both as multiples of a fixed point.
// EC_GROUP_precompute_mult() is deprecated in OpenSSL 3.0, without a replacement.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "evidence/p256.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <algorithm>

namespace rapport::evidence {
namespace {

using Group = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using Numbers = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;

constexpr int most_tables = 32;  // in the process: 5 MB
std::atomic<int> tables{0};
std::atomic<std::uint64_t> next_key_number{1};

// The contexts that this thread has prepared, newest first. A process signs with very few keys and verifies with few.
template <int (*Prepare)(EVP_PKEY_CTX*), std::size_t Most>
EVP_PKEY_CTX* prepared(std::uint64_t key_number, EVP_PKEY* key) {
    struct Entry {
        std::uint64_t key_number;
        PKeyContext context;  // holds its own reference to the key
    };
    thread_local std::vector<Entry> entries;
    for (auto& entry : entries)
        if (entry.key_number == key_number) return entry.context.get();
    PKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    openssl_must(context && Prepare(context.get()) == 1, "prepare a key");
    if (entries.size() == Most) entries.pop_back();
    entries.insert(entries.begin(), Entry{key_number, std::move(context)});
    return entries.front().context.get();
}

// What one thread computes with.
struct Desk {
    Numbers numbers{BN_CTX_new()};
    Number r{BN_new()}, s{BN_new()}, e{BN_new()}, w{BN_new()}, u1{BN_new()}, u2{BN_new()}, x{BN_new()};
    Point a, b;

    explicit Desk(EC_GROUP const* group) : a(EC_POINT_new(group)), b(EC_POINT_new(group)) {
        openssl_must(numbers && r && s && e && w && u1 && u2 && x && a && b, "prepare to verify");
    }
};

bool in_range(BIGNUM const* number, BIGNUM const* order) { return !BN_is_zero(number) && BN_cmp(number, order) < 0; }

}  // namespace

SigningKey::SigningKey(PKey key) : key_(std::move(key)), number_(next_key_number++) {}

Bytes SigningKey::sign(Digest const& digest) const {
    Bytes der(80, '\0');
    std::size_t size = der.size();
    openssl_must(EVP_PKEY_sign(prepared<EVP_PKEY_sign_init, 8>(number_, key_.get()), octets(der), &size,
                               digest.octets.data(), digest.octets.size()) == 1,
                 "sign");
    der.resize(size);
    return der;
}

// Two groups with one curve: their generators are the curve's own G and the public key Q.
struct VerifyingKey::Table {
    Group curve{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
    Group of_key{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
    Table() = default;
    Table(Table const&) = delete;
    Table& operator=(Table const&) = delete;
    ~Table() { --tables; }
    bool fill(EVP_PKEY* key);
    bool verify(ByteView der, Digest const& digest) const;
};

bool VerifyingKey::Table::fill(EVP_PKEY* key) {
    unsigned char encoded[80];
    std::size_t size = 0;
    Numbers const numbers(BN_CTX_new());
    Point const q(EC_POINT_new(curve.get()));
    return numbers && q &&
           EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", encoded, sizeof encoded, &size) == 1 &&
           EC_POINT_oct2point(curve.get(), q.get(), encoded, size, numbers.get()) == 1 &&
           EC_POINT_is_on_curve(curve.get(), q.get(), numbers.get()) == 1 &&
           EC_POINT_is_at_infinity(curve.get(), q.get()) == 0 &&
           EC_GROUP_set_generator(of_key.get(), q.get(), EC_GROUP_get0_order(curve.get()), BN_value_one()) == 1 &&
           EC_GROUP_precompute_mult(of_key.get(), numbers.get()) == 1;
}

bool VerifyingKey::Table::verify(ByteView der, Digest const& digest) const {
    unsigned char raw[64];
    // One encoding only: what is read must be what we would write.
    if (!raw_signature(der, raw) || der_signature({reinterpret_cast<char const*>(raw), sizeof raw}) != der)
        return false;
    thread_local Desk const desk(curve.get());
    BIGNUM const* const n = EC_GROUP_get0_order(curve.get());
    auto* const numbers = desk.numbers.get();
    auto const must = [](auto good) { openssl_must(static_cast<bool>(good), "compute with numbers"); };
    must(BN_bin2bn(raw, 32, desk.r.get()));
    must(BN_bin2bn(raw + 32, 32, desk.s.get()));
    must(BN_bin2bn(digest.octets.data(), 32, desk.e.get()));  // as many bits as n has: nothing is cut off
    if (!in_range(desk.r.get(), n) || !in_range(desk.s.get(), n)) return false;
    must(BN_mod_inverse(desk.w.get(), desk.s.get(), n, numbers));
    must(BN_mod_mul(desk.u1.get(), desk.e.get(), desk.w.get(), n, numbers));
    must(BN_mod_mul(desk.u2.get(), desk.r.get(), desk.w.get(), n, numbers));
    must(EC_POINT_mul(curve.get(), desk.a.get(), desk.u1.get(), nullptr, nullptr, numbers));
    must(EC_POINT_mul(of_key.get(), desk.b.get(), desk.u2.get(), nullptr, nullptr, numbers));
    must(EC_POINT_add(curve.get(), desk.a.get(), desk.a.get(), desk.b.get(), numbers));
    if (EC_POINT_is_at_infinity(curve.get(), desk.a.get())) return false;
    must(EC_POINT_get_affine_coordinates(curve.get(), desk.a.get(), desk.x.get(), nullptr, numbers));
    must(BN_nnmod(desk.x.get(), desk.x.get(), n, numbers));
    return BN_cmp(desk.x.get(), desk.r.get()) == 0;
}

VerifyingKey::VerifyingKey(PKey key)
    : key_(std::move(key)), number_(next_key_number++), p256_(key_ != nullptr && is_p256(key_.get())) {}
VerifyingKey::~VerifyingKey() = default;

void VerifyingKey::make_table() const {
    if (tables.fetch_add(1) >= most_tables) {
        --tables;
        return;
    }
    auto table = std::make_unique<Table>();
    if (!table->curve || !table->of_key || !table->fill(key_.get())) {
        ERR_clear_error();
        return;
    }
    table_ = std::move(table);
    table_ready_.store(true, std::memory_order_release);
}

bool VerifyingKey::verify(ByteView der, Digest const& digest) const {
    if (!p256_) return false;
    if (has_table()) return table_->verify(der, digest);
    // Exactly one thread counts to here; the others go on without.
    if (uses_.fetch_add(1, std::memory_order_relaxed) + 1 == table_after) make_table();
    return by_openssl(der, digest);
}

bool VerifyingKey::by_openssl(ByteView der, Digest const& digest) const {
    auto* const context = prepared<EVP_PKEY_verify_init, 16>(number_, key_.get());
    if (EVP_PKEY_verify(context, octets(der), der.size(), digest.octets.data(), digest.octets.size()) == 1) return true;
    ERR_clear_error();
    return false;
}

}  // namespace rapport::evidence
