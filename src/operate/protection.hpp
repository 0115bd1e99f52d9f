// Who may read a backup: its key, wrapped for a passphrase (Argon2id, RFC 9106) or for a recipient's public key
// (X25519, RFC 7748). The machine that makes backups needs only the public half: whoever takes it over reads no backup
// with it.
#pragma once

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"

namespace rapport::operate {

struct Protection {
    std::optional<Bytes> passphrase{};
    std::optional<Bytes> recipient{};  // PEM, public
    bool any() const { return passphrase || recipient; }
};
struct Unlock {
    std::optional<Bytes> passphrase{};
    std::optional<Bytes> identity{};  // PEM, private
};

// Texts in hex.
struct WrappedKey {
    std::string by;           // "passphrase" or "x25519"
    std::string salt{};       // passphrase
    int memory_kib = 0;       // passphrase
    int passes = 0;           // passphrase
    std::string recipient{};  // x25519: the public key that it is for
    std::string ephemeral{};  // x25519
    std::string box;          // RFC 3394
};
BOOST_DESCRIBE_STRUCT(WrappedKey, (), (by, salt, memory_kib, passes, recipient, ephemeral, box))

// Code "recipient_unreadable".
Expected<std::vector<WrappedKey>> protect(Key256 const& key, Protection const& protection);
// Codes "backup_locked" (nothing given fits), "identity_unreadable".
Expected<Key256> unlock(std::vector<WrappedKey> const& wrapped, Unlock const& with);

}  // namespace rapport::operate
