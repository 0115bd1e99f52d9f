// Certificates: the demo authority that makes them, and the checks that every imported one gets.
#pragma once

#include "evidence/keys.hpp"
#include "evidence/openssl.hpp"

namespace rapport::evidence {

struct CheckedKey {
    PKey key;
    std::vector<Certificate> chain;  // own certificate first
};
// The key and its chain fit together and are valid now. Codes as KeyStore::import().
Expected<CheckedKey> check_key(ByteView key_pem, ByteView chain_pem, Time now);

PKey new_p256_key();

// A pair of key and certificate of the demo authority, PEM.
struct DemoCertificate {
    Bytes key_pem, certificate_pem;
};

// Stands in for a trust service provider in demo mode and tests: every subject says NON-QUALIFIED demo, and no
// certificate claims a QC statement (EN 319 412-5).
class DemoAuthority {
  public:
    static DemoAuthority make(std::string_view organisation, Time now);
    static Expected<DemoAuthority> load(ByteView key_pem, ByteView certificate_pem);

    DemoCertificate root() const;
    // `purpose` seal or tsa: the profile with its key usage, extended key usage and policy. For `days` from now.
    DemoCertificate issue(KeyPurpose purpose, std::string_view organisation, Time now, int days = 5 * 365) const;

  private:
    DemoAuthority(PKey key, Certificate certificate) : key_(std::move(key)), certificate_(std::move(certificate)) {}
    PKey key_;
    Certificate certificate_;
};

bool is_demo(X509* certificate);

}  // namespace rapport::evidence
