// Time stamps against parts that we did not write: the openssl tool as client and as authority.
#include "evidence/signature_xml.hpp"
#include "evidence/test_parts.hpp"

namespace rapport::evidence::test {
namespace {

std::string code_of(Expected<TimeStamp> const& stamp) { return stamp ? "" : stamp.error().code; }

struct Authority : Parts {
    explicit Authority(Time now = noon)
        : Parts(now), tsa(*TimeStampAuthority::open(stamp.key_pem, stamp.certificate_pem, now)) {}
    TimeStampAuthority tsa;
};

TEST(TimeStamps, OfOurAuthorityAreBelievedByOurClient) {
    Authority const a;
    auto const request = build_request(sha256("data"), time_stamp_policy_oid);
    auto const stamp = verify_response(a.tsa.respond(request.der, noon + Duration(250'000)), request, a.trust);
    ASSERT_TRUE(stamp) << stamp.error().text;
    EXPECT_EQ(stamp->time, noon + Duration(250'000));
    EXPECT_EQ(stamp->accuracy, std::chrono::seconds(1));
    EXPECT_EQ(stamp->policy, time_stamp_policy_oid);
    EXPECT_EQ(stamp->serial.size(), 32U);
    EXPECT_NE(stamp->signer_subject.find("NON-QUALIFIED demo"), std::string::npos);
    auto const other = a.tsa.stamp(sha256("data"), noon);
    EXPECT_NE(parse_token(*other)->serial, stamp->serial);
}

TEST(TimeStamps, OfOurAuthorityAreBelievedByTheOpensslTool) {
    Authority const a(today());
    Scratch const scratch;
    scratch.write("data", "data");
    scratch.write("root.pem", a.authority.root().certificate_pem);
    auto const request = build_request(sha256("data"));
    scratch.write("request.tsq", request.der);
    scratch.write("response.tsr", a.tsa.respond(request.der, today()));
    EXPECT_EQ(scratch.run("openssl ts -query -in request.tsq -text"), 0) << scratch.read("output");
    EXPECT_EQ(scratch.run("openssl ts -reply -in response.tsr -text"), 0) << scratch.read("output");
    EXPECT_NE(scratch.read("output").find("Granted"), std::string::npos);
    EXPECT_EQ(scratch.run("openssl ts -verify -queryfile request.tsq -in response.tsr -CAfile root.pem"), 0)
        << scratch.read("output");
    EXPECT_EQ(scratch.run("openssl ts -verify -data data -in response.tsr -CAfile root.pem"), 0)
        << scratch.read("output");
    scratch.write("token.der", *a.tsa.stamp(sha256("data"), today()));
    EXPECT_EQ(scratch.run("openssl ts -verify -data data -in token.der -token_in -CAfile root.pem"), 0)
        << scratch.read("output");
    // A query by the tool, answered by us.
    ASSERT_EQ(scratch.run("openssl ts -query -data data -sha512 -cert -out other.tsq"), 0);
    scratch.write("other.tsr", a.tsa.respond(scratch.read("other.tsq"), today()));
    EXPECT_EQ(scratch.run("openssl ts -verify -queryfile other.tsq -in other.tsr -CAfile root.pem"), 0)
        << scratch.read("output");
}

TEST(TimeStamps, OfTheOpensslToolAsAuthorityAreBelievedByOurClient) {
    Authority const a(today());
    Scratch const scratch;
    scratch.write("tsa.key", a.stamp.key_pem);
    scratch.write("tsa.crt", a.stamp.certificate_pem);
    auto const config = [](char const* digest) {
        return std::string(
                   "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.crt\nsigner_key=tsa.key\n"
                   "signer_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\nordering=no\ness_cert_id_alg=") +
               digest + "\n";
    };
    scratch.write("serial", "01\n");
    auto const request = build_request(sha256("data"));
    scratch.write("request.tsq", request.der);
    scratch.write("tsa.conf", config("sha256"));
    ASSERT_EQ(scratch.run("openssl ts -reply -config tsa.conf -queryfile request.tsq -out response.tsr"), 0)
        << scratch.read("output");
    auto const stamp = verify_response(scratch.read("response.tsr"), request, a.trust);
    ASSERT_TRUE(stamp) << stamp.error().text;
    EXPECT_EQ(stamp->policy, "1.2.3.4");
    // The old certificate identifier relies on SHA-1.
    scratch.write("tsa.conf", config("sha1"));
    ASSERT_EQ(scratch.run("openssl ts -reply -config tsa.conf -queryfile request.tsq -out response.tsr"), 0)
        << scratch.read("output");
    EXPECT_EQ(code_of(verify_response(scratch.read("response.tsr"), request, a.trust)), "time_stamp_untrusted");
}

TEST(TimeStamps, AboutSomethingElseAreRefused) {
    Authority const a;
    auto const request = build_request(sha256("data"));
    auto const response = a.tsa.respond(request.der, noon);
    auto other = request;
    other.imprint = sha256("other data");
    EXPECT_EQ(code_of(verify_response(response, other, a.trust)), "time_stamp_mismatch");
    other = request;
    other.nonce = random_bytes(8);
    EXPECT_EQ(code_of(verify_response(response, other, a.trust)), "time_stamp_mismatch");
}

TEST(TimeStamps, ChangedAtAnyByteAreRefused) {
    Authority const a;
    auto const imprint = sha256("data");
    auto const token = *a.tsa.stamp(imprint, noon);
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
        EXPECT_FALSE(verify_token(changed, imprint, a.trust)) << i;
        changed[i] = static_cast<char>(token[i] ^ 0x01);
        EXPECT_FALSE(verify_token(changed, imprint, a.trust)) << i;
    }
    for (std::size_t size = 0; size < token.size(); size += 7)
        EXPECT_FALSE(verify_token(token.substr(0, size), imprint, a.trust));
}

TEST(TimeStamps, OfAnUnknownAuthorityOrAnotherKindOfKeyAreRefused) {
    Authority const a;
    Authority const stranger;
    auto const request = build_request(sha256("data"));
    EXPECT_EQ(code_of(verify_response(stranger.tsa.respond(request.der, noon), request, a.trust)),
              "time_stamp_untrusted");
    auto const seal_as_tsa = TimeStampAuthority::open(a.seal.key_pem, a.seal.certificate_pem, noon);
    ASSERT_FALSE(seal_as_tsa);
    EXPECT_EQ(seal_as_tsa.error().code, "key_usage");
}

TEST(TimeStamps, OutsideTheCertificatesLifeAreRefused) {
    Authority const a;
    auto const request = build_request(sha256("data"));
    auto const late = a.tsa.respond(request.der, noon + std::chrono::days(6 * 365));
    EXPECT_EQ(code_of(verify_response(late, request, a.trust)), "time_stamp_untrusted");
    auto const expired =
        TimeStampAuthority::open(a.stamp.key_pem, a.stamp.certificate_pem, noon + std::chrono::days(6 * 365));
    ASSERT_FALSE(expired);
    EXPECT_EQ(expired.error().code, "certificate_expired");
}

TEST(TimeStamps, RequestsThatMakeNoSenseAreRejectedWithAStatus) {
    Authority const a;
    for (Bytes const& request :
         {Bytes(), Bytes("hello"), Bytes("\x30\x80", 2), Bytes(100'000, 'x'), build_request(sha256("")).der + "x"}) {
        auto const response = a.tsa.respond(request, noon);
        ASSERT_FALSE(response.empty());
        if (request.ends_with("x") && request.size() < 100) continue;  // OpenSSL passes over what follows a request
        auto const token = token_of(response);
        ASSERT_FALSE(token);
        EXPECT_EQ(token.error().code, "time_stamp_refused");
    }
    EXPECT_EQ(token_of("rubbish").error().code, "time_stamp_malformed");
}

TEST(TimeStamps, MakeTheStoredRecordATimeStampedOneWithoutWritingItAnew) {
    Authority const a(today());
    auto const xml = *a.sealer.seal_xml(statement_of(EventCode::A1, today()), today());
    auto const token = *a.tsa.stamp(*timestamp_imprint(xml), today());
    auto const stamped = with_timestamp(xml, token);
    ASSERT_TRUE(stamped);
    EXPECT_EQ(*stamped, *with_timestamp(xml, token));
    EXPECT_EQ(stamped->substr(0, xml.size() - part::tail.size()), xml.substr(0, xml.size() - part::tail.size()));
    EXPECT_EQ(*timestamp_imprint(*stamped), *timestamp_imprint(xml));
    EXPECT_EQ(with_timestamp(*stamped, token).error().code, "already_timestamped");
    EXPECT_EQ(with_timestamp("<a/>", token).error().code, "evidence_malformed");
    EXPECT_EQ(timestamp_imprint("<a/>").error().code, "evidence_malformed");

    // By hand: xmlsec1 for the record, and openssl for the token over the canonical SignatureValue.
    Scratch const scratch;
    scratch.write("root.pem", a.authority.root().certificate_pem);
    scratch.write("evidence.xml", *stamped);
    EXPECT_EQ(scratch.run("xmlsec1 --verify --trusted-pem root.pem evidence.xml"), 0) << scratch.read("output");
    EXPECT_EQ(scratch.run("sed -e 's/.*\\(<ds:SignatureValue.*<\\/ds:SignatureValue>\\).*/\\1/;$!d' evidence.xml | tr "
                          "-d '\\n' > value; "
                          "sed -e '$!d;s/.*<xades:EncapsulatedTimeStamp>\\(.*\\)<\\/xades:Enc.*/\\1/' evidence.xml | "
                          "base64 -d > token; "
                          "openssl ts -verify -data value -in token -token_in -CAfile root.pem"),
              0)
        << scratch.read("output");
}

}  // namespace
}  // namespace rapport::evidence::test
