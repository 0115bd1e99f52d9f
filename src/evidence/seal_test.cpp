// Sealed records against parts that we did not write: libxml2's canonical form and the xmlsec1 tool.
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "evidence/signature_xml.hpp"
#include "evidence/statement_xml.hpp"
#include "evidence/test_parts.hpp"

namespace rapport::evidence::test {
namespace {

using Doc = std::unique_ptr<xmlDoc, FreeWith<xmlFreeDoc>>;

// The exclusive canonical form, by libxml2, of the nodes that `xpath` selects.
Bytes canonical(ByteView xml, char const* xpath) {
    Doc const doc(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), "", nullptr, XML_PARSE_NONET));
    EXPECT_TRUE(doc);
    xmlXPathContext* const context = xmlXPathNewContext(doc.get());
    xmlXPathRegisterNs(context, BAD_CAST "ds", BAD_CAST ns::ds.data());
    xmlXPathRegisterNs(context, BAD_CAST "xades", BAD_CAST ns::xades.data());
    xmlXPathObject* const nodes = xmlXPathEvalExpression(BAD_CAST xpath, context);
    xmlChar* bytes = nullptr;
    int const size = xmlC14NDocDumpMemory(doc.get(), nodes->nodesetval, XML_C14N_EXCLUSIVE_1_0, nullptr, 0, &bytes);
    Bytes out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
    xmlFree(bytes);
    xmlXPathFreeObject(nodes);
    xmlXPathFreeContext(context);
    return out;
}

Bytes run_of(ByteView xml, std::string_view begin, std::string_view end) {
    auto const at = xml.rfind(begin);
    return Bytes(xml.substr(at, xml.find(end, at) + end.size() - at));
}

#define DESCENDANTS(name) "//" name "//. | //" name "//@* | //" name "//namespace::*"

TEST(Seal, WritesEachDigestedPartInExclusiveCanonicalFormAsLibxml2DoesForEachEvent) {
    Parts const parts;
    for (auto const& event : events) {
        auto const xml = parts.sealer.seal_xml(statement_of(event.code), noon);
        ASSERT_TRUE(xml) << event.label;
        auto const signature_at = xml->find(part::signature_begin);
        EXPECT_EQ(xml->substr(0, signature_at) + Bytes(evidence_end),
                  canonical(*xml, "(//. | //@* | //namespace::*)[not(ancestor-or-self::ds:Signature)]"));
        EXPECT_EQ(run_of(*xml, "<ds:SignedInfo", "</ds:SignedInfo>"), canonical(*xml, DESCENDANTS("ds:SignedInfo")));
        EXPECT_EQ(run_of(*xml, "<xades:SignedProperties", "</xades:SignedProperties>"),
                  canonical(*xml, DESCENDANTS("xades:SignedProperties")));
        EXPECT_EQ(run_of(*xml, "<ds:SignatureValue", "</ds:SignatureValue>"),
                  canonical(*xml, DESCENDANTS("ds:SignatureValue")));
    }
}

TEST(Seal, IsAcceptedByTheXmlsec1ToolForEachEventWithHostileText) {
    Parts const parts(today());
    Scratch const scratch;
    scratch.write("root.pem", parts.authority.root().certificate_pem);
    for (auto const& event : events) {
        auto const sealed = parts.sealer.seal(statement_of(event.code, today()), today());
        ASSERT_TRUE(sealed) << event.label;
        scratch.write("evidence.xml", sealed->xml);
        EXPECT_EQ(scratch.run("xmlsec1 --verify --trusted-pem root.pem evidence.xml"), 0)
            << event.label << scratch.read("output");
        auto changed = sealed->xml;
        changed.replace(changed.find("dlv_0123456789abc"), 5, "dlv_1");
        scratch.write("evidence.xml", changed);
        EXPECT_NE(scratch.run("xmlsec1 --verify --trusted-pem root.pem evidence.xml"), 0) << event.label;
    }
}

TEST(Seal, RefusesANegativeRecordWithoutAReason) {
    Parts const parts;
    for (auto const& event : events) {
        auto statement = statement_of(event.code);
        statement.reasons.clear();
        auto const sealed = parts.sealer.seal(statement, noon);
        EXPECT_EQ(sealed.has_value(), !event.negative) << event.label;
        if (!sealed) EXPECT_EQ(sealed.error().code, "reason_missing");
    }
}

TEST(Seal, RefusesAReasonOfOursThatIsNotInTheList) {
    Parts const parts;
    auto statement = statement_of(EventCode::A2);
    statement.reasons[0].code = std::string(reason_prefix) + "Whatever";
    EXPECT_EQ(parts.sealer.seal(statement, noon).error().code, "reason_unknown");
}

TEST(Seal, RefusesTextThatXmlCannotHold) {
    Parts const parts;
    for (auto const* bad :
         {"\x01", "\x7F", "\xC0\x80", "\xED\xA0\x80", "\xEF\xBF\xBE", "\xF5\x80\x80\x80", "\xE2\x82", "a\x0B"}) {
        auto statement = statement_of(EventCode::A1);
        statement.recipient.name = std::string("before") + bad + "after";
        auto const sealed = parts.sealer.seal(statement, noon);
        ASSERT_FALSE(sealed);
        EXPECT_EQ(sealed.error().code, "text_refused");
    }
    auto statement = statement_of(EventCode::A1);
    statement.facts[0].value = std::string("nul\0nul", 7);
    EXPECT_EQ(parts.sealer.seal(statement, noon).error().code, "text_refused");
}

TEST(Seal, RefusesAnIncompleteStatement) {
    Parts const parts;
    auto const refuses = [&](auto change) {
        auto statement = statement_of(EventCode::A1);
        change(statement);
        auto const sealed = parts.sealer.seal(statement, noon);
        return !sealed && sealed.error().code == "statement_incomplete";
    };
    EXPECT_TRUE(refuses([](Statement& s) { s.id = {}; }));
    EXPECT_TRUE(refuses([](Statement& s) { s.sender.identifier.clear(); }));
    EXPECT_TRUE(refuses([](Statement& s) { s.recipient.identifier_scheme.clear(); }));
    EXPECT_TRUE(refuses([](Statement& s) { s.message_identifier.clear(); }));
    EXPECT_TRUE(refuses([](Statement& s) { s.delegate = Party{}; }));
    EXPECT_TRUE(refuses([](Statement& s) { s.recipient.authentication->method.clear(); }));
}

TEST(Seal, CommitsToTheRecordWithASaltOfItsOwn) {
    Parts const parts;
    auto const one = parts.sealer.seal(statement_of(EventCode::A1), noon);
    auto const two = parts.sealer.seal(statement_of(EventCode::A1), noon);
    EXPECT_NE(one->salt, two->salt);
    EXPECT_EQ(one->commitment, commitment(one->salt, one->xml));
    EXPECT_NE(one->commitment, commitment(two->salt, one->xml));
}

TEST(Seal, WritesTimesAsTheRestOfTheProgramDoes) {
    for (auto const* text : {"1970-01-01T00:00:00Z", "2026-11-21T23:59:59.999999Z", "2028-02-29T01:02:03.000001Z",
                             "9998-12-31T23:59:59Z"}) {
        XmlOut out(64);
        EXPECT_EQ(out.time(*time_from_text(text)).view(), text);
    }
}

TEST(Events, AreFoundByLabelAndUri) {
    for (auto const& event : events) {
        EXPECT_EQ(event_from_label(event.label), event.code);
        EXPECT_EQ(event_from_uri(event.uri), event.code);
    }
    EXPECT_EQ(event_from_label("B1"), std::nullopt);
    EXPECT_EQ(info(EventCode::C6).uri, "http://uri.etsi.org/19522/Event/NotificationDelivered");
}

}  // namespace
}  // namespace rapport::evidence::test
