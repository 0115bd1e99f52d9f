// For tests: keys that sign tokens, and an identity provider that does as it is told, also what none should.
#pragma once

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/serialize.hpp>

#include <future>
#include <mutex>

#include "base/crypto.hpp"
#include "identity/oidc.hpp"
#include "net/client.hpp"
#include "net/task_group.hpp"
#include "net/test_server.hpp"

namespace rapport::identity {

inline Bytes bytes_of(BIGNUM const* number, int size) {
    Bytes out(static_cast<std::size_t>(size), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), size);
    return out;
}

class TestKey {
  public:
    explicit TestKey(Algorithm algorithm) : algorithm_(algorithm) {
        if (algorithm == Algorithm::ES256) key_ = EVP_EC_gen("P-256");
        if (algorithm == Algorithm::EdDSA) key_ = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        if (!key_) key_ = EVP_RSA_gen(2048);
    }
    ~TestKey() { EVP_PKEY_free(key_); }
    TestKey(TestKey const&) = delete;

    json::Object jwk(std::string_view id, bool with_algorithm = true) const {
        json::Object out{{"kid", id}, {"use", "sig"}};
        if (with_algorithm) out["alg"] = json::enum_name(algorithm_);
        auto const number = [&](char const* name, int size) {
            BIGNUM* value = nullptr;
            EVP_PKEY_get_bn_param(key_, name, &value);
            auto const text = to_base64url(bytes_of(value, size ? size : BN_num_bytes(value)));
            BN_free(value);
            return text;
        };
        if (algorithm_ == Algorithm::ES256) {
            out["kty"] = "EC";
            out["crv"] = "P-256";
            out["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
            out["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
        } else if (algorithm_ == Algorithm::EdDSA) {
            unsigned char raw[32];
            std::size_t size = sizeof raw;
            EVP_PKEY_get_raw_public_key(key_, raw, &size);
            out["kty"] = "OKP";
            out["crv"] = "Ed25519";
            out["x"] = to_base64url({reinterpret_cast<char const*>(raw), size});
        } else {
            out["kty"] = "RSA";
            out["n"] = number(OSSL_PKEY_PARAM_RSA_N, 0);
            out["e"] = number(OSSL_PKEY_PARAM_RSA_E, 0);
        }
        return out;
    }

    Bytes sign(ByteView message) const {
        auto* const context = EVP_MD_CTX_new();
        EVP_PKEY_CTX* options = nullptr;
        auto const* digest = algorithm_ == Algorithm::EdDSA ? nullptr : EVP_sha256();
        EVP_DigestSignInit(context, &options, digest, nullptr, key_);
        if (algorithm_ == Algorithm::PS256) {
            EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
        }
        Bytes out(1024, '\0');
        std::size_t size = out.size();
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<unsigned char const*>(message.data()), message.size());
        EVP_MD_CTX_free(context);
        out.resize(size);
        if (algorithm_ != Algorithm::ES256) return out;
        auto const* at = reinterpret_cast<unsigned char const*>(out.data());
        auto* const both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size));
        auto raw = bytes_of(ECDSA_SIG_get0_r(both), 32) + bytes_of(ECDSA_SIG_get0_s(both), 32);
        ECDSA_SIG_free(both);
        return raw;
    }
    Algorithm algorithm() const { return algorithm_; }

  private:
    Algorithm algorithm_;
    EVP_PKEY* key_ = nullptr;
};

inline std::string part(json::Object const& object) { return to_base64url(boost::json::serialize(object)); }
inline std::string token(TestKey const& key, json::Object header, json::Object const& claims) {
    if (!header.contains("alg")) header["alg"] = json::enum_name(key.algorithm());
    auto const message = part(header) + "." + part(claims);
    return message + "." + to_base64url(key.sign(message));
}

// What it answers is changed between requests.
class TestProvider {
  public:
    TestProvider() : server(routes()) {
        issuer = "http://127.0.0.1:" + std::to_string(server.server.port());
        metadata = {{"issuer", issuer},
                    {"authorization_endpoint", issuer + "/authorize"},
                    {"token_endpoint", issuer + "/token"},
                    {"jwks_uri", issuer + "/keys"},
                    {"userinfo_endpoint", issuer + "/me"},
                    {"response_types_supported", boost::json::array{"code"}},
                    {"code_challenge_methods_supported", boost::json::array{"S256"}},
                    {"authorization_response_iss_parameter_supported", true}};
    }

    std::string issuer;
    json::Object metadata;
    boost::json::array keys;
    std::string id_token, user_info, token_reply;  // token_reply: in place of the usual one
    std::string last_token_request;
    std::atomic<int> asked_metadata = 0, asked_keys = 0;
    std::atomic<bool> redirects = false, is_huge = false;
    std::atomic<int> delay_ms = 0;

  private:
    static net::Response json_reply(std::string text) { return net::json_response(200, std::move(text)); }
    Task<net::Response> about(net::Request&) {
        ++asked_metadata;
        if (delay_ms > 0) co_await net::sleep(std::chrono::milliseconds(delay_ms));
        if (redirects) co_return net::see_other(issuer + "/.well-known/openid-configuration");
        if (is_huge) co_return json_reply("{\"x\":\"" + std::string(2 << 20, 'x') + "\"}");
        co_return json_reply(boost::json::serialize(metadata));
    }
    Task<net::Response> key_set(net::Request&) {
        ++asked_keys;
        co_return json_reply(boost::json::serialize(json::Object{{"keys", keys}}));
    }
    Task<net::Response> redeem(net::Request& request) {
        last_token_request = std::string(request.header("Authorization")) + "\n" + std::string(request.body());
        if (!token_reply.empty()) co_return json_reply(token_reply);
        json::Object const reply{{"access_token", "at"}, {"token_type", "Bearer"}, {"id_token", id_token}};
        co_return json_reply(boost::json::serialize(reply));
    }
    Task<net::Response> me(net::Request&) { co_return json_reply(user_info); }

    net::Routes routes() {
        net::RouteOptions const any{.kind = net::Kind::upload};
        return {
            net::get<"/.well-known/openid-configuration">(net::anyone, "",
                                                          [this](net::Request& r) { return about(r); }),
            net::get<"/keys">(net::anyone, "", [this](net::Request& r) { return key_set(r); }),
            net::post<"/token">(
                net::anyone, "", [this](net::Request& r) { return redeem(r); }, any),
            net::get<"/me">(net::anyone, "", [this](net::Request& r) { return me(r); }),
        };
    }

  public:
    net::TestServer server;  // last: it stops before what its handlers use goes
};

}  // namespace rapport::identity
