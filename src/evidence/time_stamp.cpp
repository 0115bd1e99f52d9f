// The client's side of time stamps (RFC 3161 §2.2 and §2.4): asks, and believes an answer only after every check.
#include <openssl/asn1.h>
#include <openssl/ess.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>

#include <algorithm>

#include "base/crypto.hpp"
#include "evidence/der.hpp"
#include "evidence/own_token.hpp"
#include "evidence/trust.hpp"
#include "evidence/tsa.hpp"

namespace rapport::evidence {
namespace {

using Response = std::unique_ptr<TS_RESP, FreeWith<TS_RESP_free>>;
using Token = std::unique_ptr<PKCS7, FreeWith<PKCS7_free>>;
using Info = std::unique_ptr<TS_TST_INFO, FreeWith<TS_TST_INFO_free>>;
using VerifyContext = std::unique_ptr<TS_VERIFY_CTX, FreeWith<TS_VERIFY_CTX_free>>;

constexpr std::size_t largest_response = 256 * 1024;

auto malformed(std::string const& what) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, "time_stamp_malformed", "The time stamp cannot be read: " + what + '.');
}
auto untrusted(std::string const& what) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, "time_stamp_untrusted", "The time stamp is not to be believed: " + what + '.');
}
auto mismatch(std::string const& what) {
    return fail(ErrorKind::invalid, "time_stamp_mismatch", "The time stamp is about something else: " + what + '.');
}

void put(Bytes& out, char tag, ByteView value) {
    out += tag;
    if (value.size() >= 128) out += '\x81';  // nothing here reaches 256 octets
    out += static_cast<char>(value.size());
    out += value;
}

Bytes encoded_oid(std::string_view text) {
    std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>> const object(OBJ_txt2obj(std::string(text).c_str(), 1));
    require(object && OBJ_length(object.get()) < 100, "a policy is an OID");
    Bytes out;
    put(out, 0x06, {reinterpret_cast<char const*>(OBJ_get0_data(object.get())), OBJ_length(object.get())});
    return out;
}

Bytes integer_octets(ASN1_INTEGER const* integer) {
    std::unique_ptr<BIGNUM, FreeWith<BN_free>> const number(ASN1_INTEGER_to_BN(integer, nullptr));
    if (!number || BN_is_negative(number.get())) return {};
    Bytes out(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), octets(out));
    return out;
}

std::optional<Time> gen_time_of(ASN1_GENERALIZEDTIME const* time) {
    return gen_time({reinterpret_cast<char const*>(ASN1_STRING_get0_data(time)),
                     static_cast<std::size_t>(ASN1_STRING_length(time))});
}

Duration accuracy_of(TS_TST_INFO* info) {
    TS_ACCURACY const* const accuracy = TS_TST_INFO_get_accuracy(info);
    if (!accuracy) return Duration(0);
    auto const value = [](ASN1_INTEGER const* integer) {
        return integer ? std::max(0L, ASN1_INTEGER_get(integer)) : 0;
    };
    return std::chrono::seconds(value(TS_ACCURACY_get_seconds(accuracy))) +
           std::chrono::milliseconds(value(TS_ACCURACY_get_millis(accuracy))) +
           Duration(value(TS_ACCURACY_get_micros(accuracy)));
}

Bytes encoded(PKCS7* token) {
    unsigned char* der = nullptr;
    int const size = i2d_PKCS7(token, &der);
    if (size <= 0) return {};
    Bytes out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

Expected<Token> read_token(ByteView der) {
    unsigned char const* at = octets(der);
    if (der.empty() || der.size() > largest_response) return malformed("it is empty or too large");
    Token token(d2i_PKCS7(nullptr, &at, static_cast<long>(der.size())));
    if (!token || at != octets(der) + der.size())
        return malformed("it is not a CMS structure, or something follows it");
    if (!PKCS7_type_is_signed(token.get())) return malformed("it is not signed");
    // Signed attributes are verified in their DER, whatever their encoding was: only DER has one form.
    if (encoded(token.get()) != der) return malformed("it is not DER");
    return token;
}

X509* signer_of(PKCS7* token) {
    auto* const signers = PKCS7_get0_signers(token, nullptr, 0);
    X509* const signer = signers && sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : nullptr;
    sk_X509_free(signers);
    return signer;
}

std::string oid_text(ASN1_OBJECT const* object) {
    char text[128];
    int const size = OBJ_obj2txt(text, sizeof text, object, 1);
    return size > 0 ? std::string(text, std::min<std::size_t>(static_cast<std::size_t>(size), sizeof text - 1)) : "";
}

// What the token says; `token_der` is kept as it came.
Expected<TimeStamp> read(PKCS7* token, ByteView token_der) {
    Info const info(PKCS7_to_TS_TST_INFO(token));
    if (!info) return malformed("it holds no TSTInfo");
    TS_MSG_IMPRINT* const imprint = TS_TST_INFO_get_msg_imprint(info.get());
    ASN1_OBJECT const* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
    ASN1_OCTET_STRING const* const message = TS_MSG_IMPRINT_get_msg(imprint);
    auto const digest = Digest::from({reinterpret_cast<char const*>(ASN1_STRING_get0_data(message)),
                                      static_cast<std::size_t>(ASN1_STRING_length(message))});
    if (OBJ_obj2nid(algorithm) != NID_sha256 || !digest) return malformed("its imprint is not SHA-256");
    auto const time = gen_time_of(TS_TST_INFO_get_time(info.get()));
    if (!time) return malformed("its time is not a GeneralizedTime in UTC");
    TimeStamp stamp{.token = Bytes(token_der),
                    .imprint = *digest,
                    .time = *time,
                    .accuracy = accuracy_of(info.get()),
                    .serial = to_hex(integer_octets(TS_TST_INFO_get_serial(info.get()))),
                    .policy = {},
                    .signer_subject = {}};
    stamp.policy = oid_text(TS_TST_INFO_get_policy_id(info.get()));
    if (X509* const signer = signer_of(token)) {
        stamp.signer_subject = name_text(X509_get_subject_name(signer));
        stamp.signer_fingerprint = sha256(der_of(signer));
    }
    ERR_clear_error();
    return stamp;
}

// RFC 5816 §2.2.1: the signed attribute names the certificate by SHA-256 (the default) or better. OpenSSL compares
// the digest with the certificate; here it is only ensured that the attribute is there and SHA-1 is not relied on.
bool names_certificate(PKCS7* token) {
    auto* const infos = PKCS7_get_signer_info(token);
    if (!infos || sk_PKCS7_SIGNER_INFO_num(infos) != 1) return false;
    ASN1_TYPE const* const attribute =
        PKCS7_get_signed_attribute(sk_PKCS7_SIGNER_INFO_value(infos, 0), NID_id_smime_aa_signingCertificateV2);
    if (!attribute || attribute->type != V_ASN1_SEQUENCE) return false;
    unsigned char const* at = attribute->value.sequence->data;
    std::unique_ptr<ESS_SIGNING_CERT_V2, FreeWith<ESS_SIGNING_CERT_V2_free>> const named(
        d2i_ESS_SIGNING_CERT_V2(nullptr, &at, attribute->value.sequence->length));
    return named != nullptr;
}

// The same octets: OpenSSL's own comparison of names passes over the case of letters.
bool same_name(X509_NAME const* a, X509_NAME const* b) {
    unsigned char const *der_a = nullptr, *der_b = nullptr;
    std::size_t size_a = 0, size_b = 0;
    return X509_NAME_get0_der(a, &der_a, &size_a) == 1 && X509_NAME_get0_der(b, &der_b, &size_b) == 1 &&
           ByteView(reinterpret_cast<char const*>(der_a), size_a) ==
               ByteView(reinterpret_cast<char const*>(der_b), size_b);
}

bool without_parameters(X509_ALGOR const* algorithm) {
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(nullptr, &type, nullptr, algorithm);
    return type == V_ASN1_UNDEF || type == V_ASN1_NULL;
}

// Fields that no signature covers and OpenSSL passes over. They say nothing of their own, so each has one right value;
// otherwise a token could be changed and still be believed (RFC 5652 §5.1, §5.3).
bool unsigned_fields_fit(PKCS7* token) {
    PKCS7_SIGNED const* const data = token->d.sign;
    if (ASN1_INTEGER_get(data->version) != 3 || sk_X509_ALGOR_num(data->md_algs) != 1) return false;
    PKCS7_SIGNER_INFO const* const signer = sk_PKCS7_SIGNER_INFO_value(data->signer_info, 0);
    X509 const* const certificate = signer_of(token);
    if (ASN1_INTEGER_get(signer->version) != 1 || !certificate) return false;
    if (!same_name(signer->issuer_and_serial->issuer, X509_get_issuer_name(certificate))) return false;
    X509_ALGOR const* const digest = signer->digest_alg;
    X509_ALGOR const* const listed = sk_X509_ALGOR_value(data->md_algs, 0);
    if (OBJ_cmp(digest->algorithm, listed->algorithm) != 0 || !without_parameters(digest) ||
        !without_parameters(listed))
        return false;
    int const signature_algorithm = OBJ_obj2nid(signer->digest_enc_alg->algorithm);
    if (signature_algorithm == NID_rsassaPss) return true;  // its parameters say what the digest is
    if (!without_parameters(signer->digest_enc_alg)) return false;
    int its_digest = NID_undef, its_key = NID_undef;
    if (OBJ_find_sigid_algs(signature_algorithm, &its_digest, &its_key) != 1)
        return signature_algorithm == NID_rsaEncryption;
    return its_digest == OBJ_obj2nid(digest->algorithm);
}

// Signature, certificate, usage and chain, by OpenSSL, as of the token's own time.
Expected<> check_signature(PKCS7* token, Time at, Trust const& trust) {
    if (!names_certificate(token)) return untrusted("it does not name its certificate by ESSCertIDv2 (RFC 5816)");
    if (!unsigned_fields_fit(token)) return untrusted("its unsigned fields contradict its signature");
    VerifyContext const context(TS_VERIFY_CTX_new());
    openssl_must(context != nullptr, "prepare to verify a time stamp");
    TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_SIGNATURE | TS_VFY_VERSION);
    TS_VERIFY_CTX_set_store(context.get(), store_of(trust, at).release());  // the context owns it
    if (TS_RESP_verify_token(context.get(), token) != 1) return untrusted(openssl_reason());
    return {};
}

// The short way, for tokens of the one form that our own authority writes: what was read is written again, and if that
// gives the same bytes, then all that check_signature() and unsigned_fields_fit() ask for holds by the form; signature,
// chain and time remain. Empty where anything is otherwise: then the long way decides, and says why.
std::optional<TimeStamp> verified_by_form(ByteView token, Digest const& imprint, Trust const& trust) {
    auto const glance = token.size() > largest_response ? std::nullopt : glance_at_token(token);
    if (!glance || glance->content.imprint != imprint) return {};
    auto const authority = checked_authority(trust, glance->certificates);
    auto const second = std::chrono::floor<std::chrono::seconds>(glance->content.time);
    if (!authority || second < authority->valid_from || second > authority->valid_to) return {};
    auto const info = TokenForm::tst_info(glance->content);
    auto const attributes = authority->form.signed_attributes(info);
    if (authority->form.token(info, attributes, glance->signature) != token) return {};
    if (!authority->key.verify(glance->signature, sha256(attributes))) return {};
    auto const oid = der::tlv(der::object, glance->content.policy);
    unsigned char const* at = octets(oid);
    std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>> const policy(
        d2i_ASN1_OBJECT(nullptr, &at, static_cast<long>(oid.size())));
    if (!policy) return {};
    return TimeStamp{.token = Bytes(token),
                     .imprint = imprint,
                     .time = glance->content.time,
                     .accuracy = std::chrono::seconds(own_token_accuracy_seconds),
                     .serial = to_hex(glance->content.serial),
                     .policy = oid_text(policy.get()),
                     .signer_subject = authority->subject,
                     .signer_fingerprint = authority->fingerprint};
}

}  // namespace

TimeStampRequest build_request(Digest const& imprint, std::string_view policy_oid) {
    TimeStampRequest request{{}, imprint, random_bytes(8)};
    request.nonce[0] = static_cast<char>((request.nonce[0] & 0x7F) | 0x40);  // positive, of full length
    Bytes algorithm, message, body;
    put(algorithm, 0x30,
        ByteView("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00", 13));  // SHA-256 (FIPS 180-4), NULL
    put(algorithm, 0x04, imprint.view());
    put(message, 0x30, algorithm);
    put(body, 0x02, "\x01");  // version
    body += message;
    if (!policy_oid.empty()) body += encoded_oid(policy_oid);
    put(body, 0x02, request.nonce);
    put(body, 0x01, "\xFF");  // certReq
    put(request.der, 0x30, body);
    return request;
}

Expected<TimeStamp> parse_token(ByteView token) {
    auto const read_in = read_token(token);
    if (!read_in) return fail(read_in.error());
    return read(read_in->get(), token);
}

Expected<TimeStamp> verify_token(ByteView token, Digest const& imprint, Trust const& trust) {
    if (auto stamp = verified_by_form(token, imprint, trust)) return *std::move(stamp);
    auto const read_in = read_token(token);
    if (!read_in) return fail(read_in.error());
    auto stamp = read(read_in->get(), token);
    if (!stamp) return stamp;
    if (stamp->imprint != imprint) return mismatch("its imprint is not that of the data");
    if (auto const checked = check_signature(read_in->get(), stamp->time, trust); !checked)
        return fail(checked.error());
    return stamp;
}

Expected<Bytes> token_of(ByteView response) {
    unsigned char const* at = octets(response);
    if (response.empty() || response.size() > largest_response) return malformed("the answer is empty or too large");
    Response const answer(d2i_TS_RESP(nullptr, &at, static_cast<long>(response.size())));
    if (!answer || at != octets(response) + response.size()) return malformed("the answer is not a TimeStampResp");
    TS_STATUS_INFO* const status = TS_RESP_get_status_info(answer.get());
    auto const value = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status));
    PKCS7* const token = TS_RESP_get_token(answer.get());
    if ((value != TS_STATUS_GRANTED && value != TS_STATUS_GRANTED_WITH_MODS) || !token) {
        ERR_clear_error();
        return fail(ErrorKind::unavailable, "time_stamp_refused",
                    "The time-stamping authority refused with status " + std::to_string(value) + '.');
    }
    auto out = encoded(token);
    // The authority's bytes, not OpenSSL's idea of them: what was signed and stored must be what came.
    if (out.empty() || response.find(out) == ByteView::npos) return malformed("its token is not DER");
    return out;
}

Expected<TimeStamp> verify_response(ByteView response, TimeStampRequest const& request, Trust const& trust) {
    auto const token = token_of(response);
    if (!token) return fail(token.error());
    auto stamp = verify_token(*token, request.imprint, trust);
    if (!stamp || request.nonce.empty()) return stamp;
    auto const read_in = read_token(*token);
    Info const info(PKCS7_to_TS_TST_INFO(read_in->get()));
    ASN1_INTEGER const* const nonce = info ? TS_TST_INFO_get_nonce(info.get()) : nullptr;
    if (!nonce || integer_octets(nonce) != request.nonce) return mismatch("its nonce is not the one we sent");
    return stamp;
}

}  // namespace rapport::evidence
