// DKIM (RFC 6376) with RSA-2048 and Ed25519 (RFC 8463): keys, their DNS records, and the signer of our mails.
// Everything here is pure and for any thread; a signer is shared by many.
#pragma once

#include <boost/describe.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace rapport::channels::email {

BOOST_DEFINE_FIXED_ENUM_CLASS(DkimAlgorithm, unsigned char, rsa_sha256, ed25519_sha256)

class DkimKey {
  public:
    static DkimKey make(DkimAlgorithm algorithm);
    // An unencrypted PEM key, RSA of at least 2048 bits (RFC 8301 §3.2) or Ed25519. Code "key_unreadable".
    static Expected<DkimKey> from_pem(ByteView pem);

    DkimAlgorithm algorithm() const { return algorithm_; }
    Bytes pem() const;
    std::string public_key() const;  // base64, as p= has it
    std::string record() const;      // the text of <selector>._domainkey.<domain>
    Bytes sign(ByteView data) const;

  private:
    DkimKey(std::shared_ptr<void> key, DkimAlgorithm algorithm) : key_(std::move(key)), algorithm_(algorithm) {}
    std::shared_ptr<void> key_;  // EVP_PKEY
    DkimAlgorithm algorithm_;
};

std::string dkim_record(DkimAlgorithm algorithm, std::string_view public_key);
// Whether a TXT record says the same as ours would: same key, not revoked, not for other services, not in test mode.
bool same_dkim_record(std::string_view txt, DkimAlgorithm algorithm, std::string_view public_key);

struct DkimIdentity {
    std::string domain, selector;
    DkimKey key;
};

class DkimSigner {
  public:
    explicit DkimSigner(std::vector<DkimIdentity> identities) : identities_(std::move(identities)) {}
    bool empty() const { return identities_.empty(); }
    // One DKIM-Signature field for each key, to stand before the mail (CRLF text). relaxed/relaxed; the fields that
    // people and filters look at are signed once more than they are there, so that none can be added (§5.4.2).
    std::string sign(ByteView mail, Time now) const;

  private:
    std::vector<DkimIdentity> identities_;
};

// ---- Canonical forms (RFC 6376 §3.4), for the signer and its tests --------------------------------------------------

std::string relaxed_field(std::string_view name, std::string_view value);  // with its CRLF
Digest relaxed_body_hash(ByteView body);                                   // streaming: a line at a time

}  // namespace rapport::channels::email
