// Seals statements: writes the record in canonical form around two digests and one signature (XAdES-B-B, EN 319 132-1).
#include <algorithm>

#include "base/crypto.hpp"
#include "evidence/evidence.hpp"
#include "evidence/openssl.hpp"
#include "evidence/signature_xml.hpp"
#include "evidence/statement_xml.hpp"
#include "evidence/tsa.hpp"

namespace rapport::evidence {

// What is the same in every record of one key.
struct Sealer::Templates {
    std::shared_ptr<Signer const> signer;
    Bytes issuer;              // EvidenceIssuerPolicyID … EvidenceIssuerDetails
    Bytes properties_rest;     // SignedProperties after the signing time
    Time not_after{};          // of the seal certificate
    Bytes key_info_to_object;  // </ds:SignatureValue><ds:KeyInfo>…<xades:QualifyingProperties>
    std::shared_ptr<TimeStampAuthority const> authority{};  // none: records are stamped later
    Clock authority_clock{};
};

struct Sealer::Written {
    Bytes xml;
    std::size_t value_begin, value_end;  // of the canonical SignatureValue: what a time stamp is about
};

namespace {

Digest random_digest() {
    auto const found = Digest::from(random_bytes(sizeof(Digest::octets)));
    require(found.has_value(), "a digest's size");
    return *found;
}

}  // namespace

Bytes key_info(std::vector<Bytes> const& chain) {
    XmlOut out(4096);
    out.raw("<ds:KeyInfo><ds:X509Data>");
    for (auto const& der : chain) out.raw("<ds:X509Certificate>").base64(der).raw("</ds:X509Certificate>");
    return out.raw("</ds:X509Data></ds:KeyInfo>").take();
}

Sealer::Sealer(std::shared_ptr<Signer const> signer, Issuer issuer) {
    require(signer && !signer->chain().empty(), "a seal key has a certificate");
    require(signer->algorithm() == Algorithm::ecdsa_p256_sha256, "the record's text names this algorithm");
    auto made = std::make_unique<Templates>();
    auto const fingerprint = sha256(signer->chain().front());
    made->issuer = issuer_block(issuer, fingerprint);
    require(!made->issuer.empty(), "the issuer's name is plain text");
    XmlOut properties(1024);
    made->properties_rest =
        properties.raw(part::properties_middle).base64(fingerprint).raw(part::properties_end).take();
    made->key_info_to_object = Bytes(part::signature_value_end) + key_info(signer->chain()) + Bytes(part::object_begin);
    auto const certificate = read_certificates(signer->chain().front());
    auto const not_after = certificate ? time_of(X509_get0_notAfter(certificate->front().get())) : std::nullopt;
    require(not_after.has_value(), "a seal key's certificate can be read");
    made->not_after = *not_after;
    made->signer = std::move(signer);
    templates_ = std::move(made);
}
Sealer::~Sealer() = default;
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;

Signer const& Sealer::signer() const { return *templates_->signer; }

void Sealer::stamp_by(std::shared_ptr<TimeStampAuthority const> authority, Clock clock) {
    templates_->authority = std::move(authority);
    templates_->authority_clock = std::move(clock);
}

Expected<Sealer::Written> Sealer::write(Statement const& statement, Time signing_time) const {
    if (auto const checked = check_statement(statement); !checked) return fail(checked.error());
    // A server may outlive its certificate: better no record than one that nobody may believe.
    if (signing_time > templates_->not_after)
        return fail(ErrorKind::unavailable, "certificate_expired",
                    "The certificate of the seal expired on " + to_text(templates_->not_after) +
                        "; make or import another key.");
    XmlOut out(8 * 1024);  // enough for a whole record: it is not copied while it grows
    write_statement(out, statement, templates_->issuer);
    if (!out.good())
        return fail(ErrorKind::invalid, "text_refused",
                    "A text of the evidence holds a character that XML cannot hold, or is not UTF-8.");

    auto const evidence_digest = Sha256().add(out.view()).add(evidence_end).finish();
    XmlOut properties(1024);
    properties.raw(part::properties_begin).time(signing_time).raw(templates_->properties_rest);

    out.raw(part::signature_begin);
    auto const signed_info = out.size();
    out.raw(part::signed_info_begin).base64(evidence_digest).raw(part::signed_info_middle);
    out.base64(sha256(properties.view())).raw(part::signed_info_end);
    auto const signature = templates_->signer->sign(out.view().substr(signed_info));
    if (!signature) return fail(signature.error());

    auto const value = out.size();
    out.raw(part::signature_value_begin).base64(*signature);
    auto const value_end = out.size() + part::signature_value_end.size();
    out.raw(templates_->key_info_to_object).raw(properties.view()).raw(part::tail);
    return Written{out.take(), value, value_end};
}

Expected<Bytes> Sealer::seal_xml(Statement const& statement, Time signing_time) const {
    auto written = write(statement, signing_time);
    if (!written) return fail(written.error());
    return std::move(written->xml);
}

Expected<Sealed> Sealer::seal(Statement const& statement, Time signing_time) const {
    auto written = write(statement, signing_time);
    if (!written) return fail(written.error());
    Sealed sealed;
    sealed.id = statement.id;
    sealed.event = statement.event;
    sealed.time = statement.event_time;
    sealed.number = statement.number;
    sealed.salt = random_digest();
    sealed.commitment = commitment(sealed.salt, written->xml);
    if (templates_->authority) {
        auto const value =
            ByteView(written->xml).substr(written->value_begin, written->value_end - written->value_begin);
        // A clock that was set back meanwhile must not make the stamp older than what it is about.
        auto token = templates_->authority->stamp(sha256(value), std::max(signing_time, templates_->authority_clock()));
        if (token) sealed.token = *std::move(token);
    }
    sealed.xml = std::move(written->xml);
    return sealed;
}

Digest commitment(Digest const& salt, ByteView xml) { return hmac_sha256(salt.view(), xml); }

}  // namespace rapport::evidence
