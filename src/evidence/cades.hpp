// A detached CAdES-B-B signature (EN 319 122-1 §5, RFC 5652) in one fixed form, so that it can be rebuilt from the
// little that varies and any changed byte shows. For the package's manifest. Not part of the module's interface.
#pragma once

#include "evidence/evidence.hpp"

namespace rapport::evidence {

Expected<Bytes> cades_sign(ByteView content, Signer const& signer, Time at);

struct CadesSignature {
    Bytes certificate;  // DER, the signer's
    Time signing_time{};
};
// Everything but whether the certificate is to be believed. Codes "signature_malformed", "signature_wrong".
Expected<CadesSignature> cades_open(ByteView p7s, ByteView content);

}  // namespace rapport::evidence
