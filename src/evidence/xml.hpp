// Writes XML in its exclusive canonical form directly (W3C xml-exc-c14n, without comments): what comes out is what a
// digest covers, no parser and no second pass. Not part of the module's interface.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace rapport::evidence {

namespace ns {
#define RAPPORT_NS_ERDS "http://uri.etsi.org/19522/v1#"
#define RAPPORT_NS_DS "http://www.w3.org/2000/09/xmldsig#"
#define RAPPORT_NS_XADES "http://uri.etsi.org/01903/v1.3.2#"
#define RAPPORT_NS_SAML "urn:oasis:names:tc:SAML:2.0:assertion"
inline constexpr std::string_view erds = RAPPORT_NS_ERDS;
inline constexpr std::string_view ds = RAPPORT_NS_DS;
inline constexpr std::string_view xades = RAPPORT_NS_XADES;
inline constexpr std::string_view saml = RAPPORT_NS_SAML;
}  // namespace ns

namespace uri {
#define RAPPORT_EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define RAPPORT_ENVELOPED "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
#define RAPPORT_SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define RAPPORT_ECDSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define RAPPORT_SIGNED_PROPERTIES "http://uri.etsi.org/01903#SignedProperties"
inline constexpr std::string_view exc_c14n = RAPPORT_EXC_C14N;
inline constexpr std::string_view enveloped = RAPPORT_ENVELOPED;
inline constexpr std::string_view sha256 = RAPPORT_SHA256;
inline constexpr std::string_view ecdsa_sha256 = RAPPORT_ECDSA_SHA256;
inline constexpr std::string_view signed_properties = RAPPORT_SIGNED_PROPERTIES;
}  // namespace uri

// One growing buffer. Text that XML 1.0 §2.2 does not allow (NUL, control characters, invalid UTF-8, U+FFFE) makes
// good() false; what was written is then of no use.
class XmlOut {
  public:
    explicit XmlOut(std::size_t expected) { bytes_.reserve(expected); }
    XmlOut& raw(std::string_view markup) {
        bytes_.append(markup);
        return *this;
    }
    XmlOut& text(std::string_view value) { return escaped(value, false); }
    XmlOut& attribute(std::string_view value) { return escaped(value, true); }
    XmlOut& base64(ByteView value);
    XmlOut& base64(Digest const& value) { return base64(value.view()); }
    XmlOut& time(Time value);
    XmlOut& number(std::size_t value) { return raw(std::to_string(value)); }

    bool good() const { return good_; }
    std::size_t size() const { return bytes_.size(); }
    ByteView view() const { return bytes_; }
    Bytes take() { return std::move(bytes_); }

  private:
    XmlOut& escaped(std::string_view value, bool in_attribute);

    Bytes bytes_;
    bool good_ = true;
};

}  // namespace rapport::evidence
