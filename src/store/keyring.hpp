// The installation's master key, in a file of its own, and what is derived from it. Whoever has this file and the
// database can read every content: back it up apart from the database. Any thread.
#pragma once

#include <filesystem>
#include <optional>

#include "base/crypto.hpp"

namespace rapport::store {

class Keyring {
  public:
    // Reads `folder`/master.key, or makes it (32 random octets, mode 0600, durable before this returns). Throws with a
    // text for the operator when the file is damaged or can be read by others.
    static Keyring open(std::filesystem::path const& folder);

    // ---- rotation: a new master key comes into force with the old one beside it (`master.previous.key`), so that what
    // the old one wrapped stays readable until it has been wrapped anew; then the old one is forgotten. Killed at any
    // moment, doing it again carries on.
    static Keyring rotate(std::filesystem::path const& folder);
    static void forget_previous(std::filesystem::path const& folder);
    bool is_rotating() const { return previous_.has_value(); }
    // What the old one gives for this purpose; only while rotating.
    std::optional<Key256> derive_previous(std::string_view purpose) const;
    bool is_current(ByteView wrapped) const;  // wrapped by the key in force

    // A key for one purpose ("session cookies"); always the same for the same text. HKDF, RFC 5869.
    Key256 derive(std::string_view purpose) const;
    // AES key wrap (RFC 3394) for keys that rows keep.
    Bytes wrap(Key256 const& key) const;
    Expected<Key256> unwrap(ByteView wrapped) const;

  private:
    explicit Keyring(Bytes master, std::optional<Bytes> previous = {});
    Bytes master_;
    Key256 wrapping_;
    std::optional<Bytes> previous_;
};

}  // namespace rapport::store
