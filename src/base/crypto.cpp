// OpenSSL 3 behind crypto.hpp. Algorithms are fetched once: a fetch per call costs more than the hash of a small
// message.
#include "base/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace rapport {
namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

// RFC 3394 §2.2.3.1, and six rounds over the four halves of blocks of a 256-bit key.
constexpr std::array<unsigned char, 8> wrap_check = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};
constexpr unsigned char wrap_steps = 24;

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

unsigned char const* octets(ByteView bytes) { return reinterpret_cast<unsigned char const*>(bytes.data()); }
unsigned char* octets(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// A failure here is a broken world (memory, a provider that does not load), never the input's fault.
void check(int result) {
    if (result != 1) throw std::runtime_error("OpenSSL refused an operation");
}

EVP_MD const* sha256_algorithm() {
    static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return md;
}
EVP_CIPHER const* gcm() {
    static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return cipher;
}
EVP_CIPHER const* single_blocks() {
    static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
    return cipher;
}

// One for each use in each thread: to make one and to free it takes as long as a small box. It holds its last key until
// the next one comes.
class Context {
  public:
    explicit Context(EVP_CIPHER const* cipher) : cipher_(cipher), context_(EVP_CIPHER_CTX_new()) {
        if (!context_) throw std::bad_alloc();
    }
    EVP_CIPHER_CTX* encrypt(Key256 const& with, unsigned char const* nonce) {
        check(EVP_EncryptInit_ex2(context_.get(), std::exchange(cipher_, nullptr), with.data(), nonce, nullptr));
        return context_.get();
    }
    EVP_CIPHER_CTX* decrypt(Key256 const& with, unsigned char const* nonce) {
        check(EVP_DecryptInit_ex2(context_.get(), std::exchange(cipher_, nullptr), with.data(), nonce, nullptr));
        return context_.get();
    }

  private:
    EVP_CIPHER const* cipher_;  // none: the context has it
    CipherContext context_;
};

}  // namespace

Digest sha256(ByteView bytes) { return Sha256().add(bytes).finish(); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_) throw std::bad_alloc();
    check(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), sha256_algorithm(), nullptr));
}
Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha256& Sha256::operator=(Sha256&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
}
Sha256& Sha256::add(ByteView bytes) {
    check(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()));
    return *this;
}
Digest Sha256::finish() {
    Digest digest;
    check(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.octets.data(), nullptr));
    return digest;
}

Digest hmac_sha256(ByteView key, ByteView message) {
    Digest digest;
    unsigned size = 0;
    if (!HMAC(sha256_algorithm(), key.data(), static_cast<int>(key.size()), octets(message), message.size(),
              digest.octets.data(), &size))
        throw std::runtime_error("OpenSSL refused an HMAC");
    return digest;
}

Bytes hkdf_sha256(ByteView key, std::string_view info, std::size_t size) {
    static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf), EVP_KDF_CTX_free);
    char digest_name[] = "SHA256";
    OSSL_PARAM const params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<char*>(key.data()), key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(info.data()), info.size()),
        OSSL_PARAM_construct_end()};
    Bytes out(size, '\0');
    check(EVP_KDF_derive(context.get(), octets(out), out.size(), params));
    return out;
}

Bytes random_bytes(std::size_t size) {
    Bytes out(size, '\0');
    check(RAND_bytes(octets(out), static_cast<int>(size)));
    return out;
}

std::string random_token(std::size_t size) { return to_base64url(random_bytes(size)); }

bool equal_in_constant_time(ByteView a, ByteView b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Key256 random_key() {
    Key256 key;
    check(RAND_bytes(key.data(), static_cast<int>(key.size())));
    return key;
}

Bytes seal(Key256 const& key, ByteView plain, ByteView bound) {
    thread_local Context sealing(gcm());
    Bytes box(nonce_size + plain.size() + tag_size, '\0');
    check(RAND_bytes(octets(box), nonce_size));
    auto* const context = sealing.encrypt(key, octets(box));
    int n = 0;
    check(EVP_EncryptUpdate(context, nullptr, &n, octets(bound), static_cast<int>(bound.size())));
    check(EVP_EncryptUpdate(context, octets(box) + nonce_size, &n, octets(plain), static_cast<int>(plain.size())));
    check(EVP_EncryptFinal_ex(context, octets(box) + nonce_size + n, &n));
    check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size, octets(box) + nonce_size + plain.size()));
    return box;
}

Expected<Bytes> open(Key256 const& key, ByteView box, ByteView bound) {
    auto const damaged = [] { return fail(ErrorKind::invalid, "box_damaged", "The encrypted data is damaged."); };
    if (box.size() < nonce_size + tag_size) return damaged();
    thread_local Context opening(gcm());
    ByteView const body = box.substr(nonce_size, box.size() - nonce_size - tag_size);
    Bytes tag(box.substr(box.size() - tag_size));
    Bytes plain(body.size(), '\0');
    int n = 0;
    auto* const context = opening.decrypt(key, octets(box));
    check(EVP_DecryptUpdate(context, nullptr, &n, octets(bound), static_cast<int>(bound.size())));
    check(EVP_DecryptUpdate(context, octets(plain), &n, octets(body), static_cast<int>(body.size())));
    check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()));
    if (EVP_DecryptFinal_ex(context, octets(plain) + n, &n) != 1) return damaged();
    return plain;
}

// Key wrap by its definition, RFC 3394 §2.2: OpenSSL's AES-256-WRAP does without the processor's AES instructions, and
// a page of a list unwraps fifty keys.
Bytes wrap_key(Key256 const& with, Key256 const& key) {
    thread_local Context wrapping(single_blocks());
    auto* const context = wrapping.encrypt(with, nullptr);
    check(EVP_CIPHER_CTX_set_padding(context, 0));
    Bytes wrapped(wrap_check.size() + key.size(), '\0');
    std::ranges::copy(key, octets(wrapped) + wrap_check.size());
    std::array<unsigned char, 16> block;
    std::ranges::copy(wrap_check, block.begin());
    for (unsigned char step = 1; step <= wrap_steps; ++step) {
        auto* const half = octets(wrapped) + 8 * ((step - 1) % 4 + 1);
        std::copy_n(half, 8, block.begin() + 8);
        int n = 0;
        check(EVP_EncryptUpdate(context, block.data(), &n, block.data(), block.size()));
        block[7] ^= step;
        std::copy_n(block.begin() + 8, 8, half);
    }
    std::copy_n(block.begin(), 8, octets(wrapped));
    return wrapped;
}

Expected<Key256> unwrap_key(Key256 const& with, ByteView wrapped) {
    Key256 key;
    if (wrapped.size() != wrap_check.size() + key.size())
        return fail(ErrorKind::invalid, "key_damaged", "The wrapped key is damaged.");
    thread_local Context unwrapping(single_blocks());
    auto* const context = unwrapping.decrypt(with, nullptr);
    check(EVP_CIPHER_CTX_set_padding(context, 0));
    std::copy_n(octets(wrapped) + wrap_check.size(), key.size(), key.begin());
    std::array<unsigned char, 16> block;
    std::copy_n(octets(wrapped), 8, block.begin());
    for (unsigned char step = wrap_steps; step >= 1; --step) {
        auto* const half = key.data() + 8 * ((step - 1) % 4);
        std::copy_n(half, 8, block.begin() + 8);
        block[7] ^= step;
        int n = 0;
        check(EVP_DecryptUpdate(context, block.data(), &n, block.data(), block.size()));
        std::copy_n(block.begin() + 8, 8, half);
    }
    if (CRYPTO_memcmp(block.data(), wrap_check.data(), wrap_check.size()) != 0)
        return fail(ErrorKind::invalid, "key_damaged", "The wrapped key is damaged, or another key wrapped it.");
    return key;
}

}  // namespace rapport
