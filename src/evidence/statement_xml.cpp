// Order and names of EN 319 522-3 §5.2; attributes and namespace declarations where exclusive canonical XML has them.
#include "evidence/statement_xml.hpp"

#include <algorithm>

namespace rapport::evidence {
namespace {

// <saml:Attribute> of EN 319 522-3's IdentityAttributesType.
void write_identity(XmlOut& out, PartyKind kind, std::string_view name) {
    if (name.empty()) return;
    bool const person = kind == PartyKind::person;
    out.raw("<erds:Identity><saml:Attribute xmlns:saml=\"" RAPPORT_NS_SAML "\" FriendlyName=\"")
        .raw(person ? "displayName" : "LegalName")
        .raw("\" Name=\"")
        .raw(person ? display_name : legal_name)
        .raw("\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"><saml:AttributeValue>")
        .text(name)
        .raw("</saml:AttributeValue></saml:Attribute></erds:Identity>");
}

// UserDetailsType; the element around it is the caller's.
void write_party(XmlOut& out, Party const& party) {
    write_identity(out, party.kind, party.name);
    out.raw("<Identifier IdentifierSchemeName=\"")
        .attribute(party.identifier_scheme)
        .raw("\">")
        .text(party.identifier)
        .raw("</Identifier>");
    if (!party.authentication) return;
    auto const& how = *party.authentication;
    out.raw("<erds:AssuranceLevelsDetails><erds:GlobalAssuranceLevel><AssuranceLevel>")
        .text(how.level)
        .raw("</AssuranceLevel></erds:GlobalAssuranceLevel><erds:AuthenticationDetails><AuthenticationTime>")
        .time(how.time)
        .raw("</AuthenticationTime><AuthenticationMethod>")
        .text(how.method)
        .raw("</AuthenticationMethod></erds:AuthenticationDetails></erds:AssuranceLevelsDetails>");
}

void write_reasons(XmlOut& out, std::vector<Reason> const& reasons) {
    if (reasons.empty()) return;
    out.raw("<erds:EventReasons>");
    for (auto const& reason : reasons) {
        out.raw("<erds:EventReason><erds:Code>").text(reason.code).raw("</erds:Code>");
        if (!reason.details.empty()) out.raw("<Details>").text(reason.details).raw("</Details>");
        out.raw("</erds:EventReason>");
    }
    out.raw("</erds:EventReasons>");
}

void write_parts(XmlOut& out, Statement const& statement) {
    if (statement.parts.empty()) return;
    out.raw("<erds:UserContentInfo>");
    if (!statement.app_identifier.empty())
        out.raw("<erds:AppLayerIdentifier>").text(statement.app_identifier).raw("</erds:AppLayerIdentifier>");
    out.raw("<ComposingParts>").number(statement.parts.size()).raw("</ComposingParts><erds:PartsInfo>");
    for (auto const& part : statement.parts)
        out.raw("<erds:PartInfo><Identifier>")
            .text(part.identifier)
            .raw("</Identifier><ContentType>")
            .text(part.content_type)
            .raw("</ContentType><ds:DigestMethod xmlns:ds=\"" RAPPORT_NS_DS "\" Algorithm=\"" RAPPORT_SHA256
                 "\"></ds:DigestMethod><ds:DigestValue xmlns:ds=\"" RAPPORT_NS_DS "\">")
            .base64(part.digest)
            .raw("</ds:DigestValue></erds:PartInfo>");
    out.raw("</erds:PartsInfo></erds:UserContentInfo>");
}

// The standard leaves the content of this element open.
void write_chain(XmlOut& out, Statement const& statement) {
    out.raw("<erds:TransactionLogInformation><c:Chain xmlns:c=\"").raw(chain_namespace).raw("\" number=\"");
    out.number(static_cast<std::size_t>(statement.number)).raw("\"");
    if (statement.previous) out.raw(" previous=\"").raw(to_hex(statement.previous->view())).raw("\"");
    out.raw("></c:Chain></erds:TransactionLogInformation>");
}

std::optional<Digest> record_of(Party const& party) {
    return party.authentication ? party.authentication->record : std::nullopt;
}

void write_record(XmlOut& out, std::string_view whose, std::optional<Digest> const& record) {
    if (record)
        out.raw("<rapport:IdentificationRecord Algorithm=\"" RAPPORT_SHA256 "\" Party=\"")
            .raw(whose)
            .raw("\">")
            .base64(*record)
            .raw("</rapport:IdentificationRecord>");
}

// What the standard has no element for. Not critical: who does not know it may pass it over.
void write_extension(XmlOut& out, Statement const& statement) {
    auto const sender = record_of(statement.sender), recipient = record_of(statement.recipient);
    auto const delegate = statement.delegate ? record_of(*statement.delegate) : std::nullopt;
    bool const reference = statement.parts.empty() && !statement.app_identifier.empty();
    if (!sender && !recipient && !delegate && !reference && statement.facts.empty()) return;
    out.raw("<erds:Extensions><erds:Extension isCritical=\"false\"><rapport:Details xmlns:rapport=\"")
        .raw(extension_namespace)
        .raw("\">");
    if (reference)
        out.raw("<rapport:AppLayerIdentifier>").text(statement.app_identifier).raw("</rapport:AppLayerIdentifier>");
    write_record(out, "sender", sender);
    write_record(out, "recipient", recipient);
    write_record(out, "delegate", delegate);
    for (auto const& fact : statement.facts)
        out.raw("<rapport:Fact Name=\"").attribute(fact.name).raw("\">").text(fact.value).raw("</rapport:Fact>");
    out.raw("</rapport:Details></erds:Extension></erds:Extensions>");
}

bool is_complete(Party const& party) {
    return !party.identifier.empty() && !party.identifier_scheme.empty() &&
           (!party.authentication || (!party.authentication->level.empty() && !party.authentication->method.empty()));
}

bool is_writable(Time time) {
    return time >= Time{} && time < Time(std::chrono::sys_days(std::chrono::year(9999) / 1 / 1));
}

}  // namespace

Bytes issuer_block(Issuer const& issuer, Digest const& signer_fingerprint) {
    XmlOut out(1024);
    out.raw("<erds:EvidenceIssuerPolicyID>");
    std::vector<std::string> policies = issuer.policies;
    if (policies.empty()) policies.emplace_back(evidence_policy_oid);
    for (auto const& oid : policies) out.raw("<PolicyID>urn:oid:").text(oid).raw("</PolicyID>");  // RFC 3061
    out.raw("</erds:EvidenceIssuerPolicyID><erds:EvidenceIssuerDetails>");
    write_identity(out, PartyKind::organisation, issuer.name);
    out.raw("<erds:CertificateDetails><erds:CertID><xades:CertDigest xmlns:xades=\"" RAPPORT_NS_XADES
            "\"><ds:DigestMethod xmlns:ds=\"" RAPPORT_NS_DS "\" Algorithm=\"" RAPPORT_SHA256
            "\"></ds:DigestMethod><ds:DigestValue xmlns:ds=\"" RAPPORT_NS_DS "\">")
        .base64(signer_fingerprint)
        .raw(
            "</ds:DigestValue></xades:CertDigest></erds:CertID></erds:CertificateDetails></"
            "erds:EvidenceIssuerDetails>");
    return out.good() && !issuer.name.empty() ? out.take() : Bytes();
}

void write_statement(XmlOut& out, Statement const& statement, ByteView issuer_block) {
    auto const id = to_text(statement.id);
    out.raw("<erds:Evidence xmlns:erds=\"" RAPPORT_NS_ERDS "\" Id=\"").raw(id).raw("\" version=\"").raw(format_version);
    out.raw("\"><erds:EvidenceIdentifier>").raw(id).raw("</erds:EvidenceIdentifier><erds:ERDSEventId>");
    out.raw(info(statement.event).uri).raw("</erds:ERDSEventId>");
    write_reasons(out, statement.reasons);
    out.raw("<EventTime>").time(statement.event_time).raw("</EventTime>").raw(issuer_block);
    out.raw("<erds:SenderDetails>");
    write_party(out, statement.sender);
    out.raw("</erds:SenderDetails><erds:RecipientDetails>");
    write_party(out, statement.recipient);
    out.raw("</erds:RecipientDetails>");
    if (statement.delegate) {
        out.raw("<erds:RecipientsDelegateDetails>");
        write_party(out, *statement.delegate);
        out.raw("<DelegatingRecipients>1</DelegatingRecipients></erds:RecipientsDelegateDetails>");
    }
    if (statement.submission_time)
        out.raw("<erds:SubmissionTime>").time(*statement.submission_time).raw("</erds:SubmissionTime>");
    out.raw("<erds:EvidenceRefersToRecipient>1</erds:EvidenceRefersToRecipient><erds:MessageIdentifier>");
    out.text(statement.message_identifier).raw("</erds:MessageIdentifier>");
    write_parts(out, statement);
    if (!statement.external_system.empty())
        out.raw("<erds:ForwardedToExternalSystem>")
            .text(statement.external_system)
            .raw("</erds:ForwardedToExternalSystem>");
    write_chain(out, statement);
    write_extension(out, statement);
}

Expected<> check_statement(Statement const& statement) {
    auto const incomplete = [](char const* text) { return fail(ErrorKind::invalid, "statement_incomplete", text); };
    if (!statement.id) return incomplete("The evidence has no identifier.");
    if (static_cast<std::size_t>(statement.event) >= events.size()) return incomplete("The event is not known.");
    if (info(statement.event).negative && statement.reasons.empty())
        return fail(
            ErrorKind::invalid, "reason_missing",
            "Evidence " + std::string(info(statement.event).label) + " says that something failed: it must say why.");
    for (auto const& item : statement.reasons) {
        bool const ours = item.code.starts_with(reason_prefix);
        if (item.code.empty() || (ours && std::ranges::find(reason::all, item.code) == reason::all.end()))
            return fail(ErrorKind::invalid, "reason_unknown",
                        "The reason code is not in the list of reasons: " + item.code);
    }
    if (!is_complete(statement.sender)) return incomplete("The sender has no identifier, scheme, level or method.");
    if (!is_complete(statement.recipient))
        return incomplete("The recipient has no identifier, scheme, level or method.");
    if (statement.delegate && !is_complete(*statement.delegate)) return incomplete("The delegate has no identifier.");
    if (statement.message_identifier.empty()) return incomplete("The message has no identifier.");
    if (statement.number < 1 || (statement.number > 1) != statement.previous.has_value())
        return incomplete("Every record but the first names the one before it.");
    if (!is_writable(statement.event_time) || !is_writable(statement.submission_time.value_or(statement.event_time)))
        return incomplete("A time lies before 1970 or after 9998.");
    return {};
}

}  // namespace rapport::evidence
