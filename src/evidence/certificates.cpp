// The demo authority's profiles (RFC 5280 §4.2; RFC 3161 §2.3 for time stamping; RFC 9336 for documents).
#include "evidence/certificates.hpp"

#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/objects.h>

#include <stdexcept>

#include "base/crypto.hpp"

namespace rapport::evidence {
namespace {

constexpr std::string_view demo_words = "NON-QUALIFIED demo";
constexpr Duration start_earlier = std::chrono::hours(1);  // clocks of verifiers differ

void set_time(ASN1_TIME* field, Time time) {
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    openssl_must(ASN1_TIME_adj(field, static_cast<time_t>(seconds), 0, 0) != nullptr, "set a date");
}

void add_name(X509_NAME* name, char const* field, std::string_view text) {
    openssl_must(
        X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, octets(text), static_cast<int>(text.size()), -1, 0) == 1,
        "set a name");
}

void add_extension(X509* certificate, X509* issuer, int nid, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    std::unique_ptr<CONF, FreeWith<NCONF_free>> const empty(NCONF_new(nullptr));  // policies ask for a configuration
    X509V3_set_nconf(&context, empty.get());
    std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> const extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    openssl_must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

// At most 64 characters in a common or organisation name (RFC 5280 appendix A.1); bytes bound it from above.
std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    return std::string(text.substr(0, most));
}

Certificate blank(EVP_PKEY* key, std::string const& organisation, std::string const& common_name, Time now, int days) {
    Certificate certificate(X509_new());
    openssl_must(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "make a certificate");
    auto serial = random_bytes(16);
    serial[0] = static_cast<char>((serial[0] & 0x7F) | 0x40);  // positive, of full length
    std::unique_ptr<BIGNUM, FreeWith<BN_free>> const number(BN_bin2bn(octets(serial), 16, nullptr));
    openssl_must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr,
                 "set a serial number");
    set_time(X509_getm_notBefore(certificate.get()), now - start_earlier);
    set_time(X509_getm_notAfter(certificate.get()), now + std::chrono::days(days));
    X509_NAME* const subject = X509_get_subject_name(certificate.get());
    add_name(subject, "O", shortened(organisation, 64));
    add_name(subject, "CN", shortened(common_name, 64));
    openssl_must(X509_set_pubkey(certificate.get(), key) == 1, "set a public key");
    return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
    openssl_must(X509_sign(certificate, key, EVP_sha256()) > 0, "sign a certificate");
}

}  // namespace

PKey new_p256_key() {
    PKey key(EVP_EC_gen("P-256"));
    openssl_must(key != nullptr, "make a key");
    return key;
}

DemoAuthority DemoAuthority::make(std::string_view organisation, Time now) {
    auto key = new_p256_key();
    auto certificate =
        blank(key.get(), std::string(organisation), "Root (" + std::string(demo_words) + ")", now, 20 * 365);
    X509* const self = certificate.get();
    openssl_must(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1, "set an issuer");
    add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(self, self, NID_subject_key_identifier, "hash");
    sign(self, key.get());
    return {std::move(key), std::move(certificate)};
}

Expected<DemoAuthority> DemoAuthority::load(ByteView key_pem, ByteView certificate_pem) {
    auto key = read_private_key(key_pem);
    if (!key) return fail(key.error());
    auto certificates = read_certificates(certificate_pem);
    if (!certificates) return fail(certificates.error());
    if (EVP_PKEY_eq(X509_get0_pubkey(certificates->front().get()), key->get()) != 1)
        return fail(ErrorKind::invalid, "key_mismatch",
                    "The demo authority's key and certificate do not belong together.");
    return DemoAuthority(std::move(*key), std::move(certificates->front()));
}

DemoCertificate DemoAuthority::root() const { return {pem_of(key_.get()), pem_of(certificate_.get())}; }

DemoCertificate DemoAuthority::issue(KeyPurpose purpose, std::string_view organisation, Time now, int days) const {
    require(purpose != KeyPurpose::log, "the log's key has no certificate");
    bool const seal = purpose == KeyPurpose::seal;
    auto key = new_p256_key();
    auto const common_name =
        std::string(seal ? "Electronic seal" : "Time stamping") + " (" + std::string(demo_words) + ")";
    auto certificate = blank(key.get(), std::string(organisation), common_name, now, days);
    X509* const made = certificate.get();
    openssl_must(X509_set_issuer_name(made, X509_get_subject_name(certificate_.get())) == 1, "set an issuer");
    add_extension(made, certificate_.get(), NID_basic_constraints, "critical,CA:FALSE");
    // A seal commits to content (EN 319 412-2 §4.3.2, type B); RFC 3161 §2.3: time stamping alone, and critical.
    add_extension(made, certificate_.get(), NID_key_usage,
                  seal ? "critical,digitalSignature,nonRepudiation" : "critical,digitalSignature");
    add_extension(made, certificate_.get(), NID_ext_key_usage, seal ? "1.3.6.1.5.5.7.3.36" : "critical,timeStamping");
    add_extension(made, certificate_.get(), NID_certificate_policies,
                  std::string(seal ? evidence_policy_oid : time_stamp_policy_oid));
    add_extension(made, certificate_.get(), NID_subject_key_identifier, "hash");
    add_extension(made, certificate_.get(), NID_authority_key_identifier, "keyid:always");
    sign(made, key_.get());
    return {pem_of(key.get()), pem_of(made)};
}

std::string subject_of(ByteView certificate) {
    auto const read = read_certificates(certificate);
    return read ? name_text(X509_get_subject_name(read->front().get())) : std::string();
}

bool is_demo(X509* certificate) {
    return name_text(X509_get_subject_name(certificate)).find(demo_words) != std::string::npos;
}

}  // namespace rapport::evidence
