// Conversions between OpenSSL's objects and ours.
#include "evidence/openssl.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "evidence/der.hpp"

namespace rapport::evidence {
namespace {

// One INTEGER of at most 32 octets of value, left-padded into `out`.
bool take_integer(unsigned char const*& at, unsigned char const* end, unsigned char* out) {
    if (end - at < 2 || at[0] != 0x02) return false;
    std::size_t size = at[1];
    at += 2;
    if (size == 0 || size > 33 || static_cast<std::size_t>(end - at) < size) return false;
    unsigned char const* value = at;
    at += size;
    if (size == 33) {
        if (*value != 0) return false;
        ++value;
        --size;
    }
    std::memset(out, 0, 32 - size);
    std::memcpy(out + 32 - size, value, size);
    return true;
}

void put_integer(Bytes& out, ByteView value) {
    while (value.size() > 1 && value.front() == 0) value.remove_prefix(1);
    bool const pad = (static_cast<unsigned char>(value.front()) & 0x80) != 0;
    out += '\x02';
    out += static_cast<char>(value.size() + (pad ? 1 : 0));
    if (pad) out += '\0';
    out += value;
}

}  // namespace

std::string openssl_reason() {
    unsigned long last = 0;
    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) last = code;
    if (last == 0) return "no reason given";
    char const* const reason = ERR_reason_error_string(last);
    return reason ? reason : "code " + std::to_string(last);
}

void openssl_must(bool succeeded, char const* what) {
    if (!succeeded) throw std::runtime_error(std::string("OpenSSL could not ") + what + ": " + openssl_reason());
}

Bio memory_bio(ByteView bytes) {
    Bio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    openssl_must(bio != nullptr, "make a buffer");
    return bio;
}

Bytes bio_bytes(BIO* bio) {
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio, &data);
    return Bytes(data, static_cast<std::size_t>(size));
}

Expected<PKey> read_private_key(ByteView pem) {
    auto const bio = memory_bio(pem);
    // A key with a pass phrase must not make a server wait at a terminal: the callback gives none.
    auto const no_pass_phrase = [](char*, int, int, void*) { return -1; };
    PKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
    if (!key)
        return fail(ErrorKind::invalid, "key_unreadable",
                    "The private key cannot be read: it must be PEM without a pass phrase (" + openssl_reason() + ").");
    return key;
}

Expected<std::vector<Certificate>> read_certificates(ByteView pem_or_der) {
    std::vector<Certificate> found;
    if (pem_or_der.find("-----BEGIN") != ByteView::npos) {
        auto const bio = memory_bio(pem_or_der);
        while (Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)})
            found.push_back(std::move(certificate));
        ERR_clear_error();  // the end of the file is an error to the PEM reader
    } else {
        unsigned char const* at = octets(pem_or_der);
        Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(pem_or_der.size())));
        if (certificate && at == octets(pem_or_der) + pem_or_der.size()) found.push_back(std::move(certificate));
    }
    if (found.empty())
        return fail(ErrorKind::invalid, "certificate_unreadable",
                    "The certificate cannot be read: it must be PEM or DER (" + openssl_reason() + ").");
    return found;
}

Bytes der_of(X509* certificate) {
    unsigned char* der = nullptr;
    int const size = i2d_X509(certificate, &der);
    openssl_must(size > 0, "encode a certificate");
    Bytes out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

Bytes issuer_and_serial(X509* certificate) {
    unsigned char* name = nullptr;
    int const name_size = i2d_X509_NAME(X509_get_issuer_name(certificate), &name);
    unsigned char* serial = nullptr;
    int const serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);
    openssl_must(name_size > 0 && serial_size > 0, "name a certificate");
    Bytes const both = Bytes(reinterpret_cast<char*>(name), static_cast<std::size_t>(name_size)) +
                       Bytes(reinterpret_cast<char*>(serial), static_cast<std::size_t>(serial_size));
    OPENSSL_free(name);
    OPENSSL_free(serial);
    return der::tlv(der::sequence, both);
}

Bytes pem_of(X509* certificate) {
    Bio const bio(BIO_new(BIO_s_mem()));
    openssl_must(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, "write a certificate");
    return bio_bytes(bio.get());
}

Bytes pem_of(EVP_PKEY* private_key) {
    Bio const bio(BIO_new(BIO_s_secmem()));
    openssl_must(
        bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), private_key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "write a private key");
    return bio_bytes(bio.get());
}

std::string name_text(X509_NAME const* name) {
    Bio const bio(BIO_new(BIO_s_mem()));
    openssl_must(bio && X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0,
                 "print a name");
    return bio_bytes(bio.get());
}

std::optional<Time> time_of(ASN1_TIME const* time) {
    std::tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    std::chrono::year_month_day const date(std::chrono::year(parts.tm_year + 1900),
                                           std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                           std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
    return Time(std::chrono::sys_days(date)) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
           std::chrono::seconds(parts.tm_sec);
}

bool is_p256(EVP_PKEY* key) {
    char group[64];
    std::size_t size = 0;
    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
           (std::string_view(group, size) == "prime256v1" || std::string_view(group, size) == "P-256");
}

bool is_self_signed(X509* certificate) { return X509_self_signed(certificate, 0) == 1; }

bool raw_signature(ByteView der, unsigned char* raw64) {
    unsigned char const* at = octets(der);
    unsigned char const* const end = at + der.size();
    if (der.size() < 8 || der.size() > 72 || at[0] != 0x30 || at[1] != der.size() - 2) return false;
    at += 2;
    return take_integer(at, end, raw64) && take_integer(at, end, raw64 + 32) && at == end;
}

std::optional<Bytes> der_signature(ByteView raw64) {
    if (raw64.size() != 64) return std::nullopt;
    Bytes body;
    put_integer(body, raw64.substr(0, 32));
    put_integer(body, raw64.substr(32));
    return Bytes("\x30") + static_cast<char>(body.size()) + body;
}

}  // namespace rapport::evidence
