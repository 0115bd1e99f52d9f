// Verification of one record: what is good passes both ways of finding canonical bytes, what was touched fails by name.
#include "evidence/xades_verify.hpp"

#include <libxml/parser.h>

#include <random>
#include <set>

#include "evidence/read_xml.hpp"
#include "evidence/signature_xml.hpp"
#include "evidence/test_parts.hpp"

namespace rapport::evidence::test {
namespace {

std::set<std::string> failed(Verified const& verified) {
    std::set<std::string> names;
    for (auto const& check : verified.checks)
        if (!check.ok) names.insert(check.name);
    return names;
}
using Names = std::set<std::string>;

std::string described(Verified const& verified) {
    std::string text;
    for (auto const& check : verified.checks)
        if (!check.ok) text += check.name + ": " + check.detail + '\n';
    return text;
}

Bytes replaced(Bytes xml, std::string_view what, std::string_view with) {
    auto const at = xml.find(what);
    EXPECT_NE(at, Bytes::npos) << what;
    return at == Bytes::npos ? xml : xml.replace(at, what.size(), with);
}

struct Sealed1 : Parts {
    TimeStampAuthority tsa = *TimeStampAuthority::open(stamp.key_pem, stamp.certificate_pem, noon);
    Bytes xml = *sealer.seal_xml(statement_of(EventCode::C4), noon);
    Bytes stamped = *with_timestamp(xml, *tsa.stamp(*timestamp_imprint(xml), noon + std::chrono::seconds(2)));
};

TEST(Verify, FindsEveryEventGoodWithAndWithoutTimeStampBothWays) {
    Sealed1 const s;
    for (auto const& event : events) {
        auto const xml = *s.sealer.seal_xml(statement_of(event.code), noon);
        auto const stamped = *with_timestamp(xml, *s.tsa.stamp(*timestamp_imprint(xml), noon + std::chrono::hours(3)));
        for (auto const how : {CanonicalBy::comparison_first, CanonicalBy::libxml2_only}) {
            auto const plain = verify_evidence(xml, s.trust, how);
            EXPECT_TRUE(plain.ok()) << event.label << described(plain);
            EXPECT_EQ(plain.signing_time, noon);
            EXPECT_FALSE(plain.stamped_time);
            EXPECT_EQ(plain.signer_fingerprint, sha256(s.signer->chain().front()));
            auto const later = verify_evidence(stamped, s.trust, how);
            EXPECT_TRUE(later.ok()) << event.label << described(later);
            EXPECT_EQ(later.stamped_time, noon + std::chrono::hours(3));
        }
    }
}

TEST(Verify, NoticesAChangeOfAnyByte) {
    Sealed1 const s;
    for (std::size_t i = 0; i < s.stamped.size(); ++i) {
        auto changed = s.stamped;
        changed[i] = static_cast<char>(changed[i] ^ (i % 3 == 0 ? 0x01 : i % 3 == 1 ? 0x02 : 0x20));
        EXPECT_FALSE(verify_evidence(changed, s.trust).ok()) << i << s.stamped.substr(i > 20 ? i - 20 : 0, 40);
    }
    for (std::size_t i = 0; i < s.stamped.size(); i += 13) {
        auto changed = s.stamped;
        EXPECT_FALSE(verify_evidence(changed.erase(i, 1), s.trust).ok()) << i;
        changed = s.stamped;
        EXPECT_FALSE(verify_evidence(changed.insert(i, " "), s.trust).ok()) << i;
        EXPECT_FALSE(verify_evidence(s.stamped.substr(0, i), s.trust).ok()) << i;
    }
}

TEST(Verify, FindsAChangeOfAnyByteThatMattersAlsoByLibxml2) {
    Sealed1 const s;
    auto const end_of_statement = s.xml.find(part::signature_begin);
    for (std::size_t i = 0; i < end_of_statement; i += 3) {
        auto changed = s.xml;
        changed[i] = static_cast<char>(changed[i] ^ 0x01);
        EXPECT_FALSE(verify_evidence(changed, s.trust, CanonicalBy::libxml2_only).ok()) << i;
    }
}

TEST(Verify, NamesTheFailedCheck) {
    Sealed1 const s;
    EXPECT_EQ(failed(verify_evidence(replaced(s.xml, "INV-2026/4711", "INV-2026/4712"), s.trust)),
              Names{"digest_of_evidence"});
    EXPECT_EQ(failed(verify_evidence(replaced(s.xml, "<xades:SigningTime>2026", "<xades:SigningTime>2027"), s.trust)),
              Names{"digest_of_signed_properties"});
    EXPECT_EQ(
        failed(verify_evidence(replaced(s.xml, "Event/ConsignmentRejection", "Event/ConsignmentAcceptance"), s.trust)),
        Names{"digest_of_evidence"});
    auto const without_reason = statement_of(EventCode::A1);
    auto accepted = without_reason;
    accepted.reasons.clear();
    EXPECT_EQ(
        failed(verify_evidence(
            replaced(*s.sealer.seal_xml(accepted, noon), "SubmissionAcceptance", "SubmissionRejection"), s.trust)),
        (Names{"digest_of_evidence", "reasons"}));
    auto const at = s.xml.find(part::signature_value_begin) + part::signature_value_begin.size();
    auto other = s.xml;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(failed(verify_evidence(other, s.trust)), Names{"signature"});
    auto const token = *s.tsa.stamp(sha256("something else"), noon);
    EXPECT_EQ(failed(verify_evidence(*with_timestamp(s.xml, token), s.trust)), Names{"time_stamp"});
    auto const early = *s.tsa.stamp(*timestamp_imprint(s.xml), noon - std::chrono::hours(1) + std::chrono::minutes(1));
    EXPECT_EQ(failed(verify_evidence(*with_timestamp(s.xml, early), s.trust)), Names{"time_stamp_order"});
}

TEST(Verify, RefusesKeysThatItDoesNotTrust) {
    Sealed1 const s;
    Parts const stranger;
    auto const verified = verify_evidence(s.xml, stranger.trust);
    EXPECT_EQ(failed(verified), (Names{"certificate_chain", "certificate_validity"}));
    EXPECT_EQ(failed(verify_evidence(s.xml, Trust())), (Names{"certificate_chain", "certificate_validity"}));
    // Another key's certificate beside the signature.
    XmlOut own(4096), other(4096);
    own.base64(s.signer->chain().front());
    other.base64(stranger.signer->chain().front());
    auto const swapped = failed(verify_evidence(replaced(s.xml, own.view(), other.view()), s.trust));
    EXPECT_TRUE(swapped.contains("signing_certificate"));
    EXPECT_TRUE(swapped.contains("signature"));
    // A certificate of the trusted authority that is not for seals: time stamping only.
    auto const ca_as_seal = load_signer(s.authority.root().key_pem, s.authority.root().certificate_pem, noon);
    Sealer const by_root(*ca_as_seal, Issuer{"Root"});
    EXPECT_EQ(failed(verify_evidence(*by_root.seal_xml(statement_of(EventCode::A1), noon), s.trust)),
              Names{"certificate_usage"});
}

TEST(Verify, RefusesSealsOutsideTheCertificatesLife) {
    Sealed1 const s;
    auto const early = *s.sealer.seal_xml(statement_of(EventCode::A1), noon - std::chrono::days(1));
    EXPECT_EQ(failed(verify_evidence(early, s.trust)), Names{"certificate_validity"});
    auto const late = s.sealer.seal_xml(statement_of(EventCode::A1), noon + std::chrono::days(6 * 365));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "certificate_expired");
}

TEST(Verify, RefusesSignedPropertiesOfAnotherRecord) {
    Sealed1 const s;
    auto const other = *s.sealer.seal_xml(statement_of(EventCode::C4), noon + std::chrono::minutes(1));
    auto const cut = [](Bytes const& xml) {
        auto const at = xml.find("<xades:SignedProperties");
        return xml.substr(at, xml.find("</xades:SignedProperties>") - at);
    };
    EXPECT_EQ(failed(verify_evidence(replaced(s.xml, cut(s.xml), cut(other)), s.trust)),
              Names{"digest_of_signed_properties"});
    auto const signature = [](Bytes const& xml) { return xml.substr(xml.find(part::signature_begin)); };
    EXPECT_TRUE(verify_evidence(replaced(other, signature(other), signature(s.xml)), s.trust)
                    .ok());  // same content: same record
    auto const third = *s.sealer.seal_xml(statement_of(EventCode::C5), noon);
    EXPECT_EQ(failed(verify_evidence(replaced(third, signature(third), signature(s.xml)), s.trust)),
              Names{"digest_of_evidence"});
}

TEST(Verify, RefusesWrappedAndDoubledSignatures) {
    Sealed1 const s;
    auto const end = std::string_view("</erds:Evidence>");
    auto const body = s.xml.substr(0, s.xml.size() - end.size());
    auto const signature =
        s.xml.substr(s.xml.find(part::signature_begin), s.xml.size() - s.xml.find(part::signature_begin) - end.size());
    auto const evil = replaced(s.xml, "dlv_0123456789abc", "dlv_0000000000001");
    auto const refused = [&](Bytes const& xml, char const* by) {
        auto const names = failed(verify_evidence(xml, s.trust));
        EXPECT_TRUE(names.contains(by)) << by << described(verify_evidence(xml, s.trust));
    };
    refused(body + signature + Bytes(end), "identifiers");  // two signatures
    refused(replaced(evil, "</erds:Extensions>", "</erds:Extensions>" + s.xml),
            "identifiers");  // the old record inside
    refused("<x>" + s.xml + "</x>", "root");
    refused(replaced(s.xml, "<ds:Object>", "<ds:Object></ds:Object><ds:Object>"), "signature_structure");
    refused(body + "<erds:More></erds:More>" + Bytes(end), "enveloped");  // after the signature
    refused(replaced(s.xml, "<ds:Object>", "<ds:Object Id=\"signed-properties\">"), "identifiers");
    // The reference points to a decoy; the properties that are read are others.
    auto decoy = replaced(s.xml, "<ds:Object>", "<ds:Object Id=\"decoy\">");
    refused(replaced(decoy, "URI=\"#signed-properties\"", "URI=\"#decoy\""), "references");
    refused(replaced(s.xml, "URI=\"\"", "URI=\"#signature\""), "references");
    refused(replaced(s.xml, "URI=\"\"", "URI=\"http://127.0.0.1/\""), "references");
    refused(replaced(s.xml, RAPPORT_ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"), "references");
    refused(replaced(s.xml, RAPPORT_ECDSA_SHA256, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"), "algorithms");
    refused(replaced(s.xml, "Target=\"#signature\"", "Target=\"#other\""), "signature_structure");
    refused(replaced(s.xml, "ObjectReference=\"#evidence-reference\"", "ObjectReference=\"#other\""),
            "signed_properties");
}

TEST(Verify, RefusesDtdsEntitiesCommentsAndWhatIsTooMuch) {
    Sealed1 const s;
    auto const bomb = Bytes("<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>");
    Bytes deep;
    for (int i = 0; i < 200; ++i) deep += "<a>";
    for (int i = 0; i < 200; ++i) deep += "</a>";
    for (Bytes const& xml :
         {bomb + s.xml, Bytes("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">") + s.xml,
          replaced(s.xml, "<EventTime>", "<!-- c --><EventTime>"), replaced(s.xml, "<EventTime>", "<?p i?><EventTime>"),
          replaced(s.xml, "INV-", "<![CDATA[INV-]]>"), replaced(s.xml, "INV-", "&undeclared;"), s.xml + "<x/>",
          replaced(s.xml, "INV-", Bytes("IN\0-", 4)), Bytes("\xEF\xBB\xBF") + s.xml, Bytes(), Bytes("<"), Bytes("text"),
          deep, Bytes("<a>") + Bytes(2'000'000, 'x') + "</a>",
          Bytes("<?xml version=\"1.0\" encoding=\"UTF-7\"?><a>+ADw-</a>\xFF")}) {
        auto const verified = verify_evidence(xml, s.trust);
        EXPECT_EQ(failed(verified), Names{"xml"}) << xml.substr(0, 80);
        EXPECT_EQ(parse_evidence(xml).error().code, "evidence_malformed");
    }
}

TEST(Verify, FindsARecordThatSomebodyWroteAnewGoodButForItsForm) {
    Sealed1 const s;
    std::unique_ptr<xmlDoc, FreeWith<xmlFreeDoc>> const doc(
        xmlReadMemory(s.stamped.data(), static_cast<int>(s.stamped.size()), "", nullptr, XML_PARSE_NSCLEAN));
    xmlChar* bytes = nullptr;
    int size = 0;
    xmlDocDumpMemoryEnc(doc.get(), &bytes, &size, "UTF-8");
    Bytes const rewritten(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    xmlFree(bytes);
    ASSERT_NE(rewritten, s.stamped);
    auto const verified = verify_evidence(rewritten, s.trust);
    EXPECT_EQ(failed(verified), Names{"form"}) << described(verified) << rewritten;
}

// Whatever the bytes, both ways of reading find the same: by our own reader, where the writer writes the same again,
// and by libxml2.
TEST(Verify, SaysTheSameByOurReaderAsByLibxml2) {
    Sealed1 const s;
    auto const same = [&](Bytes const& xml, std::string const& what) {
        auto const ours = verify_evidence(xml, s.trust, CanonicalBy::comparison_first);
        auto const theirs = verify_evidence(xml, s.trust, CanonicalBy::libxml2_only);
        ASSERT_EQ(ours.checks.size(), theirs.checks.size()) << what << described(ours) << described(theirs);
        for (std::size_t i = 0; i < ours.checks.size(); ++i) {
            EXPECT_EQ(ours.checks[i].name, theirs.checks[i].name) << what;
            EXPECT_EQ(ours.checks[i].ok, theirs.checks[i].ok) << what << ours.checks[i].name;
        }
        EXPECT_EQ(ours.signing_time, theirs.signing_time);
        EXPECT_EQ(ours.stamped_time, theirs.stamped_time);
        EXPECT_EQ(ours.signer_fingerprint, theirs.signer_fingerprint);
    };
    for (auto const& event : events) {
        auto const xml = *s.sealer.seal_xml(statement_of(event.code), noon);
        EXPECT_TRUE(Document::of_our_writer(xml)) << event.label;
        same(xml, std::string(event.label));
    }
    std::mt19937 chance(11);
    char const* const pieces[] = {" ",      "\n",      "<",     ">",  "&",    "&lt;", "&#65;", "'",
                                  "\"",     "<a></a>", "<a/>",  "=",  "\xff", "\0",   "</",    "<!--",
                                  "xmlns=", "]]>",     "&amp;", "\t", "\r",   "A",    "0",     ""};
    for (int i = 0; i < 1'500; ++i) {
        auto changed = i % 2 ? s.stamped : s.xml;
        auto const at = chance() % changed.size();
        changed.replace(at, chance() % 3, pieces[chance() % std::size(pieces)]);
        same(changed, "piece at " + std::to_string(at) + ' ');
    }
    for (int i = 0; i < 300; ++i) {
        auto changed = s.stamped;
        changed[chance() % changed.size()] ^= static_cast<char>(1 << (chance() % 8));
        same(changed, "bit ");
    }
}

TEST(Read, OfOurOwnFormTakesNothingElse) {
    Sealed1 const s;
    EXPECT_TRUE(Document::of_our_writer(s.xml));
    EXPECT_TRUE(Document::of_our_writer(s.stamped));
    Bytes deep;
    for (int i = 0; i < 100; ++i) deep += "<a>";
    for (int i = 0; i < 100; ++i) deep += "</a>";
    for (Bytes const& xml : {Bytes(),
                             Bytes("<"),
                             Bytes("text"),
                             Bytes("<a>"),
                             Bytes("<a></b>"),
                             Bytes("<a/>"),
                             Bytes("<a  b=\"\"></a>"),
                             Bytes("<a b='c'></a>"),
                             Bytes("<a xmlns=\"u\"></a>"),
                             Bytes("<p:a></p:a>"),
                             Bytes("<a>&x;</a>"),
                             Bytes("<a>&#65;</a>"),
                             Bytes("<a><!-- --></a>"),
                             Bytes("<a></a><b></b>"),
                             Bytes("<a></a> "),
                             Bytes("<?xml version=\"1.0\"?><a></a>"),
                             Bytes("<a b></a>"),
                             Bytes("<a b=\"c></a>"),
                             Bytes("</a>"),
                             deep,
                             "<x>" + Bytes(2'000'000, 'x') + "</x>"})
        EXPECT_FALSE(Document::of_our_writer(xml)) << xml.substr(0, 60);
}

TEST(Read, GivesBackWhatWasSealed) {
    Parts const parts;
    for (auto const& event : events) {
        auto in = statement_of(event.code);
        in.delegate =
            Party{"Delegate", "cus_1", "rapport-customer",
                  Authentication{std::string(assurance::basic), std::string(method::one_time_link), noon, sha256("d")}};
        if (event.code == EventCode::A2) in.parts.clear();
        auto const out = parse_evidence(*parts.sealer.seal_xml(in, noon));
        ASSERT_TRUE(out) << out.error().text;
        EXPECT_EQ(out->id, in.id);
        EXPECT_EQ(out->event, in.event);
        EXPECT_EQ(out->event_time, in.event_time);
        EXPECT_EQ(out->submission_time, in.submission_time);
        EXPECT_EQ(out->sender.kind, PartyKind::organisation);
        EXPECT_EQ(out->recipient.name, in.recipient.name);
        EXPECT_EQ(out->recipient.identifier, in.recipient.identifier);
        EXPECT_EQ(out->recipient.authentication->record, in.recipient.authentication->record);
        EXPECT_EQ(out->delegate->authentication->record, sha256("d"));
        EXPECT_EQ(out->delegate->authentication->level, assurance::basic);
        EXPECT_EQ(out->message_identifier, in.message_identifier);
        EXPECT_EQ(out->app_identifier, in.app_identifier);
        EXPECT_EQ(out->external_system, in.external_system);
        ASSERT_EQ(out->parts.size(), in.parts.size());
        for (std::size_t i = 0; i < in.parts.size(); ++i) {
            EXPECT_EQ(out->parts[i].identifier, in.parts[i].identifier);
            EXPECT_EQ(out->parts[i].digest, in.parts[i].digest);
        }
        ASSERT_EQ(out->reasons.size(), in.reasons.size());
        if (!in.reasons.empty()) EXPECT_EQ(out->reasons[0].details, in.reasons[0].details);
        ASSERT_EQ(out->facts.size(), in.facts.size());
        EXPECT_EQ(out->facts[0].value, in.facts[0].value);
        EXPECT_EQ(out->facts[1].name, in.facts[1].name);
    }
}

}  // namespace
}  // namespace rapport::evidence::test
