// Passkeys (Web Authentication Level 2), the relying party's half: what a browser sends is checked here; libfido2 reads
// authenticator data and verifies signatures. Attestation is not asked for: what a passkey vouches for is that the same
// authenticator is used again by whoever could unlock it, not who made it. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace rapport::identity {

struct PasskeyParty {
    std::string id;      // the host: "post.example.org"
    std::string origin;  // "https://post.example.org"
};

// COSE identifiers (RFC 9053): -7 ES256, -8 EdDSA, -257 RS256.
inline constexpr int passkey_algorithms[] = {-7, -8, -257};

struct Passkey {
    Bytes credential;  // identifier
    int algorithm = 0;
    Bytes key;  // as libfido2 has it: x and y, or the octets, or n and e
    std::uint32_t count = 0;
};

// As navigator.credentials.create() gives it, each part base64url-decoded.
struct RegistrationReply {
    Bytes client_data;  // JSON
    Bytes authenticator_data;
};
// §7.1. Codes passkey_malformed, passkey_challenge, passkey_origin, passkey_party, passkey_not_verified (the user was
// not verified by PIN or biometrics), passkey_unsupported.
Expected<Passkey> check_registration(PasskeyParty const& party, std::string_view challenge,
                                     RegistrationReply const& reply);

// As navigator.credentials.get() gives it.
struct AssertionReply {
    Bytes client_data;
    Bytes authenticator_data;
    Bytes signature;
};
// §7.2. The signature counter that was told. The same codes, passkey_signature, and passkey_cloned: the counter did not
// rise, so that two devices may hold the key.
Expected<std::uint32_t> check_assertion(PasskeyParty const& party, std::string_view challenge, Passkey const& passkey,
                                        AssertionReply const& reply);

}  // namespace rapport::identity
