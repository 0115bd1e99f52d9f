// Passkeys, as an authenticator makes them and as a hostile page would like them to be taken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/passkey.hpp"
#include "identity/provider_fixture.hpp"

namespace rapport::identity {
namespace {

constexpr char present = 0x01, verified = 0x04, attested = 0x40;

// A software authenticator with one Ed25519 key.
class Passkeys : public testing::Test {
  protected:
    static Bytes client_data(std::string_view type, std::string_view challenge, std::string_view origin,
                             bool cross = false) {
        return boost::json::serialize(json::Object{
            {"type", type}, {"challenge", to_base64url(challenge)}, {"origin", origin}, {"crossOrigin", cross}});
    }
    static Bytes data(std::string_view party, char flags, char count) {
        return Bytes(sha256(party).view()) + flags + Bytes(3, '\0') + count;
    }
    Bytes public_key() const { return from_base64url(std::string(key_.jwk("k").at("x").as_string())).value(); }
    Bytes registered(char flags = present | verified | attested, std::string_view party = "post.example") const {
        Bytes const cose("\xA4\x01\x01\x03\x27\x20\x06\x21\x58\x20", 10);
        return data(party, flags, 0) + Bytes(16, '\0') + Bytes("\0\x04", 2) + "cred" + cose + public_key();
    }
    Bytes create_data(std::string_view challenge = "question") const {
        return client_data("webauthn.create", challenge, party_.origin);
    }
    Bytes get_data() const { return client_data("webauthn.get", "question", party_.origin); }

    std::string registration(Bytes const& client, Bytes const& authenticator) const {
        auto const made = check_registration(party_, "question", {client, authenticator});
        return made ? "" : made.error().code;
    }
    std::string assertion(Bytes const& client, Bytes const& authenticator, TestKey const& key,
                          std::string_view challenge = "question") const {
        Passkey const passkey{"cred", -8, public_key(), 7};
        auto const signature = key.sign(authenticator + Bytes(sha256(client).view()));
        auto const told = check_assertion(party_, challenge, passkey, {client, authenticator, signature});
        return told ? "" : told.error().code;
    }
    std::string assertion(Bytes const& client, Bytes const& authenticator) const {
        return assertion(client, authenticator, key_);
    }

    PasskeyParty const party_{"post.example", "https://post.example"};
    TestKey const key_{Algorithm::EdDSA};
    Bytes const good_ = data("post.example", present | verified, 8);
};

TEST_F(Passkeys, one_that_was_registered_answers_the_next_question) {
    auto const made = check_registration(party_, "question", {create_data(), registered()});
    ASSERT_TRUE(made) << made.error().code;
    EXPECT_EQ(made->credential, "cred");
    EXPECT_EQ(made->algorithm, -8);
    EXPECT_EQ(made->key, public_key());
    auto const signature = key_.sign(good_ + Bytes(sha256(get_data()).view()));
    EXPECT_EQ(check_assertion(party_, "question", *made, {get_data(), good_, signature}), 8U);
}

TEST_F(Passkeys, a_registration_for_another_question_site_or_without_the_user_is_refused) {
    EXPECT_EQ(registration(create_data(), registered()), "");
    EXPECT_EQ(registration(create_data("another question"), registered()), "passkey_challenge");
    EXPECT_EQ(registration(get_data(), registered()), "passkey_malformed");
    EXPECT_EQ(registration(client_data("webauthn.create", "question", "https://post.example.evil"), registered()),
              "passkey_origin");
    EXPECT_EQ(registration(client_data("webauthn.create", "question", party_.origin, true), registered()),
              "passkey_origin");
    EXPECT_EQ(registration(create_data(), registered(present | verified | attested, "evil.example")), "passkey_party");
    EXPECT_EQ(registration(create_data(), registered(present | attested)), "passkey_not_verified");
    EXPECT_EQ(registration(create_data(), registered(verified | attested)), "passkey_not_verified");
    EXPECT_EQ(registration(create_data(), data("post.example", present | verified, 0)), "passkey_unsupported");
    for (std::size_t cut : {0UZ, 36UZ, 54UZ, registered().size() - 1})
        EXPECT_NE(registration(create_data(), registered().substr(0, cut)), "") << cut;
    EXPECT_EQ(registration("{", registered()), "passkey_malformed");
    EXPECT_EQ(registration("[]", registered()), "passkey_malformed");
    EXPECT_EQ(registration(Bytes(5000, ' '), registered()), "passkey_malformed");
}

TEST_F(Passkeys, an_assertion_that_is_forged_replayed_or_not_unlocked_is_refused) {
    EXPECT_EQ(assertion(get_data(), good_), "");
    EXPECT_EQ(assertion(get_data(), good_, key_, "the next question"), "passkey_challenge");
    EXPECT_EQ(assertion(get_data(), good_, key_, ""), "passkey_challenge");
    EXPECT_EQ(assertion(create_data(), good_), "passkey_malformed");
    EXPECT_EQ(assertion(client_data("webauthn.get", "question", "http://post.example"), good_), "passkey_origin");
    EXPECT_EQ(assertion(get_data(), data("evil.example", present | verified, 8)), "passkey_party");
    EXPECT_EQ(assertion(get_data(), data("post.example", present, 8)), "passkey_not_verified");
    TestKey const another(Algorithm::EdDSA);
    EXPECT_EQ(assertion(get_data(), good_, another), "passkey_signature");
}

TEST_F(Passkeys, a_counter_that_did_not_rise_tells_of_a_copy) {
    EXPECT_EQ(assertion(get_data(), data("post.example", present | verified, 7)), "passkey_cloned");
    EXPECT_EQ(assertion(get_data(), data("post.example", present | verified, 6)), "passkey_cloned");
    EXPECT_EQ(assertion(get_data(), data("post.example", present | verified, 0)), "passkey_cloned");
}

TEST_F(Passkeys, a_signature_belongs_to_its_data) {
    Passkey const passkey{"cred", -8, public_key(), 7};
    auto const signature = key_.sign(good_ + Bytes(sha256(get_data()).view()));
    auto const higher = data("post.example", present | verified, 9);
    EXPECT_EQ(check_assertion(party_, "question", passkey, {get_data(), higher, signature}).error().code,
              "passkey_signature");
    Passkey as_es256 = passkey;  // key confusion
    as_es256.algorithm = -7;
    EXPECT_EQ(check_assertion(party_, "question", as_es256, {get_data(), good_, signature}).error().code,
              "passkey_signature");
    EXPECT_EQ(check_assertion(party_, "question", passkey, {get_data(), good_, ""}).error().code, "passkey_malformed");
}

}  // namespace
}  // namespace rapport::identity
