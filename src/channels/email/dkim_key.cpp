// Keys that sign mails, and the records that publish them (RFC 6376 §3.6.1, RFC 8463 §4).
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <map>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "channels/email/dkim.hpp"

namespace rapport::channels::email {
namespace {

constexpr int least_rsa_bits = 2048;  // RFC 8301 §3.2 demands 1024 and wishes for 2048

EVP_PKEY* pkey(std::shared_ptr<void> const& key) { return static_cast<EVP_PKEY*>(key.get()); }
std::shared_ptr<void> owned(EVP_PKEY* key) {
    return {key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }};
}

struct ContextFree {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free_all(bio); }
};

// tag=value pairs (§3.2); folding white space counts for nothing.
std::map<std::string, std::string> tags_of(std::string_view txt) {
    std::map<std::string, std::string> tags;
    while (!txt.empty()) {
        auto const end = txt.find(';');
        auto const tag = txt.substr(0, end);
        txt = end == std::string_view::npos ? std::string_view() : txt.substr(end + 1);
        auto const equals = tag.find('=');
        if (equals == std::string_view::npos) continue;
        std::string value(tag.substr(equals + 1));
        std::erase_if(value, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
        tags.emplace(std::string(trimmed(tag.substr(0, equals))), std::move(value));
    }
    return tags;
}

}  // namespace

DkimKey DkimKey::make(DkimAlgorithm algorithm) {
    EVP_PKEY* made = algorithm == DkimAlgorithm::rsa_sha256 ? EVP_RSA_gen(least_rsa_bits)
                                                            : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    require(made != nullptr, "OpenSSL makes a key");
    return {owned(made), algorithm};
}

Expected<DkimKey> DkimKey::from_pem(ByteView pem) {
    std::unique_ptr<BIO, ContextFree> const bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    auto const refuse_password = [](char*, int, int, void*) { return -1; };
    EVP_PKEY* read = PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_password, nullptr);
    auto key = owned(read);
    bool const rsa = read && EVP_PKEY_is_a(read, "RSA") == 1 && EVP_PKEY_get_bits(read) >= least_rsa_bits;
    bool const edwards = read && EVP_PKEY_is_a(read, "ED25519") == 1;
    if (!rsa && !edwards)
        return fail(ErrorKind::invalid, "key_unreadable",
                    "This is no unencrypted PEM key, RSA of at least 2048 bits or Ed25519.");
    return DkimKey(std::move(key), rsa ? DkimAlgorithm::rsa_sha256 : DkimAlgorithm::ed25519_sha256);
}

Bytes DkimKey::pem() const {
    std::unique_ptr<BIO, ContextFree> const bio(BIO_new(BIO_s_mem()));
    bool const written = PEM_write_bio_PrivateKey(bio.get(), pkey(key_), nullptr, nullptr, 0, nullptr, nullptr) == 1;
    require(written, "OpenSSL writes a key");
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string DkimKey::public_key() const {
    if (algorithm_ == DkimAlgorithm::ed25519_sha256) {  // RFC 8463 §4.2: the 32 octets, not a SubjectPublicKeyInfo
        unsigned char raw[32];
        std::size_t size = sizeof raw;
        bool const got = EVP_PKEY_get_raw_public_key(pkey(key_), raw, &size) == 1;
        require(got, "an Ed25519 key has a public key");
        return to_base64({reinterpret_cast<char const*>(raw), size});
    }
    unsigned char* der = nullptr;
    int const size = i2d_PUBKEY(pkey(key_), &der);
    require(size > 0, "an RSA key has a public key");
    auto text = to_base64({reinterpret_cast<char const*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return text;
}

std::string DkimKey::record() const { return dkim_record(algorithm_, public_key()); }

// RSASSA-PKCS1-v1_5 with SHA-256; or pure Ed25519 of the SHA-256 hash (RFC 8463 §3).
Bytes DkimKey::sign(ByteView data) const {
    std::unique_ptr<EVP_MD_CTX, ContextFree> const context(EVP_MD_CTX_new());
    bool const rsa = algorithm_ == DkimAlgorithm::rsa_sha256;
    Digest const hash = sha256(data);
    auto const what = rsa ? data : hash.view();
    unsigned char out[1024];
    std::size_t size = sizeof out;
    bool const done =
        EVP_DigestSignInit(context.get(), nullptr, rsa ? EVP_sha256() : nullptr, nullptr, pkey(key_)) == 1 &&
        EVP_DigestSign(context.get(), out, &size, reinterpret_cast<unsigned char const*>(what.data()), what.size()) ==
            1;
    require(done, "a key signs");
    return {reinterpret_cast<char const*>(out), size};
}

std::string dkim_record(DkimAlgorithm algorithm, std::string_view public_key) {
    return std::string("v=DKIM1; k=") + (algorithm == DkimAlgorithm::rsa_sha256 ? "rsa" : "ed25519") +
           "; p=" + std::string(public_key);
}

bool same_dkim_record(std::string_view txt, DkimAlgorithm algorithm, std::string_view public_key) {
    auto const tags = tags_of(txt);
    auto const value = [&](char const* tag, char const* otherwise) {
        auto const found = tags.find(tag);
        return found == tags.end() ? std::string(otherwise) : found->second;
    };
    auto const listed = [](std::string const& list, std::string_view wanted) {
        return (':' + list + ':').find(':' + std::string(wanted) + ':') != std::string::npos;
    };
    auto const flags = value("t", ""), services = value("s", "*"), hashes = value("h", "sha256");
    return value("v", "DKIM1") == "DKIM1" &&
           value("k", "rsa") == (algorithm == DkimAlgorithm::rsa_sha256 ? "rsa" : "ed25519") &&
           value("p", "") == public_key && !listed(flags, "y") && listed(hashes, "sha256") &&
           (listed(services, "*") || listed(services, "email"));
}

}  // namespace rapport::channels::email
