// TSTInfo in CMS SignedData, one signer, three signed attributes in the order of DER (X.690 §11.6).
#include "evidence/own_token.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "evidence/der.hpp"

namespace rapport::evidence {
namespace {

using namespace der;

Bytes const& sha256_algorithm() {
    static Bytes const made = algorithm(oid::sha256);
    return made;
}
Bytes const& signature_algorithm() {
    static Bytes const made = algorithm(oid::ecdsa_sha256);
    return made;
}
Bytes const& content_type_attribute() {
    static Bytes const made = attribute(oid::content_type, tlv(object, oid::tst_info));
    return made;
}
// As requests by the openssl tool and others name SHA-256 in an imprint: with NULL.
Bytes const& imprint_algorithm() {
    static Bytes const made = tlv(sequence, tlv(object, oid::sha256) + Bytes("\x05\x00", 2));
    return made;
}
Bytes const& accuracy() {
    static Bytes const made = tlv(sequence, tlv(integer, Bytes(1, static_cast<char>(own_token_accuracy_seconds))));
    return made;
}

}  // namespace

TokenForm::TokenForm(X509* own, std::vector<Certificate> const& others) {
    auto const own_der = der_of(own);
    signer_ = tlv(integer, "\1") + issuer_and_serial(own) + sha256_algorithm();
    Bytes const named = tlv(sequence, tlv(octet_string, sha256(own_der).view()));  // hash algorithm: default SHA-256
    ess_attribute_ = attribute(oid::signing_certificate_v2, tlv(sequence, tlv(sequence, named)));
    std::vector<Bytes> all{own_der};
    for (auto const& each : others) all.push_back(der_of(each.get()));
    std::ranges::sort(all);
    Bytes joined;
    for (auto const& each : all) joined += each;
    certificates_ = tlv(context_0, joined);
}

Bytes TokenForm::tst_info(TokenContent const& content) {
    Bytes inner = tlv(integer, "\1");
    put(inner, object, content.policy);
    Bytes imprint = imprint_algorithm();
    put(imprint, octet_string, content.imprint.view());
    put(inner, sequence, imprint);
    put(inner, integer, content.serial);
    inner += generalized(content.time);
    inner += accuracy();
    return tlv(sequence, inner);
}

Bytes TokenForm::signed_attributes(ByteView tst_info) const {
    Bytes const digest = attribute(oid::message_digest, tlv(octet_string, sha256(tst_info).view()));
    return tlv(set, content_type_attribute() + digest + ess_attribute_);
}

Bytes TokenForm::token(ByteView tst_info, ByteView signed_attributes, ByteView signature) const {
    Bytes signer;
    signer.reserve(1024);
    signer += signer_;
    // The same set, tagged [0] here (RFC 5652 §5.4).
    signer += static_cast<char>(context_0);
    signer += signed_attributes.substr(1);
    signer += signature_algorithm();
    put(signer, octet_string, signature);

    Bytes signed_data;
    signed_data.reserve(tst_info.size() + certificates_.size() + signer.size() + 128);
    put(signed_data, integer, "\3");
    put(signed_data, set, sha256_algorithm());
    put(signed_data, sequence, tlv(object, oid::tst_info) + tlv(context_0, tlv(octet_string, tst_info)));
    signed_data += certificates_;
    put(signed_data, set, tlv(sequence, signer));
    return tlv(sequence, tlv(object, oid::signed_data) + tlv(context_0, tlv(sequence, signed_data)));
}

std::optional<TokenGlance> glance_at_token(ByteView token) {
    Cursor outer(token);
    Cursor info = outer.enter(sequence);
    if (!outer.done() || !info.take(object)) return {};
    Cursor explicit_content = info.enter(context_0);
    Cursor data = explicit_content.enter(sequence);
    if (!data.take(integer) || !data.take(set)) return {};
    Cursor content = data.enter(sequence);
    if (!content.take(object)) return {};
    Cursor explicit_octets = content.enter(context_0);
    Cursor octets_of_content = explicit_octets.enter(octet_string);
    Cursor tst = octets_of_content.enter(sequence);
    auto const certificates = data.take(context_0);
    Cursor signers = data.enter(set);
    Cursor signer = signers.enter(sequence);
    if (!certificates || !signer.take(integer) || !signer.take(sequence) || !signer.take(sequence) ||
        !signer.take(context_0) || !signer.take(sequence))
        return {};
    auto const signature = signer.take(octet_string);

    if (!tst.take(integer)) return {};
    auto const policy = tst.take(object);
    Cursor imprint = tst.enter(sequence);
    if (!imprint.take(sequence)) return {};
    auto const hash = imprint.take(octet_string);
    auto const serial = tst.take(integer);
    auto const time = tst.take(generalized_time);
    if (!signature || !policy || !hash || !serial || !time) return {};
    auto const digest = Digest::from(*hash);
    auto const at = gen_time(*time);
    bool const of_ours = serial->size() == 16 && ((*serial)[0] & 0xC0) == 0x40;
    if (!digest || !at || !of_ours) return {};
    return TokenGlance{{*digest, *policy, *serial, *at}, *certificates, *signature};
}

std::optional<Time> gen_time(std::string_view text) {
    if (text.size() < 15 || text.size() > 32 || text.back() != 'Z' || (text.size() > 15 && text[14] != '.'))
        return std::nullopt;
    char out[] = "0000-00-00T00:00:00";
    constexpr int places[] = {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
    for (std::size_t i = 0; i < 14; ++i) out[places[i]] = text[i];
    return time_from_text(std::string(out) + std::string(text.substr(14)));
}

}  // namespace rapport::evidence
