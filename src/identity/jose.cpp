// JWS and JWK over OpenSSL's EVP.
#include "identity/jose.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cmath>

namespace rapport::identity {
namespace {

constexpr int least_rsa_bits = 2048, most_rsa_bits = 8192;
constexpr std::size_t point_octets = 32;  // P-256: a coordinate, and a half of a signature

struct Delete {
    void operator()(BIGNUM* p) const { BN_free(p); }
    void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }
    void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
    void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
    void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
    void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Delete>;

unsigned char const* octets(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) {
    return {key, [](EVP_PKEY* k) { EVP_PKEY_free(k); }};
}

std::shared_ptr<EVP_PKEY> from_parameters(char const* type, OSSL_PARAM_BLD* builder) {
    Owned<OSSL_PARAM> const parameters(OSSL_PARAM_BLD_to_param(builder));
    Owned<EVP_PKEY_CTX> const context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        return nullptr;
    auto owned = shared(key);
    Owned<EVP_PKEY_CTX> const check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    return check && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

Owned<BIGNUM> number(json::Object const& jwk, std::string_view name) {
    auto const text = text_in(jwk, name);
    auto const bytes = text ? from_base64url(*text) : std::nullopt;
    if (!bytes || bytes->empty() || bytes->size() > most_rsa_bits / 8) return nullptr;
    return Owned<BIGNUM>(BN_bin2bn(octets(*bytes), static_cast<int>(bytes->size()), nullptr));
}

std::shared_ptr<EVP_PKEY> rsa_key(json::Object const& jwk) {
    auto const n = number(jwk, "n"), e = number(jwk, "e");
    if (!n || !e || BN_num_bits(n.get()) < least_rsa_bits || BN_num_bits(n.get()) > most_rsa_bits) return nullptr;
    if (BN_num_bits(e.get()) > 33 || !BN_is_odd(e.get()) || BN_is_one(e.get())) return nullptr;
    Owned<OSSL_PARAM_BLD> const builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    return from_parameters("RSA", builder.get());
}

std::shared_ptr<EVP_PKEY> p256_key(json::Object const& jwk) {
    auto const x = text_in(jwk, "x"), y = text_in(jwk, "y");
    auto const px = x ? from_base64url(*x) : std::nullopt, py = y ? from_base64url(*y) : std::nullopt;
    if (!px || !py || px->size() != point_octets || py->size() != point_octets) return nullptr;
    Bytes const point = '\x04' + *px + *py;
    Owned<OSSL_PARAM_BLD> const builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    return from_parameters("EC", builder.get());
}

std::shared_ptr<EVP_PKEY> ed25519_key(json::Object const& jwk) {
    auto const x = text_in(jwk, "x");
    auto const bytes = x ? from_base64url(*x) : std::nullopt;
    if (!bytes || bytes->size() != 32) return nullptr;
    auto* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(*bytes), bytes->size());
    return key ? shared(key) : nullptr;
}

bool is_for_signatures(json::Object const& jwk) {
    if (jwk.contains("use") && text_in(jwk, "use") != "sig") return false;
    auto const* operations = jwk.if_contains("key_ops");
    if (!operations) return true;
    if (!operations->is_array()) return false;
    return std::ranges::any_of(operations->get_array(), [](json::Value const& one) { return one == "verify"; });
}

// A key that can be used here, or nothing.
std::optional<PublicKey> read_key(json::Object const& jwk) {
    auto const type = text_in(jwk, "kty"), curve = text_in(jwk, "crv");
    if (!type || !is_for_signatures(jwk)) return std::nullopt;
    PublicKey out;
    out.id = text_in(jwk, "kid").value_or("");
    if (*type == "RSA") {
        out.algorithms = {Algorithm::RS256, Algorithm::PS256};
        out.key = rsa_key(jwk);
    } else if (*type == "EC" && curve == "P-256") {
        out.algorithms = {Algorithm::ES256};
        out.key = p256_key(jwk);
    } else if (*type == "OKP" && curve == "Ed25519") {
        out.algorithms = {Algorithm::EdDSA};
        out.key = ed25519_key(jwk);
    }
    if (!out.key) return std::nullopt;
    if (jwk.contains("alg")) {
        auto const named = json::enum_from<Algorithm>(text_in(jwk, "alg").value_or(""));
        if (!named || !out.may(*named)) return std::nullopt;
        out.algorithms = {*named};
    }
    return out;
}

std::unexpected<Error> malformed(std::string text) {
    return fail(ErrorKind::forbidden, "token_malformed", std::move(text));
}

// ECDSA: r and s side by side (RFC 7518 §3.4) → DER.
std::optional<Bytes> der_of(ByteView signature) {
    if (signature.size() != 2 * point_octets) return std::nullopt;
    Owned<ECDSA_SIG> const both(ECDSA_SIG_new());
    auto* r = BN_bin2bn(octets(signature), point_octets, nullptr);
    auto* s = BN_bin2bn(octets(signature) + point_octets, point_octets, nullptr);
    ECDSA_SIG_set0(both.get(), r, s);
    unsigned char* der = nullptr;
    int const size = i2d_ECDSA_SIG(both.get(), &der);
    if (size <= 0) return std::nullopt;
    Bytes out(reinterpret_cast<char const*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

bool is_signed_by(EVP_PKEY* key, Algorithm algorithm, ByteView message, ByteView signature) {
    Owned<EVP_MD_CTX> const context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    auto const* digest = algorithm == Algorithm::EdDSA ? nullptr : EVP_sha256();
    if (EVP_DigestVerifyInit(context.get(), &options, digest, nullptr, key) != 1) return false;
    if (algorithm == Algorithm::PS256 && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                                          EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
        return false;
    Bytes der;
    if (algorithm == Algorithm::ES256) {
        auto made = der_of(signature);
        if (!made) return false;
        der = std::move(*made);
        signature = der;
    }
    return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

Expected<json::Object> object_in(std::string_view part) {
    auto const bytes = from_base64url(part);
    if (!bytes) return malformed("The token is not base64url.");
    auto value = json::parse(*bytes);
    if (!value || !value->is_object()) return malformed("A part of the token is not a JSON object.");
    return std::move(value->get_object());
}

}  // namespace

std::optional<std::string> text_in(json::Object const& object, std::string_view name) {
    auto const* value = object.if_contains(name);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string(std::string_view(value->get_string()));
}

std::optional<std::int64_t> number_in(json::Object const& object, std::string_view name) {
    auto const* value = object.if_contains(name);
    if (!value) return std::nullopt;
    constexpr std::int64_t most = 1'000'000'000'000;  // seconds; beyond it no calendar counts
    double number = -1;
    if (value->is_int64()) number = static_cast<double>(value->get_int64());
    if (value->is_double()) number = std::floor(value->get_double());  // a fraction is allowed (RFC 7519 §2)
    if (!(number >= 0 && number < static_cast<double>(most))) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

bool PublicKey::may(Algorithm algorithm) const { return std::ranges::find(algorithms, algorithm) != algorithms.end(); }

Expected<KeySet> read_key_set(std::string_view text) {
    auto const value = json::parse(text);
    if (!value) return fail(value.error());
    auto const* keys = value->is_object() ? value->get_object().if_contains("keys") : nullptr;
    if (!keys || !keys->is_array() || keys->get_array().size() > most_keys)
        return fail(ErrorKind::unavailable, "key_set_malformed", "The provider's key set is not one (RFC 7517).");
    KeySet out;
    for (auto const& one : keys->get_array()) {
        if (!one.is_object()) continue;
        if (auto key = read_key(one.get_object())) out.push_back(std::move(*key));
    }
    return out;
}

Expected<SignedToken> read_token(std::string_view text, std::span<Algorithm const> accepted) {
    if (text.size() > most_token_octets) return malformed("The token is too long.");
    auto const first = text.find('.'), second = first == text.npos ? text.npos : text.find('.', first + 1);
    if (second == text.npos || text.find('.', second + 1) != text.npos)
        return malformed("The token does not have three parts.");
    auto const header = object_in(text.substr(0, first));
    if (!header) return fail(header.error());
    auto const algorithm = json::enum_from<Algorithm>(text_in(*header, "alg").value_or(""));
    if (!algorithm || std::ranges::find(accepted, *algorithm) == accepted.end()) {
        std::string names;
        for (auto const one : accepted) names.append(names.empty() ? "" : ", ").append(json::enum_name(one));
        return fail(ErrorKind::forbidden, "token_algorithm",
                    "The token is signed in a way that is not accepted here: only " + names + '.');
    }
    if (header->contains("crit"))
        return fail(ErrorKind::forbidden, "token_critical", "The token demands an extension that is not known here.");
    // RFC 8725 §3.11: another kind of token of the same signer is not meant.
    if (header->contains("typ") && ascii_lower(text_in(*header, "typ").value_or("?")) != "jwt")
        return fail(ErrorKind::forbidden, "token_type", "The token is of another type.");
    auto claims = object_in(text.substr(first + 1, second - first - 1));
    if (!claims) return fail(claims.error());
    auto signature = from_base64url(text.substr(second + 1));
    if (!signature || signature->empty()) return malformed("The token has no signature.");
    return SignedToken{std::string(text),  *algorithm, text_in(*header, "kid").value_or(""),
                       std::move(*claims), second,     std::move(*signature)};
}

Expected<> verify(SignedToken const& token, KeySet const& keys) {
    std::vector<PublicKey const*> fitting;
    for (auto const& key : keys)
        if (key.may(token.algorithm) && (token.key_id.empty() || key.id == token.key_id)) fitting.push_back(&key);
    if (fitting.empty() || (token.key_id.empty() && fitting.size() > 1))
        return fail(ErrorKind::forbidden, "token_key_unknown",
                    "The provider publishes no key that fits the token's signature.");
    auto const message = std::string_view(token.text).substr(0, token.signed_size);
    for (auto const* key : fitting)
        if (is_signed_by(key->key.get(), token.algorithm, message, token.signature)) return {};
    return fail(ErrorKind::forbidden, "token_signature", "The token's signature is not the provider's.");
}

Expected<> verify(SignedToken const& token, Key256 const& secret) {
    auto const message = std::string_view(token.text).substr(0, token.signed_size);
    ByteView const key(reinterpret_cast<char const*>(secret.data()), secret.size());
    if (token.algorithm == Algorithm::HS256 &&
        equal_in_constant_time(hmac_sha256(key, message).view(), token.signature))
        return {};
    return fail(ErrorKind::forbidden, "token_signature", "The token's signature is not of the secret's owner.");
}

}  // namespace rapport::identity
