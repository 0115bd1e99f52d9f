// X.509 client certificates (RFC 5280, eIDAS and other authorities that the operator configures): TLS has proved that
// whoever is at the other end holds the key; here it is decided whether a configured authority vouches for them. Any
// thread.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "identity/identity.hpp"

namespace rapport::identity {

struct AuthorityOptions {
    std::string id;       // as records name it
    std::string name;     // as people read it
    Bytes certificates;   // PEM: roots, and intermediates that clients do not send
    Bytes revocations{};  // PEM CRLs; empty: revocation is not checked, which docs and records say
    Level level = Level::low;
    std::string identifier_attribute{};   // "serialNumber" of the subject (ETSI EN 319 412-1); empty: e-mail addresses
    std::vector<std::string> policies{};  // OIDs, one of which must stand in the certificate; empty: any
};

struct CertifiedPerson {
    Claimed who;  // emails: of the subject alternative name
    Level level{};
    Bytes certificate;  // DER: the assertion
    bool revocation_checked = false;
};

class Authority {
  public:
    // Code authority_unreadable, with what cannot be read.
    static Expected<std::shared_ptr<Authority>> from(AuthorityOptions options);
    // Newer lists in place of the old, from now on; the old ones stay where they cannot be read (authority_unreadable).
    Expected<void> renew(Bytes revocations);
    AuthorityOptions const& options() const { return options_; }

    // `presented`: DER, the client's own first. Codes certificate_unreadable, certificate_untrusted (with OpenSSL's
    // reason: expired, unknown issuer, revoked, wrong purpose …), certificate_policy, certificate_names_nobody.
    Expected<CertifiedPerson> judge(std::vector<Bytes> const& presented, Time now) const;

  private:
    explicit Authority(AuthorityOptions options) : options_(std::move(options)) {}
    std::shared_ptr<X509_STORE> store() const;

    AuthorityOptions options_;
    mutable std::mutex mutex_;  // store_
    std::shared_ptr<X509_STORE> store_;
};

}  // namespace rapport::identity
