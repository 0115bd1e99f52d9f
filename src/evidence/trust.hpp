// The roots a verifier believes in and the chains it has checked already. Not part of the module's interface.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "evidence/evidence.hpp"
#include "evidence/openssl.hpp"
#include "evidence/own_token.hpp"
#include "evidence/p256.hpp"

namespace rapport::evidence {

// What was found out once about a signer's certificate; the same for every record of the same key.
struct CheckedSigner {
    explicit CheckedSigner(PKey given) : key(std::move(given)) {}
    VerifyingKey key;
    std::string subject;
    std::string chain_problem;      // empty: leads to a root
    bool usable = false;            // its key usage allows seals
    Time valid_from{}, valid_to{};  // when the whole chain is valid
};

// What was found out once about the certificates in a time stamp: they lead from one authority to a root.
struct CheckedAuthority {
    CheckedAuthority(PKey given, TokenForm tokens) : key(std::move(given)), form(std::move(tokens)) {}
    VerifyingKey key;
    TokenForm form;
    std::string subject;
    Digest fingerprint;
    Time valid_from{}, valid_to{};  // when the whole chain is valid
};

// What is remembered depends on nothing but certificates and roots: signatures and times are checked each time.
struct Trust::State {
    std::mutex mutex;
    std::vector<Certificate> roots;
    std::map<Digest, std::shared_ptr<CheckedSigner const>> signers;         // by the digest of all certificates given
    std::map<Digest, std::shared_ptr<CheckedAuthority const>> authorities;  // the same; null: not to be believed
};

using CertificateStore = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
// A fresh store of the roots that looks at chains as of `at`.
CertificateStore store_of(Trust const& trust, std::optional<Time> at);

// `chain` DER, own first. Empty if the first cannot be read.
std::shared_ptr<CheckedSigner const> checked_signer(Trust const& trust, std::vector<Bytes> const& chain);

// `certificates`: their DER, one after the other, as a token holds them. Empty unless exactly one of them is for time
// stamping alone and leads through the others to a root, at some time.
std::shared_ptr<CheckedAuthority const> checked_authority(Trust const& trust, ByteView certificates);

}  // namespace rapport::evidence
