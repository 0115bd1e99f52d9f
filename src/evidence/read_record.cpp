// From a record's XML back to the statement (EN 319 522-3 §5.2): what statement_xml.cpp writes, element for element.
#include <charconv>

#include "evidence/read_xml.hpp"
#include "evidence/statement_xml.hpp"

namespace rapport::evidence {
namespace {

auto malformed(std::string const& what) {
    return fail(ErrorKind::invalid, "evidence_malformed", "The record cannot be read: " + what + '.');
}

// Reads one element after the other and remembers the first that is missing or wrong.
struct Reading {
    std::string problem{};

    bool failed(std::string what) {
        if (problem.empty()) problem = std::move(what);
        return false;
    }
    bool text(Node const* node, std::string& out, char const* name) {
        auto const value = text_of(node);
        if (!value) return failed(std::string(name) + " is missing or is not text");
        out = *value;
        return true;
    }
    bool time(Node const* node, Time& out, char const* name) {
        auto const value = text_of(node);
        auto const read = value ? time_from_text(*value) : std::nullopt;
        if (!read) return failed(std::string(name) + " is missing or is not a time");
        out = *read;
        return true;
    }
    bool digest(Node const* node, Digest& out, char const* name) {
        auto const value = text_of(node);
        auto const bytes = value ? from_base64(*value) : std::nullopt;
        auto const read = bytes ? Digest::from(*bytes) : std::nullopt;
        if (!read) return failed(std::string(name) + " is missing or is not a SHA-256 value in base64");
        out = *read;
        return true;
    }
    // ds:DigestMethod and ds:DigestValue.
    bool digest_pair(Elements& in, Digest& out, char const* name) {
        auto const* const how = in.take(ns::ds, "DigestMethod");
        if (!how || attribute(how, "Algorithm") != uri::sha256) return failed(std::string(name) + " is not by SHA-256");
        return digest(in.take(ns::ds, "DigestValue"), out, name);
    }

    bool identity(Elements& in, PartyKind& kind, std::string& name);
    bool authentication(Node const* details, Authentication& out);
    bool party(Elements& in, Party& out, char const* name);
    bool reasons(Node const* node, std::vector<Reason>& out);
    bool issuer(Elements& in, ReadRecord& out);
    bool content(Node const* node, Statement& out);
    bool chain(Node const* node, Statement& out);
    bool extension(Node const* node, Statement& out);
    bool head(Node const* root, Elements& in, Statement& out);
    bool record(Node const* root, ReadRecord& out);
};

bool Reading::identity(Elements& in, PartyKind& kind, std::string& name) {
    auto const* const node = in.take(ns::erds, "Identity");
    if (!node) return true;
    Elements attributes(node);
    auto const* const found = attributes.take(ns::saml, "Attribute");
    if (!found) return failed("Identity holds no saml:Attribute");
    kind = attribute(found, "Name") == legal_name ? PartyKind::organisation : PartyKind::person;
    Elements values(found);
    return text(values.take(ns::saml, "AttributeValue"), name, "saml:AttributeValue");
}

bool Reading::authentication(Node const* details, Authentication& out) {
    Elements in(details);
    Elements level(in.take(ns::erds, "GlobalAssuranceLevel"));
    Elements how(in.take(ns::erds, "AuthenticationDetails"));
    return text(level.take_local(ns::erds, "AssuranceLevel"), out.level, "AssuranceLevel") &&
           time(how.take_local(ns::erds, "AuthenticationTime"), out.time, "AuthenticationTime") &&
           text(how.take_local(ns::erds, "AuthenticationMethod"), out.method, "AuthenticationMethod");
}

bool Reading::party(Elements& in, Party& out, char const* name) {
    if (!identity(in, out.kind, out.name)) return false;
    auto const* const identifier = in.take_local(ns::erds, "Identifier");
    if (!text(identifier, out.identifier, name)) return false;
    auto const scheme = attribute(identifier, "IdentifierSchemeName");
    if (!scheme) return failed(std::string(name) + " has an identifier without a scheme");
    out.identifier_scheme = *scheme;
    auto const* const details = in.take(ns::erds, "AssuranceLevelsDetails");
    return !details || authentication(details, out.authentication.emplace());
}

bool Reading::reasons(Node const* node, std::vector<Reason>& out) {
    Elements in(node);
    while (auto const* const each = in.take(ns::erds, "EventReason")) {
        Elements parts(each);
        Reason reason;
        if (!text(parts.take_local(ns::erds, "Code"), reason.code, "Code")) return false;
        if (auto const* const details = parts.take_local(ns::erds, "Details"))
            if (!text(details, reason.details, "Details")) return false;
        out.push_back(std::move(reason));
    }
    return in.done() || failed("EventReasons holds something else than reasons");
}

bool Reading::issuer(Elements& in, ReadRecord& out) {
    Elements policies(in.take(ns::erds, "EvidenceIssuerPolicyID"));
    while (auto const* const each = policies.take_local(ns::erds, "PolicyID")) {
        auto const value = text_of(each);
        if (!value || !value->starts_with("urn:oid:")) return failed("PolicyID is not an OID");
        out.issuer.policies.emplace_back(value->substr(8));
    }
    Elements details(in.take(ns::erds, "EvidenceIssuerDetails"));
    auto kind = PartyKind::organisation;
    if (!identity(details, kind, out.issuer.name)) return false;
    Elements certificate(details.take(ns::erds, "CertificateDetails"));
    Elements identifier(certificate.take(ns::erds, "CertID"));
    Elements digest_of(identifier.take(ns::xades, "CertDigest"));
    return digest_pair(digest_of, out.issuer_certificate, "the issuer's certificate");
}

bool Reading::content(Node const* node, Statement& out) {
    Elements in(node);
    if (auto const* const application = in.take(ns::erds, "AppLayerIdentifier"))
        if (!text(application, out.app_identifier, "AppLayerIdentifier")) return false;
    in.take_local(ns::erds, "ComposingParts");
    Elements parts(in.take(ns::erds, "PartsInfo"));
    while (auto const* const each = parts.take(ns::erds, "PartInfo")) {
        Elements fields(each);
        ContentPart part;
        if (!text(fields.take_local(ns::erds, "Identifier"), part.identifier, "Identifier of a part") ||
            !text(fields.take_local(ns::erds, "ContentType"), part.content_type, "ContentType of a part") ||
            !digest_pair(fields, part.digest, "a part"))
            return false;
        out.parts.push_back(std::move(part));
    }
    return parts.done() || failed("PartsInfo holds something else than parts");
}

// The place in the delivery's chain of evidence, in the element that the standard leaves open for logs.
bool Reading::chain(Node const* node, Statement& out) {
    Elements in(node);
    auto const* const link = in.take(chain_namespace, "Chain");
    auto const number = link ? attribute(link, "number").value_or("") : std::string_view();
    auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.number);
    if (error != std::errc() || end != number.data() + number.size())
        return failed("its place in the chain is missing");
    auto const previous = attribute(link, "previous");
    if (!previous) return true;
    auto const bytes = from_hex(*previous);
    out.previous = bytes ? Digest::from(*bytes) : std::nullopt;
    return out.previous || failed("the digest of the record before is not SHA-256 in hexadecimal");
}

bool Reading::extension(Node const* node, Statement& out) {
    Elements extensions(node);
    auto const* const first = extensions.take(ns::erds, "Extension");
    Elements content(first);
    auto const* const ours = content.take(extension_namespace, "Details");
    if (!ours)
        return attribute(first ? first : node, "isCritical") != "true" || failed("a critical extension is not known");
    Elements in(ours);
    if (auto const* const reference = in.take(extension_namespace, "AppLayerIdentifier"))
        if (!text(reference, out.app_identifier, "AppLayerIdentifier")) return false;
    while (auto const* const record = in.take(extension_namespace, "IdentificationRecord")) {
        auto const whose = attribute(record, "Party");
        auto* const party = whose == "sender"                     ? &out.sender
                            : whose == "recipient"                ? &out.recipient
                            : whose == "delegate" && out.delegate ? &*out.delegate
                                                                  : nullptr;
        if (!party || !party->authentication) return failed("an IdentificationRecord belongs to nobody");
        if (!digest(record, party->authentication->record.emplace(), "IdentificationRecord")) return false;
    }
    while (auto const* const each = in.take(extension_namespace, "Fact")) {
        Fact fact{std::string(attribute(each, "Name").value_or("")), {}};
        if (!text(each, fact.value, "Fact")) return false;
        out.facts.push_back(std::move(fact));
    }
    return in.done() || failed("the extension holds something unknown");
}

bool Reading::head(Node const* root, Elements& in, Statement& out) {
    if (!is(root, ns::erds, "Evidence") || attribute(root, "version") != format_version)
        return failed("it is not EN 319 522 evidence of a version that is known");
    std::string id, event;
    if (!text(in.take(ns::erds, "EvidenceIdentifier"), id, "EvidenceIdentifier")) return false;
    if (!from_text(id, out.id) || attribute(root, "Id") != id) return failed("its identifier is not one of Rapport");
    if (!text(in.take(ns::erds, "ERDSEventId"), event, "ERDSEventId")) return false;
    auto const code = event_from_uri(event);
    if (!code) return failed("its event is not known: " + event);
    out.event = *code;
    if (auto const* const node = in.take(ns::erds, "EventReasons"))
        if (!reasons(node, out.reasons)) return false;
    return time(in.take_local(ns::erds, "EventTime"), out.event_time, "EventTime");
}

bool Reading::record(Node const* root, ReadRecord& out) {
    Elements in(root);
    auto& statement = out.statement;
    if (!head(root, in, statement) || !issuer(in, out)) return false;
    Elements sender(in.take(ns::erds, "SenderDetails"));
    Elements recipient(in.take(ns::erds, "RecipientDetails"));
    if (!party(sender, statement.sender, "SenderDetails") || !party(recipient, statement.recipient, "RecipientDetails"))
        return false;
    if (auto const* const delegate = in.take(ns::erds, "RecipientsDelegateDetails")) {
        Elements details(delegate);
        if (!party(details, statement.delegate.emplace(), "RecipientsDelegateDetails")) return false;
    }
    if (auto const* const submitted = in.take(ns::erds, "SubmissionTime"))
        if (!time(submitted, statement.submission_time.emplace(), "SubmissionTime")) return false;
    in.take(ns::erds, "EvidenceRefersToRecipient");
    if (!text(in.take(ns::erds, "MessageIdentifier"), statement.message_identifier, "MessageIdentifier")) return false;
    if (auto const* const parts = in.take(ns::erds, "UserContentInfo"))
        if (!content(parts, statement)) return false;
    if (auto const* const external = in.take(ns::erds, "ForwardedToExternalSystem"))
        if (!text(external, statement.external_system, "ForwardedToExternalSystem")) return false;
    if (auto const* const log = in.take(ns::erds, "TransactionLogInformation"))
        if (!chain(log, statement)) return false;
    if (auto const* const extensions = in.take(ns::erds, "Extensions"))
        if (!extension(extensions, statement)) return false;
    in.take(ns::ds, "Signature");
    return in.done() || failed(std::string("an element is not known, or stands elsewhere than it should: ") +
                               std::string(in.peek()->name));
}

}  // namespace

Expected<ReadRecord> read_record(Node const* root) {
    ReadRecord record;
    Reading reading;
    if (!reading.record(root, record)) return malformed(reading.problem);
    return record;
}

Expected<Statement> parse_evidence(ByteView xml) {
    auto const document = Document::read(xml);
    if (!document) return fail(document.error());
    auto record = read_record(document->root());
    if (!record) return fail(record.error());
    return std::move(record->statement);
}

}  // namespace rapport::evidence
