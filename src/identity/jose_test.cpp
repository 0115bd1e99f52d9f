// Tokens and keys: the RFCs' examples, and what must be refused.
#include <gmock/gmock.h>

#include "identity/provider_fixture.hpp"

namespace rapport::identity {
namespace {

KeySet set_of(std::initializer_list<json::Object> keys) {
    boost::json::array list;
    for (auto const& one : keys) list.push_back(one);
    return read_key_set(boost::json::serialize(json::Object{{"keys", list}})).value();
}
std::string refused(std::string const& text, KeySet const& keys) {
    auto const read = read_token(text);
    if (!read) return read.error().code;
    auto const good = verify(*read, keys);
    return good ? "" : good.error().code;
}

TEST(Tokens, rfc_7515_a_3_is_verified_and_a_changed_octet_is_noticed) {
    auto const keys = set_of({{{"kty", "EC"},
                               {"crv", "P-256"},
                               {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                               {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}}});
    std::string const text =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    EXPECT_EQ(refused(text, keys), "");
    EXPECT_EQ(text_in(read_token(text)->claims, "iss"), "joe");
    for (std::size_t i = text.rfind('.') + 1; i + 1 < text.size(); i += 7) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(refused(changed, keys), "token_signature") << i;
    }
}

TEST(Tokens, each_algorithm_is_verified_by_its_key_and_by_no_other) {
    for (auto const algorithm : {Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA}) {
        TestKey const key(algorithm), other(algorithm);
        auto const text = token(key, {{"kid", "a"}}, {{"sub", "1"}});
        EXPECT_EQ(refused(text, set_of({key.jwk("a")})), "");
        EXPECT_EQ(refused(text, set_of({key.jwk("a", false)})), "") << "the key names no algorithm";
        EXPECT_EQ(refused(text, set_of({other.jwk("a")})), "token_signature");
        EXPECT_EQ(refused(text, set_of({key.jwk("b")})), "token_key_unknown");
        EXPECT_EQ(refused(token(key, {}, {{"sub", "1"}}), set_of({key.jwk("a")})), "") << "one key, none is named";
        EXPECT_EQ(refused(token(key, {}, {{"sub", "1"}}), set_of({key.jwk("a"), other.jwk("b")})), "token_key_unknown");
    }
}

TEST(Tokens, a_key_for_one_algorithm_verifies_no_other) {
    TestKey const key(Algorithm::RS256);
    auto jwk = key.jwk("a");
    jwk["alg"] = "PS256";
    EXPECT_EQ(refused(token(key, {{"kid", "a"}}, {}), set_of({jwk})), "token_key_unknown");
}

TEST(Tokens, none_and_the_public_key_as_a_secret_are_refused) {
    TestKey const key(Algorithm::RS256);
    auto const keys = set_of({key.jwk("a", false)});
    EXPECT_EQ(refused(part({{"alg", "none"}}) + "." + part({{"sub", "1"}}) + ".", keys), "token_algorithm");
    EXPECT_EQ(refused(part({{"alg", "nOnE"}}) + "." + part({{"sub", "1"}}) + ".AA", keys), "token_algorithm");
    auto const message = part({{"alg", "HS256"}, {"kid", "a"}}) + "." + part({{"sub", "1"}});
    auto const secret = boost::json::serialize(key.jwk("a"));
    EXPECT_EQ(refused(message + "." + to_base64url(hmac_sha256(secret, message).view()), keys), "token_algorithm");
    EXPECT_EQ(refused(part({{"alg", "RS256"}}) + "." + part({{"sub", "1"}}) + ".", keys), "token_malformed");
}

TEST(Tokens, by_a_secret_are_read_by_who_shares_it_alone) {
    Key256 const ours{1}, others{2};
    auto const message = part({{"alg", "HS256"}, {"typ", "JWT"}}) + "." + part({{"sub", "1"}});
    ByteView const key(reinterpret_cast<char const*>(ours.data()), ours.size());
    auto const read = read_token(message + "." + to_base64url(hmac_sha256(key, message).view()), by_secret);
    ASSERT_TRUE(read);
    EXPECT_TRUE(verify(*read, ours));
    EXPECT_EQ(verify(*read, others).error().code, "token_signature");
    TestKey const public_key(Algorithm::RS256);
    EXPECT_EQ(verify(*read, set_of({public_key.jwk("", false)})).error().code, "token_key_unknown");
    auto const by_public = token(public_key, {{"kid", "a"}}, {});
    EXPECT_EQ(read_token(by_public, by_secret).error().code, "token_algorithm");
    EXPECT_EQ(verify(*read_token(by_public), ours).error().code, "token_signature");
}

TEST(Tokens, what_is_malformed_critical_of_another_type_or_too_long_is_refused) {
    TestKey const key(Algorithm::ES256);
    auto const keys = set_of({key.jwk("a")});
    EXPECT_EQ(refused(token(key, {{"kid", "a"}, {"crit", boost::json::array{"b64"}}}, {}), keys), "token_critical");
    EXPECT_EQ(refused(token(key, {{"kid", "a"}, {"typ", "at+jwt"}}, {}), keys), "token_type");
    EXPECT_EQ(refused(token(key, {{"kid", "a"}, {"typ", "JWT"}}, {}), keys), "");
    for (auto const* text : {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.AA", "!!.e30.AA"})
        EXPECT_NE(refused(text, keys), "") << text;
    EXPECT_EQ(refused(token(key, {}, {{"x", std::string(20'000, 'x')}}), keys), "token_malformed");
    auto const twice = to_base64url(R"({"alg":"ES256","alg":"none"})");
    EXPECT_NE(refused(twice + ".e30.AA", keys), "") << "a repeated member";
}

TEST(Keys, weak_foreign_and_encryption_keys_are_left_out) {
    TestKey const key(Algorithm::RS256);
    auto for_encryption = key.jwk("a");
    for_encryption["use"] = "enc";
    auto small = key.jwk("b");
    small["n"] = to_base64url(Bytes(128, '\xC3'));
    auto even = key.jwk("c");
    even["e"] = "Ag";
    json::Object const secret{{"kty", "oct"}, {"k", "AAAA"}, {"kid", "d"}};
    json::Object const off_curve{
        {"kty", "EC"}, {"crv", "P-256"}, {"x", to_base64url(Bytes(32, '\1'))}, {"y", to_base64url(Bytes(32, '\1'))}};
    EXPECT_TRUE(set_of({for_encryption, small, even, secret, off_curve}).empty());
    EXPECT_FALSE(read_key_set("[]"));
    EXPECT_FALSE(read_key_set("{"));
    std::string many = "{\"keys\":[";
    for (int i = 0; i < 60; ++i) many += std::string(i ? "," : "") + "{}";
    EXPECT_FALSE(read_key_set(many + "]}"));
}

}  // namespace
}  // namespace rapport::identity
