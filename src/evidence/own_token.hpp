// The one form that tokens of our own authority have (RFC 3161 §2.4.2, RFC 5652 §5, RFC 5816): written directly, the
// parts that are the same for one key made once; and recognised, byte for byte, when they are verified. Not part of
// the module's interface.
#pragma once

#include <optional>

#include "evidence/openssl.hpp"

namespace rapport::evidence {

// What differs from token to token of one authority; numbers and identifiers as the content octets of their DER.
struct TokenContent {
    Digest imprint;  // SHA-256
    ByteView policy;
    ByteView serial;
    Time time{};
};

class TokenForm {
  public:
    // `others`: the certificates above the authority's own that go into each token.
    TokenForm(X509* own, std::vector<Certificate> const& others);

    static Bytes tst_info(TokenContent const& content);
    // The signed attributes of a token over this TSTInfo: what the signature is over.
    Bytes signed_attributes(ByteView tst_info) const;
    Bytes token(ByteView tst_info, ByteView signed_attributes, ByteView signature) const;

  private:
    Bytes signer_;         // SignerInfo up to its digest algorithm
    Bytes ess_attribute_;  // SigningCertificateV2
    Bytes certificates_;   // [0], the whole of it
};

inline constexpr int own_token_accuracy_seconds = 1;

// What a token holds, if it may be of the form; views into it. Nothing is believed yet: it is of the form if the form
// writes the same bytes again from what is here.
struct TokenGlance {
    TokenContent content;
    ByteView certificates, signature;
};
std::optional<TokenGlance> glance_at_token(ByteView token);

// GeneralizedTime with an optional fraction, always UTC (RFC 3161 §2.4.2): "20261121120000.123Z".
std::optional<Time> gen_time(std::string_view text);

}  // namespace rapport::evidence
