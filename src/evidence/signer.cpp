// A Signer over a key in memory: ECDSA P-256 with SHA-256.
#include "base/crypto.hpp"
#include "evidence/certificates.hpp"
#include "evidence/keys.hpp"
#include "evidence/openssl.hpp"
#include "evidence/p256.hpp"

namespace rapport::evidence {
namespace {

class FileSigner final : public Signer {
  public:
    FileSigner(PKey key, std::vector<Bytes> chain) : key_(std::move(key)), chain_(std::move(chain)) {}

    Algorithm algorithm() const override { return Algorithm::ecdsa_p256_sha256; }
    std::vector<Bytes> const& chain() const override { return chain_; }
    Expected<Bytes> sign(ByteView message) const override {
        Bytes raw(64, '\0');
        require(raw_signature(key_.sign(sha256(message)), octets(raw)), "a P-256 signature is two numbers");
        return raw;
    }

  private:
    SigningKey key_;
    std::vector<Bytes> chain_;
};

}  // namespace

Expected<CheckedKey> check_key(ByteView key_pem, ByteView chain_pem, Time now) {
    auto key = read_private_key(key_pem);
    if (!key) return fail(key.error());
    auto chain = read_certificates(chain_pem);
    if (!chain) return fail(chain.error());
    if (!is_p256(key->get()))
        return fail(ErrorKind::unsupported, "algorithm_unsupported",
                    "The key is not ECDSA P-256, the one algorithm that this version signs with.");
    X509* const own = chain->front().get();
    if (EVP_PKEY_eq(X509_get0_pubkey(own), key->get()) != 1)
        return fail(ErrorKind::invalid, "key_mismatch",
                    "The private key does not belong to the first certificate of the chain; put the key's own "
                    "certificate first.");
    auto const not_after = time_of(X509_get0_notAfter(own)), not_before = time_of(X509_get0_notBefore(own));
    if (!not_after || *not_after < now)
        return fail(ErrorKind::invalid, "certificate_expired",
                    "The certificate of " + name_text(X509_get_subject_name(own)) + " expired on " +
                        (not_after ? to_text(*not_after) : std::string("an unreadable date")) +
                        "; make or import another key.");
    if (!not_before || *not_before > now)
        return fail(
            ErrorKind::invalid, "certificate_not_yet_valid",
            "The certificate of " + name_text(X509_get_subject_name(own)) + " is not valid yet; check the clock.");
    return CheckedKey{std::move(*key), std::move(*chain)};
}

Expected<std::shared_ptr<Signer const>> load_signer(ByteView key_pem, ByteView chain_pem, Time now) {
    auto checked = check_key(key_pem, chain_pem, now);
    if (!checked) return fail(checked.error());
    std::vector<Bytes> chain;
    for (std::size_t i = 0; i < checked->chain.size(); ++i)
        if (i == 0 || !is_self_signed(checked->chain[i].get())) chain.push_back(der_of(checked->chain[i].get()));
    return std::make_shared<FileSigner>(std::move(checked->key), std::move(chain));
}

}  // namespace rapport::evidence
