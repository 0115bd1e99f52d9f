// Tokens that are written directly: as OpenSSL reads them, in one form only, and believed for no other reason than
// others are.
#include "evidence/own_token.hpp"

#include "evidence/der.hpp"
#include "evidence/p256.hpp"
#include "evidence/test_parts.hpp"
#include "evidence/trust.hpp"

namespace rapport::evidence::test {
namespace {

struct Authority : Parts {
    explicit Authority(Time now = noon)
        : Parts(now), tsa(*TimeStampAuthority::open(stamp.key_pem, stamp.certificate_pem, now)) {}
    TimeStampAuthority tsa;
};

// A token of the form with any key and certificate.
Bytes forged(DemoCertificate const& certificate, ByteView key_pem, Digest const& imprint, Time at) {
    auto const own = read_certificates(certificate.certificate_pem);
    TokenForm const form(own->front().get(), {});
    Bytes const policy("\x2a\x03\x04"), serial = "\x40" + Bytes(15, '1');
    auto const info = TokenForm::tst_info({imprint, policy, serial, at});
    auto const attributes = form.signed_attributes(info);
    return form.token(info, attributes, SigningKey(*read_private_key(key_pem)).sign(sha256(attributes)));
}

TEST(OwnTokens, SayWhatOpensslsTokensOfTheSameAuthoritySay) {
    Authority const a;
    auto const imprint = sha256("data");
    auto const at = noon + Duration(123'456);
    auto const ours = verify_token(*a.tsa.stamp(imprint, at), imprint, a.trust);
    auto const theirs =
        verify_token(*token_of(a.tsa.respond(build_request(imprint, time_stamp_policy_oid).der, at)), imprint, a.trust);
    ASSERT_TRUE(ours) << ours.error().text;
    ASSERT_TRUE(theirs) << theirs.error().text;
    EXPECT_EQ(ours->time, at);
    EXPECT_EQ(theirs->time, at);
    EXPECT_EQ(ours->imprint, theirs->imprint);
    EXPECT_EQ(ours->accuracy, theirs->accuracy);
    EXPECT_EQ(ours->policy, theirs->policy);
    EXPECT_EQ(ours->signer_subject, theirs->signer_subject);
    EXPECT_EQ(ours->signer_fingerprint, theirs->signer_fingerprint);
    EXPECT_EQ(ours->serial.size(), theirs->serial.size());
    // What is read in the short way is what OpenSSL reads.
    auto const read = parse_token(ours->token);
    ASSERT_TRUE(read) << read.error().text;  // DER, for one thing
    EXPECT_EQ(read->serial, ours->serial);
    EXPECT_EQ(read->time, ours->time);
    EXPECT_EQ(read->policy, ours->policy);
    EXPECT_EQ(read->accuracy, ours->accuracy);
    EXPECT_EQ(read->signer_fingerprint, ours->signer_fingerprint);
}

TEST(OwnTokens, AreBelievedByTheOpensslTools) {
    Authority const a(today());
    Scratch const scratch;
    scratch.write("data", "data");
    scratch.write("root.pem", a.authority.root().certificate_pem);
    // Every length of a fraction of a second.
    for (auto const us : {0, 1, 10, 120, 123'000, 999'999, 500'000}) {
        auto const at = std::chrono::floor<std::chrono::seconds>(today()) + Duration(us);
        scratch.write("token.der", *a.tsa.stamp(sha256("data"), at));
        EXPECT_EQ(scratch.run("openssl ts -verify -data data -in token.der -token_in -CAfile root.pem"), 0)
            << scratch.read("output");
        EXPECT_EQ(scratch.run("openssl cms -verify -inform DER -in token.der -CAfile root.pem -purpose timestampsign "
                              "-out info.der"),
                  0)
            << scratch.read("output");
        EXPECT_EQ(scratch.run("openssl asn1parse -inform DER -in info.der"), 0) << scratch.read("output");
        EXPECT_EQ(scratch.run("openssl asn1parse -inform DER -in token.der"), 0) << scratch.read("output");
        EXPECT_EQ(scratch.run("openssl ts -reply -in token.der -token_in -text"), 0) << scratch.read("output");
        EXPECT_NE(scratch.read("output").find("Policy OID: " + std::string(time_stamp_policy_oid)), std::string::npos);
    }
    scratch.write("data", "date");
    EXPECT_NE(scratch.run("openssl ts -verify -data data -in token.der -token_in -CAfile root.pem"), 0);
}

TEST(OwnTokens, HaveOneTstInfo) {
    Bytes const policy("\x2a\x03\x04"), serial = "\x40" + Bytes(15, '\x11');
    auto const info = TokenForm::tst_info({sha256("data"), policy, serial, noon + Duration(120'000)});
    EXPECT_EQ(to_hex(info),
              "3066020101"
              "06032a0304"
              "3031300d060960864801650304020105000420"
              "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7"
              "021040111111111111111111111111111111"
              "181232303236313132313132303030302e31325a"
              "3003020101");
}

TEST(OwnTokens, WriteTimesAsDerHasThem) {
    auto const text = [](char const* at) { return der::generalized(*time_from_text(at)).substr(2); };
    EXPECT_EQ(text("2026-11-21T12:00:00Z"), "20261121120000Z");
    EXPECT_EQ(text("2026-11-21T12:00:10.100Z"), "20261121120010.1Z");
    EXPECT_EQ(text("2026-11-21T12:00:10.000001Z"), "20261121120010.000001Z");
    for (auto const* at : {"1970-01-01T00:00:00Z", "2050-12-31T23:59:59.999999Z"})
        EXPECT_EQ(gen_time(text(at)), time_from_text(at));
    for (auto const* bad : {"", "Z", "20261121120000", "20261121120000,1Z", "20261121120000.1+0100", "2026112112000aZ"})
        EXPECT_EQ(gen_time(bad), std::nullopt) << bad;
}

TEST(OwnTokens, ByACertificateThatIsNotForTimeStampingAreRefused) {
    Authority const a;
    auto const imprint = sha256("data");
    EXPECT_TRUE(verify_token(forged(a.stamp, a.stamp.key_pem, imprint, noon), imprint, a.trust));
    EXPECT_FALSE(verify_token(forged(a.seal, a.seal.key_pem, imprint, noon), imprint, a.trust));
    EXPECT_FALSE(verify_token(forged(a.authority.root(), a.authority.root().key_pem, imprint, noon), imprint, a.trust));
}

TEST(OwnTokens, ByAnotherKeyAreRefusedThoughTheCertificateIsKnown) {
    Authority const a;
    auto const imprint = sha256("data");
    ASSERT_TRUE(verify_token(*a.tsa.stamp(imprint, noon), imprint, a.trust));
    auto const forgery = verify_token(forged(a.stamp, a.seal.key_pem, imprint, noon), imprint, a.trust);
    ASSERT_FALSE(forgery);
    EXPECT_EQ(forgery.error().code, "time_stamp_untrusted");
}

TEST(RememberedAuthorities, AreBelievedOnlyWhileTheirCertificatesAreValid) {
    Authority const a;
    auto const imprint = sha256("data");
    ASSERT_TRUE(verify_token(*a.tsa.stamp(imprint, noon), imprint, a.trust));
    for (auto const off : {-std::chrono::hours(2), std::chrono::hours(24 * 6 * 365)}) {
        auto const stamp = verify_token(forged(a.stamp, a.stamp.key_pem, imprint, noon + off), imprint, a.trust);
        ASSERT_FALSE(stamp);
        EXPECT_EQ(stamp.error().code, "time_stamp_untrusted");
    }
}

TEST(RememberedAuthorities, DependOnTheRootsAndOnNothingElse) {
    Authority const a, stranger;
    auto const imprint = sha256("data");
    auto const token = *a.tsa.stamp(imprint, noon);
    Trust trust;
    EXPECT_FALSE(verify_token(token, imprint, trust));  // remembered as not to be believed
    EXPECT_FALSE(verify_token(token, imprint, trust));
    ASSERT_TRUE(trust.add_root(stranger.authority.root().certificate_pem));
    EXPECT_FALSE(verify_token(token, imprint, trust));
    ASSERT_TRUE(trust.add_root(a.authority.root().certificate_pem));
    EXPECT_TRUE(verify_token(token, imprint, trust));
    EXPECT_TRUE(verify_token(*stranger.tsa.stamp(imprint, noon), imprint, trust));
    // Believed here, and not there.
    EXPECT_FALSE(verify_token(*stranger.tsa.stamp(imprint, noon), imprint, a.trust));
    // The same name and another key: the chain is not that of its namesake.
    auto const& namesake = stranger.stamp;
    EXPECT_FALSE(verify_token(forged(namesake, a.stamp.key_pem, imprint, noon), imprint, a.trust));
}

TEST(RememberedAuthorities, AreAsManyAsFitAndThenBegunAnew) {
    Authority const a;
    auto const imprint = sha256("data");
    auto const good = *a.tsa.stamp(imprint, noon);
    // A stranger can fill the memory with rubbish; it changes no answer.
    auto const certificate = read_certificates(a.stamp.certificate_pem);
    Bytes const der = der_of(certificate->front().get());
    for (int i = 0; i < 1'100; ++i) {
        EXPECT_EQ(checked_authority(a.trust, der + std::to_string(i)), nullptr);
        if (i % 100 == 0) EXPECT_TRUE(verify_token(good, imprint, a.trust));
    }
    EXPECT_LE(a.trust.state().authorities.size(), 1'024U);
}

}  // namespace
}  // namespace rapport::evidence::test
