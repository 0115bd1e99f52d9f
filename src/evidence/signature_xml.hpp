// The enveloped XAdES signature's text (EN 319 132-1 §5, W3C XMLDSig 1.1). Each part that a digest covers declares the
// namespaces it uses itself, although its ancestors do so too: so its bytes in the record are its exclusive canonical
// form, and every digest is over a run of stored bytes. Not part of the module's interface.
#pragma once

#include <string_view>
#include <vector>

#include "evidence/xml.hpp"

namespace rapport::evidence {

namespace part {
inline constexpr std::string_view signature_begin = "<ds:Signature xmlns:ds=\"" RAPPORT_NS_DS "\" Id=\"signature\">";

inline constexpr std::string_view signed_info_begin =
    "<ds:SignedInfo xmlns:ds=\"" RAPPORT_NS_DS "\"><ds:CanonicalizationMethod Algorithm=\"" RAPPORT_EXC_C14N
    "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"" RAPPORT_ECDSA_SHA256
    "\"></ds:SignatureMethod><ds:Reference Id=\"evidence-reference\" URI=\"\"><ds:Transforms><ds:Transform "
    "Algorithm=\"" RAPPORT_ENVELOPED "\"></ds:Transform><ds:Transform Algorithm=\"" RAPPORT_EXC_C14N
    "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"" RAPPORT_SHA256
    "\"></ds:DigestMethod><ds:DigestValue>";
inline constexpr std::string_view signed_info_middle =
    "</ds:DigestValue></ds:Reference><ds:Reference Type=\"" RAPPORT_SIGNED_PROPERTIES
    "\" URI=\"#signed-properties\"><ds:Transforms><ds:Transform Algorithm=\"" RAPPORT_EXC_C14N
    "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"" RAPPORT_SHA256
    "\"></ds:DigestMethod><ds:DigestValue>";
inline constexpr std::string_view signed_info_end = "</ds:DigestValue></ds:Reference></ds:SignedInfo>";

inline constexpr std::string_view signature_value_begin = "<ds:SignatureValue xmlns:ds=\"" RAPPORT_NS_DS "\">";
inline constexpr std::string_view signature_value_end = "</ds:SignatureValue>";

inline constexpr std::string_view object_begin =
    "<ds:Object><xades:QualifyingProperties xmlns:xades=\"" RAPPORT_NS_XADES "\" Target=\"#signature\">";
inline constexpr std::string_view properties_begin =
    "<xades:SignedProperties xmlns:xades=\"" RAPPORT_NS_XADES
    "\" Id=\"signed-properties\"><xades:SignedSignatureProperties><xades:SigningTime>";
inline constexpr std::string_view properties_middle =
    "</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod "
    "xmlns:ds=\"" RAPPORT_NS_DS "\" Algorithm=\"" RAPPORT_SHA256
    "\"></ds:DigestMethod><ds:DigestValue xmlns:ds=\"" RAPPORT_NS_DS "\">";
inline constexpr std::string_view properties_end =
    "</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
    "<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference=\"#evidence-reference\"><xades:MimeType>"
    "text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>";

inline constexpr std::string_view unsigned_begin =
    "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>"
    "<ds:CanonicalizationMethod Algorithm=\"" RAPPORT_EXC_C14N
    "\"></ds:CanonicalizationMethod><xades:EncapsulatedTimeStamp>";
inline constexpr std::string_view unsigned_end =
    "</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp></xades:UnsignedSignatureProperties>"
    "</xades:UnsignedProperties>";

// The last bytes of every record; UnsignedProperties go right before them.
inline constexpr std::string_view tail = "</xades:QualifyingProperties></ds:Object></ds:Signature></erds:Evidence>";
}  // namespace part

// <ds:KeyInfo> with the certificates, DER, signer's own first.
Bytes key_info(std::vector<Bytes> const& chain);

}  // namespace rapport::evidence
