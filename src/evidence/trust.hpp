// The roots a verifier believes in and the chains it has checked already. Not part of the module's interface.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "evidence/evidence.hpp"
#include "evidence/openssl.hpp"

namespace rapport::evidence {

// What was found out once about a signer's certificate; the same for every record of the same key.
struct CheckedSigner {
    PKey key;
    std::uint64_t number = 0;  // unique in this process: names the key's prepared contexts
    std::string subject;
    std::string chain_problem;      // empty: leads to a root
    bool usable = false;            // its key usage allows seals
    Time valid_from{}, valid_to{};  // when the whole chain is valid
};

struct Trust::State {
    std::mutex mutex;
    std::vector<Certificate> roots;
    std::map<Digest, std::shared_ptr<CheckedSigner const>> signers;  // by the digest of all certificates given
};

using CertificateStore = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
// A fresh store of the roots that looks at chains as of `at`.
CertificateStore store_of(Trust const& trust, std::optional<Time> at);

// `chain` DER, own first. Empty if the first cannot be read.
std::shared_ptr<CheckedSigner const> checked_signer(Trust const& trust, std::vector<Bytes> const& chain);

// Whether `der` is the signer's ECDSA signature over a message with this digest; false for other kinds of keys.
bool signed_by(CheckedSigner const& signer, ByteView der, Digest const& digest);

}  // namespace rapport::evidence
