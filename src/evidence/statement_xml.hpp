// The unsigned part of a record (EN 319 522-3 §5): everything in Evidence before its Signature, in canonical form.
// Not part of the module's interface.
#pragma once

#include "evidence/evidence.hpp"
#include "evidence/xml.hpp"

namespace rapport::evidence {

// Local elements of the ETSI schema are unqualified; these are: EventTime, Details, PolicyID, Identifier,
// ComposingParts, ContentType, and by the same rule the other leaves with a simple type. See docs/formats/evidence.md.
inline constexpr std::string_view format_version = "EN319522v1.1.1";
inline constexpr std::string_view extension_namespace = "urn:oid:" RAPPORT_ARC ".6";
inline constexpr std::string_view evidence_end = "</erds:Evidence>";
inline constexpr std::string_view legal_name = "http://eidas.europa.eu/attributes/legalperson/LegalName";
inline constexpr std::string_view display_name = "urn:oid:2.16.840.1.113730.3.1.241";  // RFC 2798 §2.3

// EvidenceIssuerPolicyID and EvidenceIssuerDetails: the same in every record of one key. Empty if the name is refused.
Bytes issuer_block(Issuer const& issuer, Digest const& signer_fingerprint);

// From <erds:Evidence …> up to where <ds:Signature> begins. Look at out.good() afterwards.
void write_statement(XmlOut& out, Statement const& statement, ByteView issuer_block);

// What sealing refuses: "reason_missing", "reason_unknown", "statement_incomplete".
Expected<> check_statement(Statement const& statement);

}  // namespace rapport::evidence
