// ECDSA over P-256 with SHA-256 (FIPS 186-5 §6): keys whose OpenSSL contexts each thread prepares once. Not part of the
// module's interface.
#pragma once

#include <atomic>
#include <memory>

#include "evidence/openssl.hpp"

namespace rapport::evidence {

class SigningKey {
  public:
    explicit SigningKey(PKey key);  // P-256
    // DER of ECDSA-Sig-Value. Any thread.
    Bytes sign(Digest const& digest) const;

  private:
    PKey key_;
    std::uint64_t number_;
};

// A public key that may verify one signature or millions. Whoever does much of it (fsck, a package with hundreds of
// records) pays once, after so many signatures, for a table of the key's multiples: 26 ms and 150 KB, and each
// verification then takes half as long.
class VerifyingKey {
  public:
    static constexpr unsigned table_after = 1000;

    explicit VerifyingKey(PKey key);  // of any kind: no signature fits one that is not P-256
    ~VerifyingKey();
    VerifyingKey(VerifyingKey const&) = delete;
    VerifyingKey& operator=(VerifyingKey const&) = delete;
    // Whether `der`, an ECDSA-Sig-Value in DER, is this key's over a message with this digest. Any thread.
    bool verify(ByteView der, Digest const& digest) const;
    bool has_table() const { return table_ready_.load(std::memory_order_acquire); }

  private:
    struct Table;
    bool by_openssl(ByteView der, Digest const& digest) const;
    void make_table() const;

    PKey key_;
    std::uint64_t number_;
    bool p256_;
    mutable std::atomic<unsigned> uses_{0};
    mutable std::atomic<bool> table_ready_{false};
    mutable std::unique_ptr<Table const> table_;
};

}  // namespace rapport::evidence
