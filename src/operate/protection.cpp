// Wrapping a backup's key; see protection.hpp.
#include "operate/protection.hpp"

#include <argon2.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace rapport::operate {
namespace {

constexpr int memory_kib = 64 * 1024, passes = 3, most_memory_kib = 1 << 20, most_passes = 20;

using PKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
PKey own(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }
unsigned char* octets(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
unsigned char const* octets(ByteView bytes) { return reinterpret_cast<unsigned char const*>(bytes.data()); }

Key256 key_from(ByteView bytes) {
    Key256 key;
    std::copy_n(bytes.begin(), key.size(), reinterpret_cast<char*>(key.data()));
    return key;
}

Key256 from_passphrase(ByteView passphrase, ByteView salt, int memory, int rounds) {
    Bytes out(32, '\0');
    auto const result =
        argon2id_hash_raw(static_cast<std::uint32_t>(rounds), static_cast<std::uint32_t>(memory), 1, passphrase.data(),
                          passphrase.size(), salt.data(), salt.size(), out.data(), out.size());
    if (result != ARGON2_OK) throw std::runtime_error(std::string("argon2: ") + argon2_error_message(result));
    return key_from(out);
}

Bytes raw_public(EVP_PKEY* key) {
    Bytes raw(32, '\0');
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key, octets(raw), &size) != 1 || size != raw.size()) return {};
    return raw;
}

PKey read_pem(ByteView pem, bool is_private) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        BIO_free);
    auto key = own(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)
                              : PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
    if (key && !EVP_PKEY_is_a(key.get(), "X25519")) key.reset();
    return key;
}

// RFC 7748 §6.1; both public keys go into the derivation.
Key256 agree(EVP_PKEY* mine, EVP_PKEY* theirs, ByteView ephemeral, ByteView recipient) {
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> const context(EVP_PKEY_CTX_new(mine, nullptr),
                                                                              EVP_PKEY_CTX_free);
    Bytes shared(32, '\0');
    std::size_t size = shared.size();
    if (EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), theirs) != 1 ||
        EVP_PKEY_derive(context.get(), octets(shared), &size) != 1)
        throw std::runtime_error("OpenSSL could not agree on a key for the backup");
    return key_from(hkdf_sha256(shared, "rapport backup x25519 " + Bytes(ephemeral) + Bytes(recipient), 32));
}

Expected<Key256> open_one(WrappedKey const& wrapped, Unlock const& with) {
    auto const nothing = [] { return fail(ErrorKind::invalid, "backup_locked", "This key does not fit."); };
    auto const box = from_hex(wrapped.box);
    if (!box) return nothing();
    if (wrapped.by == "passphrase" && with.passphrase) {
        auto const salt = from_hex(wrapped.salt);
        if (!salt || salt->size() < 8 || wrapped.memory_kib < 8 || wrapped.memory_kib > most_memory_kib ||
            wrapped.passes < 1 || wrapped.passes > most_passes)
            return nothing();
        return unwrap_key(from_passphrase(*with.passphrase, *salt, wrapped.memory_kib, wrapped.passes), *box);
    }
    if (wrapped.by == "x25519" && with.identity) {
        auto const mine = read_pem(*with.identity, true);
        if (!mine)
            return fail(ErrorKind::invalid, "identity_unreadable",
                        "The key is not an X25519 private key in PEM: openssl genpkey -algorithm X25519 makes one.");
        auto const raw = from_hex(wrapped.ephemeral);
        if (!raw || raw->size() != 32 || to_hex(raw_public(mine.get())) != wrapped.recipient) return nothing();
        auto const theirs = own(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, octets(ByteView(*raw)), 32));
        return unwrap_key(agree(mine.get(), theirs.get(), *raw, raw_public(mine.get())), *box);
    }
    return nothing();
}

}  // namespace

Expected<std::vector<WrappedKey>> protect(Key256 const& key, Protection const& protection) {
    std::vector<WrappedKey> wrapped;
    if (protection.passphrase) {
        auto const salt = random_bytes(16);
        WrappedKey one{.by = "passphrase", .salt = to_hex(salt), .memory_kib = memory_kib, .passes = passes, .box = {}};
        one.box = to_hex(wrap_key(from_passphrase(*protection.passphrase, salt, memory_kib, passes), key));
        wrapped.push_back(std::move(one));
    }
    if (protection.recipient) {
        auto const theirs = read_pem(*protection.recipient, false);
        if (!theirs)
            return fail(ErrorKind::invalid, "recipient_unreadable",
                        "The recipient is not an X25519 public key in PEM: openssl pkey -in backup.key -pubout prints "
                        "that of a private one.");
        auto const ephemeral = own(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
        auto const mine = raw_public(ephemeral.get()), recipient = raw_public(theirs.get());
        WrappedKey one{.by = "x25519", .recipient = to_hex(recipient), .ephemeral = to_hex(mine), .box = {}};
        one.box = to_hex(wrap_key(agree(ephemeral.get(), theirs.get(), mine, recipient), key));
        wrapped.push_back(std::move(one));
    }
    return wrapped;
}

Expected<Key256> unlock(std::vector<WrappedKey> const& wrapped, Unlock const& with) {
    for (auto const& one : wrapped) {
        auto key = open_one(one, with);
        if (key || key.error().code == "identity_unreadable") return key;
    }
    return fail(ErrorKind::invalid, "backup_locked",
                with.passphrase || with.identity
                    ? "The backup is encrypted, and neither passphrase nor key fits it."
                    : "The backup is encrypted: give --passphrase-file FILE or --identity FILE.");
}

}  // namespace rapport::operate
