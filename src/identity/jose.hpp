// Signed tokens (JWS, RFC 7515) and the keys that verify them (JWK, RFC 7517): only as much as an OpenID Connect
// relying party needs, and one who shares a secret with the signer; strict. A key decides which algorithms it may
// verify, never the token: there is no "none", public keys and secrets are of two types, and who reads a token says
// which of them it has, so that a public key can never be taken for a secret (RFC 8725 §3.1). Any thread.
#pragma once

#include <openssl/types.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace rapport::identity {

// RFC 7518 §3.1 and RFC 8037 §3.1.
enum class Algorithm : std::uint8_t { RS256, PS256, ES256, EdDSA, HS256 };
BOOST_DESCRIBE_ENUM(Algorithm, RS256, PS256, ES256, EdDSA, HS256)
inline constexpr Algorithm by_public_key[] = {Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA};
inline constexpr Algorithm by_secret[] = {Algorithm::HS256};

struct PublicKey {
    std::string id;                     // kid; may be empty
    std::vector<Algorithm> algorithms;  // what it may verify: by its "alg", else by its type
    std::shared_ptr<EVP_PKEY> key;
    bool may(Algorithm algorithm) const;
};

using KeySet = std::vector<PublicKey>;
inline constexpr std::size_t most_keys = 50;

// RFC 7517 §5. Keys for another use, of other types, curves or sizes (RSA: 2048 to 8192 bits) are left out. Codes
// json_syntax, key_set_malformed.
Expected<KeySet> read_key_set(std::string_view text);

struct SignedToken {
    std::string text;  // as it came
    Algorithm algorithm{};
    std::string key_id;
    json::Object claims;
    std::size_t signed_size = 0;  // of `text`
    Bytes signature;
};
inline constexpr std::size_t most_token_octets = 16 << 10;

// Compact serialisation; nothing is verified yet. Codes: token_malformed, token_algorithm (not one of these; "none" is
// none), token_critical (a "crit" that nobody here understands, RFC 7515 §4.1.11), token_type.
Expected<SignedToken> read_token(std::string_view text, std::span<Algorithm const> accepted = by_public_key);

// The key is the one that the token names; a token without a name is verified only by the single fitting key. Codes:
// token_key_unknown (the set may be old: fetch it anew), token_signature.
Expected<> verify(SignedToken const& token, KeySet const& keys);
// HS256 alone, by a secret that nobody but us and the signer has. Code token_signature.
Expected<> verify(SignedToken const& token, Key256 const& secret);

// The text of a member, or nothing where it is absent or of another type.
std::optional<std::string> text_in(json::Object const& object, std::string_view name);
std::optional<std::int64_t> number_in(json::Object const& object, std::string_view name);

}  // namespace rapport::identity
