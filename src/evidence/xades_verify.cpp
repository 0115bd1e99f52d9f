// Verifies one sealed record: structure first, and strictly (XMLDSig lets a signature mean many things; here it may
// mean one), then digests, signature, certificates, statement and time stamp. Each finding is a named check.
#include "evidence/xades_verify.hpp"

#include <algorithm>
#include <set>

#include "base/crypto.hpp"
#include "evidence/canonical.hpp"
#include "evidence/statement_xml.hpp"
#include "evidence/trust.hpp"
#include "evidence/tsa.hpp"

namespace rapport::evidence {
namespace {

constexpr Duration clocks_differ = std::chrono::seconds(5);  // own clock and the authority's

// Counts what may occur once, and collects every Id: an attacker's copy would be found here (signature wrapping).
struct Census {
    int signatures = 0, signed_properties = 0, records = 0;
    bool repeated_id = false;
    std::set<std::string_view> ids;

    void count(Node const* node) {
        if (is(node, ns::ds, "Signature")) ++signatures;
        if (is(node, ns::xades, "SignedProperties")) ++signed_properties;
        if (is(node, ns::erds, "Evidence")) ++records;
        for (auto const* each = node->attributes; each; each = each->next) {
            auto const name = each->name;
            if (name != "Id" && name != "ID" && name != "id" && name != "iD") continue;
            if (each->pieces != 1 || !ids.insert(each->value).second) repeated_id = true;
        }
        for (auto const* child = node->first; child; child = child->next) count(child);
    }
};

class Verification {
  public:
    Verification(ByteView xml, Trust const& trust, CanonicalBy how) : xml_(xml), trust_(trust), how_(how) {}
    Verified run();

  private:
    struct Read {
        Document document;  // what view_ looks into
        Expected<ReadRecord> record;
        CanonicalRuns runs;
    };
    std::optional<Read> as_written();
    std::optional<Read> by_libxml2();
    // Notes a check and says whether it is good.
    bool check(char const* name, bool ok, std::string detail = {}) {
        found_.checks.push_back({name, ok, ok ? std::string() : std::move(detail)});
        return ok;
    }
    bool structure(Node const* root);
    bool signed_info();
    bool reference(Node const* node, std::string_view uri, std::vector<std::string_view> const& transforms,
                   std::string_view& digest);
    bool qualifying_properties(Node const* object);
    bool signed_properties();
    bool time_stamp_element(Node const* unsigned_properties);
    void digests(CanonicalRuns const& runs);
    void signature(CanonicalRuns const& runs);
    void certificate();
    void statement(Expected<ReadRecord> const& record);
    void time_stamp(CanonicalRuns const& runs);

    ByteView xml_;
    Trust const& trust_;
    CanonicalBy how_;
    Verified found_{};
    SignatureView view_{};
    std::string_view evidence_reference_id_, properties_id_;
    std::vector<Bytes> chain_{};
    std::shared_ptr<CheckedSigner const> signer_{};
};

bool Verification::reference(Node const* node, std::string_view uri_wanted,
                             std::vector<std::string_view> const& transforms, std::string_view& digest) {
    if (!node || attribute(node, "URI") != uri_wanted) return false;
    Elements in(node);
    Elements list(in.take(ns::ds, "Transforms"));
    for (auto const wanted : transforms) {
        auto const* const transform = list.take(ns::ds, "Transform");
        if (!transform || attribute(transform, "Algorithm") != wanted || !transform->is_empty) return false;
    }
    auto const* const method = in.take(ns::ds, "DigestMethod");
    auto const value = text_of(in.take(ns::ds, "DigestValue"));
    if (!list.done() || !method || attribute(method, "Algorithm") != uri::sha256 || !value || !in.done()) return false;
    digest = *value;
    return true;
}

// Exactly the two references, with exactly our transforms (EN 319 132-1 §4.4.2; no XPath, no XSLT, nothing remote).
bool Verification::signed_info() {
    Elements in(view_.signed_info);
    auto const* const canonicalization = in.take(ns::ds, "CanonicalizationMethod");
    auto const* const method = in.take(ns::ds, "SignatureMethod");
    if (!check("algorithms",
               canonicalization && attribute(canonicalization, "Algorithm") == uri::exc_c14n &&
                   canonicalization->is_empty && method && attribute(method, "Algorithm") == uri::ecdsa_sha256,
               "the signature is not by exclusive canonical XML and ECDSA with SHA-256"))
        return false;
    auto const* const evidence = in.take(ns::ds, "Reference");
    auto const* const properties = in.take(ns::ds, "Reference");
    auto const id = attribute(view_.signed_properties, "Id");
    properties_id_ = id.value_or("");
    bool const good =
        in.done() && !properties_id_.empty() &&
        reference(evidence, "", {uri::enveloped, uri::exc_c14n}, view_.evidence_digest) &&
        reference(properties, "#" + std::string(properties_id_), {uri::exc_c14n}, view_.properties_digest) &&
        attribute(properties, "Type") == uri::signed_properties;
    if (good) evidence_reference_id_ = attribute(evidence, "Id").value_or("");
    return check("references", good, "the signature does not cover exactly this record and its signed properties");
}

bool Verification::signed_properties() {
    Elements in(view_.signed_properties);
    Elements about(in.take(ns::xades, "SignedSignatureProperties"));
    auto const time = text_of(about.take(ns::xades, "SigningTime"));
    Elements certificates(about.take(ns::xades, "SigningCertificateV2"));
    Elements first(certificates.take(ns::xades, "Cert"));
    Elements digest(first.take(ns::xades, "CertDigest"));
    auto const* const method = digest.take(ns::ds, "DigestMethod");
    auto const value = text_of(digest.take(ns::ds, "DigestValue"));
    Elements data(in.take(ns::xades, "SignedDataObjectProperties"));
    auto const* const format = data.take(ns::xades, "DataObjectFormat");
    if (time) found_.signing_time = time_from_text(*time);
    bool const good = found_.signing_time && method && attribute(method, "Algorithm") == uri::sha256 && value &&
                      format && !evidence_reference_id_.empty() &&
                      attribute(format, "ObjectReference") == "#" + std::string(evidence_reference_id_);
    if (good) view_.signing_time = *time, view_.certificate_digest = *value;
    return check("signed_properties", good,
                 "signing time, certificate or format is missing or is about something else");
}

bool Verification::time_stamp_element(Node const* unsigned_properties) {
    Elements in(unsigned_properties);
    Elements list(in.take(ns::xades, "UnsignedSignatureProperties"));
    Elements stamp(list.take(ns::xades, "SignatureTimeStamp"));
    auto const* const method = stamp.take(ns::ds, "CanonicalizationMethod");
    auto const token = text_of(stamp.take(ns::xades, "EncapsulatedTimeStamp"));
    if (!in.done() || !list.done() || !method || attribute(method, "Algorithm") != uri::exc_c14n || !token ||
        token->empty())
        return false;
    view_.token = *token;
    return true;
}

bool Verification::qualifying_properties(Node const* object) {
    Elements in(object);
    auto const* const qualifying = in.take(ns::xades, "QualifyingProperties");
    auto const id = attribute(view_.signature, "Id");
    if (!qualifying || !in.done() || !id || attribute(qualifying, "Target") != "#" + std::string(*id)) return false;
    Elements properties(qualifying);
    view_.signed_properties = properties.take(ns::xades, "SignedProperties");
    auto const* const unsigned_properties = properties.take(ns::xades, "UnsignedProperties");
    if (!view_.signed_properties || !properties.done()) return false;
    return !unsigned_properties || time_stamp_element(unsigned_properties);
}

bool Verification::structure(Node const* root) {
    if (!check("root", is(root, ns::erds, "Evidence"), "the root is not Evidence of EN 319 522")) return false;
    Census census;
    census.count(root);
    if (!check("identifiers", !census.repeated_id, "an Id occurs twice")) return false;
    auto const* const last = root->last;
    bool const single = census.signatures == 1 && census.signed_properties == 1 && census.records == 1;
    if (!check("enveloped", single && is(last, ns::ds, "Signature"),
               "there is not exactly one signature, at the end of the one record"))
        return false;
    view_.signature = last;
    Elements in(last);
    view_.signed_info = in.take(ns::ds, "SignedInfo");
    view_.signature_value = in.take(ns::ds, "SignatureValue");
    Elements key(in.take(ns::ds, "KeyInfo"));
    Elements data(key.take(ns::ds, "X509Data"));
    auto const value = text_of(view_.signature_value);
    while (auto const* const certificate = data.take(ns::ds, "X509Certificate"))
        view_.certificates.push_back(text_of(certificate).value_or(""));
    bool const whole = view_.signed_info && value && data.done() && key.done() && !view_.certificates.empty() &&
                       qualifying_properties(in.take(ns::ds, "Object")) && in.done();
    if (!check("signature_structure", whole, "the signature is not of the one form that evidence has")) return false;
    view_.value = *value;
    return signed_info() && signed_properties();
}

// base64 as others write it: with line breaks.
std::optional<Bytes> decoded(std::string_view text) {
    if (text.find_first_of(" \t\r\n") == std::string_view::npos) return from_base64(text);
    std::string bare(text);
    std::erase_if(bare, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    return from_base64(bare);
}

void Verification::digests(CanonicalRuns const& runs) {
    check("digest_of_evidence", decoded(view_.evidence_digest) == runs.evidence.view(),
          "the record was changed after it was sealed");
    check("digest_of_signed_properties", decoded(view_.properties_digest) == runs.properties.view(),
          "signing time or certificate reference was changed after sealing");
}

void Verification::signature(CanonicalRuns const& runs) {
    for (auto const text : view_.certificates) chain_.push_back(decoded(text).value_or(Bytes()));
    found_.signer_fingerprint = sha256(chain_.front());
    check("signing_certificate", decoded(view_.certificate_digest) == found_.signer_fingerprint.view(),
          "the certificate beside the signature is not the one that was signed");
    signer_ = checked_signer(trust_, chain_);
    auto const raw = decoded(view_.value);
    auto const der = raw ? der_signature(*raw) : std::nullopt;
    bool const good = signer_ && der && signer_->key.verify(*der, sha256(runs.signed_info));
    check("signature", good, "the signature does not fit the record and the certificate's key");
}

void Verification::certificate() {
    if (!check("certificate", signer_ != nullptr, "the certificate cannot be read")) return;
    found_.signer_subject = signer_->subject;
    check("certificate_chain", signer_->chain_problem.empty(), signer_->chain_problem);
    check("certificate_usage", signer_->usable, "the certificate is not for seals or signatures");
    auto const at = *found_.signing_time;
    check("certificate_validity",
          signer_->chain_problem.empty() && signer_->valid_from <= at && at <= signer_->valid_to,
          "a certificate of the chain was not valid at the signing time");
}

void Verification::statement(Expected<ReadRecord> const& record) {
    if (!check("statement", record.has_value(), record ? "" : record.error().text)) return;
    auto const complete = check_statement(record->statement);
    check("reasons", complete.has_value(), complete ? "" : complete.error().text);
    check("issuer", record->issuer_certificate == found_.signer_fingerprint,
          "the record names another certificate as its issuer's than the one that sealed it");
}

void Verification::time_stamp(CanonicalRuns const& runs) {
    if (view_.token.empty()) return;
    auto const token = decoded(view_.token);
    auto const stamp = verify_token(token.value_or(Bytes()), runs.signature_value, trust_);
    if (!check("time_stamp", stamp.has_value(), stamp ? "" : stamp.error().text)) return;
    found_.stamped_time = stamp->time;
    check("time_stamp_order", *found_.signing_time <= stamp->time + stamp->accuracy + clocks_differ,
          "the record claims to be sealed after it was time-stamped");
}

// The short way: parsed by our own reader, written again by our writer. If that gives the same bytes, libxml2 would
// have read the same. Empty where anything at all is otherwise.
std::optional<Verification::Read> Verification::as_written() {
    auto document = Document::of_our_writer(xml_);
    if (!document) return {};
    check("xml", true);
    if (!structure(document->root())) return {};
    auto record = read_record(document->root());
    if (!record) return {};
    auto runs = runs_as_written(xml_, *record, view_);
    if (!runs) return {};
    check("form", true);
    return Read{*std::move(document), std::move(record), *std::move(runs)};
}

std::optional<Verification::Read> Verification::by_libxml2() {
    auto document = Document::read(xml_);
    if (!check("xml", document.has_value(), document ? "" : document.error().text)) return {};
    if (!structure(document->root())) return {};
    auto record = read_record(document->root());
    auto runs = record ? runs_as_written(xml_, *record, view_) : std::nullopt;
    // A record of ours has one form. Bytes that differ where no digest looks (white space in base64, an attribute's
    // quotes) would change nothing in law, but they say that somebody touched the file.
    check("form", runs.has_value(), "these are not the bytes that Rapport wrote, though they may mean the same");
    if (!runs || how_ == CanonicalBy::libxml2_only) runs = runs_by_libxml2(*document, view_);
    if (!runs) {
        check("canonical_form", false, "the record has no canonical form");
        return {};
    }
    return Read{*std::move(document), std::move(record), *std::move(runs)};
}

Verified Verification::run() {
    auto read = how_ == CanonicalBy::comparison_first ? as_written() : std::nullopt;
    if (!read) {
        found_ = {};
        view_ = {};
        evidence_reference_id_ = properties_id_ = {};
        read = by_libxml2();
    }
    if (!read) return std::move(found_);
    check("canonical_form", true);
    digests(read->runs);
    signature(read->runs);
    certificate();
    statement(read->record);
    time_stamp(read->runs);
    return std::move(found_);
}

}  // namespace

bool all_ok(std::vector<Check> const& checks) { return !checks.empty() && std::ranges::all_of(checks, &Check::ok); }

Verified verify_evidence(ByteView xml, Trust const& trust, CanonicalBy how) {
    return Verification(xml, trust, how).run();
}
Verified verify_evidence(ByteView xml, Trust const& trust) {
    return verify_evidence(xml, trust, CanonicalBy::comparison_first);
}

}  // namespace rapport::evidence
