// Owners of OpenSSL's objects and the few conversions that this module's files share. Not part of its interface.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace rapport::evidence {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using PKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using PKeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

inline unsigned char const* octets(ByteView bytes) { return reinterpret_cast<unsigned char const*>(bytes.data()); }
inline unsigned char* octets(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// What OpenSSL said last, and forgets it.
std::string openssl_reason();
// For a broken world only (memory, a provider that does not load).
void openssl_must(bool succeeded, char const* what);

Bio memory_bio(ByteView bytes);
Bytes bio_bytes(BIO* bio);

Expected<PKey> read_private_key(ByteView pem);                              // code "key_unreadable"
Expected<std::vector<Certificate>> read_certificates(ByteView pem_or_der);  // code "certificate_unreadable"; not empty
Bytes der_of(X509* certificate);
Bytes issuer_and_serial(X509* certificate);  // IssuerAndSerialNumber in DER (RFC 5652 §10.2.4)
Bytes pem_of(X509* certificate);
Bytes pem_of(EVP_PKEY* private_key);
std::string name_text(X509_NAME const* name);  // most specific first, UTF-8
std::optional<Time> time_of(ASN1_TIME const* time);
bool is_p256(EVP_PKEY* key);
bool is_self_signed(X509* certificate);

// r and s of 32 octets each (RFC 4050 §3.3, W3C XMLDSig 1.1 §6.4.3) from the DER of ECDSA-Sig-Value, and back.
bool raw_signature(ByteView der, unsigned char* raw64);
std::optional<Bytes> der_signature(ByteView raw64);

}  // namespace rapport::evidence
