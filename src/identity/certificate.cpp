// Judging a client certificate by OpenSSL's chain building.
#include "identity/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace rapport::identity {
namespace {

struct Delete {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(X509_CRL* p) const { X509_CRL_free(p); }
    void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(STACK_OF(X509) * p) const { sk_X509_pop_free(p, X509_free); }
    void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
    void operator()(CERTIFICATEPOLICIES* p) const { CERTIFICATEPOLICIES_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Delete>;

constexpr int most_certificates = 10, deepest_chain = 6;

std::unexpected<Error> refused(std::string code, std::string text) {
    return fail(ErrorKind::forbidden, std::move(code), std::move(text));
}
std::unexpected<Error> unreadable(std::string text) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, "authority_unreadable", std::move(text));
}

Owned<BIO> bio_of(ByteView bytes) { return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

Owned<X509> from_der(ByteView der) {
    auto const* at = reinterpret_cast<unsigned char const*>(der.data());
    auto const* const end = at + der.size();
    Owned<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    return at == end ? std::move(certificate) : nullptr;
}

std::string text_of(ASN1_STRING const* text) {
    unsigned char* utf8 = nullptr;
    int const size = text ? ASN1_STRING_to_UTF8(&utf8, text) : -1;
    if (size < 0) return {};
    std::string out(reinterpret_cast<char const*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return is_plain_text(out) ? out : std::string();  // a NUL inside is an attack on whoever compares
}

// The one value of an attribute of the subject; two values name nobody.
std::string attribute(X509* certificate, int nid) {
    auto* const name = X509_get_subject_name(certificate);
    int const at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0) return {};
    return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

// RFC 5280 §4.2.1.6; the subject's own emailAddress attribute is old and not looked at.
std::vector<std::string> emails_of(X509* certificate) {
    std::vector<std::string> out;
    Owned<GENERAL_NAMES> const names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        auto const* one = sk_GENERAL_NAME_value(names.get(), i);
        if (one->type != GEN_EMAIL) continue;
        if (auto text = ascii_lower(text_of(one->d.rfc822Name)); !text.empty()) out.push_back(std::move(text));
    }
    return out;
}

bool has_policy(X509* certificate, std::vector<std::string> const& wanted) {
    if (wanted.empty()) return true;
    Owned<CERTIFICATEPOLICIES> const policies(
        static_cast<CERTIFICATEPOLICIES*>(X509_get_ext_d2i(certificate, NID_certificate_policies, nullptr, nullptr)));
    for (int i = 0; policies && i < sk_POLICYINFO_num(policies.get()); ++i) {
        char oid[128] = {};
        OBJ_obj2txt(oid, sizeof oid, sk_POLICYINFO_value(policies.get(), i)->policyid, 1);
        if (std::ranges::find(wanted, std::string_view(oid)) != wanted.end()) return true;
    }
    return false;
}

}  // namespace

static Expected<std::shared_ptr<X509_STORE>> store_of(AuthorityOptions const& options, Bytes const& revocations) {
    std::shared_ptr<X509_STORE> const store(X509_STORE_new(), [](X509_STORE* one) { X509_STORE_free(one); });
    int certificates = 0, lists = 0;
    auto const in = bio_of(options.certificates);
    while (Owned<X509> const one{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)})
        certificates += X509_STORE_add_cert(store.get(), one.get());
    if (certificates == 0) return unreadable("The file of authority " + options.id + " holds no certificate.");
    if (!revocations.empty()) {
        auto const all = bio_of(revocations);
        while (Owned<X509_CRL> const one{PEM_read_bio_X509_CRL(all.get(), nullptr, nullptr, nullptr)})
            lists += X509_STORE_add_crl(store.get(), one.get());
        if (lists == 0) return unreadable("The revocation list of authority " + options.id + " cannot be read.");
        // Of the whole chain: an intermediate authority may have been revoked (RFC 5280 §6.1.3).
        X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    ERR_clear_error();
    return store;
}

Expected<std::shared_ptr<Authority>> Authority::from(AuthorityOptions options) {
    auto store = store_of(options, options.revocations);
    if (!store) return fail(store.error());
    std::shared_ptr<Authority> out(new Authority(std::move(options)));
    out->store_ = std::move(*store);
    return out;
}

Expected<void> Authority::renew(Bytes revocations) {
    if (revocations.empty()) return unreadable("The revocation list of authority " + options_.id + " is empty.");
    auto store = store_of(options_, revocations);
    if (!store) return fail(store.error());
    std::lock_guard const lock(mutex_);
    store_ = std::move(*store);
    return {};
}

std::shared_ptr<X509_STORE> Authority::store() const {
    std::lock_guard const lock(mutex_);
    return store_;
}

Expected<CertifiedPerson> Authority::judge(std::vector<Bytes> const& presented, Time now) const {
    if (presented.empty() || presented.size() > most_certificates)
        return refused("certificate_unreadable", "The browser sent no certificate.");
    auto const own = from_der(presented.front());
    if (!own) return refused("certificate_unreadable", "The certificate cannot be read.");
    Owned<STACK_OF(X509)> const others(sk_X509_new_null());
    for (std::size_t i = 1; i < presented.size(); ++i)
        if (auto one = from_der(presented[i])) sk_X509_push(others.get(), one.release());
    auto const store = this->store();
    Owned<X509_STORE_CTX> const context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), store.get(), own.get(), others.get()) != 1)
        return refused("certificate_unreadable", "The certificate cannot be checked.");
    auto* const rules = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_CLIENT);  // extended key usage: client authentication
    X509_VERIFY_PARAM_set_depth(rules, deepest_chain);
    X509_VERIFY_PARAM_set_auth_level(rules, 2);  // 112 bits: no SHA-1, no short keys
    X509_VERIFY_PARAM_set_time(rules,
                               std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(now)));
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
    if (X509_verify_cert(context.get()) != 1) {
        auto const* why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
        ERR_clear_error();
        return refused("certificate_untrusted", std::string("The certificate is not accepted: ") + why + ".");
    }
    if (!has_policy(own.get(), options_.policies))
        return refused("certificate_policy", "The certificate was issued under another policy than is asked for.");
    CertifiedPerson out;
    out.level = options_.level;
    out.certificate = presented.front();
    out.revocation_checked = !options_.revocations.empty();
    out.who.source = options_.id;
    out.who.issuer = options_.name;
    out.who.subject = to_hex(sha256(presented.front()).view());
    out.who.name = attribute(own.get(), NID_commonName);
    out.who.emails = emails_of(own.get());
    if (!options_.identifier_attribute.empty())
        if (auto text = attribute(own.get(), OBJ_txt2nid(options_.identifier_attribute.c_str())); !text.empty())
            out.who.identifier = std::move(text);
    if (options_.identifier_attribute.empty() ? out.who.emails.empty() : !out.who.identifier)
        return refused("certificate_names_nobody",
                       "The certificate is good, but holds nothing by which a recipient could be recognised.");
    return out;
}

}  // namespace rapport::identity
