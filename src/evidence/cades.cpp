// CMS SignedData written as DER by hand: version 1, SHA-256, one signer, one certificate, four signed attributes.
#include "evidence/cades.hpp"

#include <openssl/cms.h>

#include <algorithm>

#include "base/crypto.hpp"
#include "evidence/der.hpp"
#include "evidence/openssl.hpp"

namespace rapport::evidence {
namespace {

using Cms = std::unique_ptr<CMS_ContentInfo, FreeWith<CMS_ContentInfo_free>>;

using namespace der;

// RFC 5652 §11.3: UTCTime up to 2049.
Bytes der_time(Time at) {
    auto const days = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date(days);
    std::chrono::hh_mm_ss const clock(std::chrono::floor<std::chrono::seconds>(at - days));
    char text[32];
    std::snprintf(text, sizeof text, "%04d%02u%02u%02d%02d%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    bool const early = static_cast<int>(date.year()) < 2050;
    return early ? tlv(utc_time, std::string_view(text + 2)) : tlv(generalized_time, text);
}

// The content of the SET OF signed attributes; DER sorts its members (X.690 §11.6).
Bytes signed_attributes(ByteView content, ByteView certificate, Time at) {
    Bytes const ess = tlv(sequence, tlv(octet_string, sha256(certificate).view()));  // hash algorithm: default SHA-256
    std::vector<Bytes> attributes{
        attribute(oid::content_type, tlv(object, oid::data)),
        attribute(oid::message_digest, tlv(octet_string, sha256(content).view())),
        attribute(oid::signing_time, der_time(at)),
        attribute(oid::signing_certificate_v2, tlv(sequence, tlv(sequence, ess))),
    };
    std::ranges::sort(attributes);
    Bytes out;
    for (auto const& a : attributes) out += a;
    return out;
}

Bytes assembled(ByteView attributes, X509* certificate, ByteView signature) {
    Bytes const one = tlv(integer, "\1");
    Bytes const signer =
        tlv(sequence, one + issuer_and_serial(certificate) + algorithm(oid::sha256) + tlv(context_0, attributes) +
                          algorithm(oid::ecdsa_sha256) + tlv(octet_string, signature));
    Bytes const signed_data =
        tlv(sequence, one + tlv(set, algorithm(oid::sha256)) + tlv(sequence, tlv(object, oid::data)) +
                          tlv(context_0, der_of(certificate)) + tlv(set, signer));
    return tlv(sequence, tlv(object, oid::signed_data) + tlv(context_0, signed_data));
}

std::unexpected<Error> malformed() {
    return fail(ErrorKind::invalid, "signature_malformed",
                "The package's signature is not a CAdES signature as Rapport writes it.");
}

std::optional<Time> signing_time_of(CMS_SignerInfo* signer) {
    auto const* attribute = static_cast<ASN1_TYPE const*>(
        CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_signingTime), -3, V_ASN1_UTCTIME));
    if (!attribute)
        attribute = static_cast<ASN1_TYPE const*>(
            CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_signingTime), -3, V_ASN1_GENERALIZEDTIME));
    return attribute ? time_of(reinterpret_cast<ASN1_TIME const*>(attribute)) : std::nullopt;
}

}  // namespace

Expected<Bytes> cades_sign(ByteView content, Signer const& signer, Time at) {
    require(signer.algorithm() == Algorithm::ecdsa_p256_sha256, "the signature's text names this algorithm");
    auto const certificates = read_certificates(signer.chain().front());
    if (!certificates) return fail(certificates.error());
    Bytes const attributes = signed_attributes(content, signer.chain().front(), at);
    auto const raw = signer.sign(tlv(set, attributes));
    if (!raw) return fail(raw.error());
    auto const signature = der_signature(*raw);
    require(signature.has_value(), "a P-256 signature has 64 octets");
    return assembled(attributes, certificates->front().get(), *signature);
}

Expected<CadesSignature> cades_open(ByteView p7s, ByteView content) {
    if (p7s.size() > 65'536) return malformed();
    unsigned char const* at = octets(p7s);
    Cms const cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(p7s.size())));
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed) return malformed();
    STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(cms.get());
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_pop_free(s, X509_free); })> const
        certificates(CMS_get1_certs(cms.get()));
    if (sk_CMS_SignerInfo_num(signers) != 1 || !certificates || sk_X509_num(certificates.get()) != 1)
        return malformed();
    CMS_SignerInfo* const signer = sk_CMS_SignerInfo_value(signers, 0);
    auto const time = signing_time_of(signer);
    if (!time) return malformed();

    X509* const certificate = sk_X509_value(certificates.get(), 0);
    ASN1_OCTET_STRING const* const octet = CMS_SignerInfo_get0_signature(signer);
    Bytes const signature(reinterpret_cast<char const*>(ASN1_STRING_get0_data(octet)),
                          static_cast<std::size_t>(ASN1_STRING_length(octet)));
    Bytes const der = der_of(certificate);
    Bytes const attributes = signed_attributes(content, der, *time);
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> const context(EVP_MD_CTX_new());
    Bytes const signed_bytes = tlv(set, attributes);
    bool const good = key && is_p256(key) &&
                      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                      EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(signed_bytes),
                                       signed_bytes.size()) == 1;
    ERR_clear_error();
    if (!good)
        return fail(ErrorKind::invalid, "signature_wrong",
                    "The signature does not fit the manifest: one of them was changed.");
    if (assembled(attributes, certificate, signature) != p7s) return malformed();
    return CadesSignature{der, *time};
}

}  // namespace rapport::evidence
