// The installation's master key, in a file of its own, and what is derived from it. Whoever has this file and the
// database can read every content: back it up apart from the database. Any thread.
#pragma once

#include <filesystem>

#include "base/crypto.hpp"

namespace rapport::store {

class Keyring {
  public:
    // Reads `folder`/master.key, or makes it (32 random octets, mode 0600, durable before this returns). Throws with a
    // text for the operator when the file is damaged or can be read by others.
    static Keyring open(std::filesystem::path const& folder);

    // A key for one purpose ("session cookies"); always the same for the same text. HKDF, RFC 5869.
    Key256 derive(std::string_view purpose) const;
    // AES key wrap (RFC 3394) for keys that rows keep.
    Bytes wrap(Key256 const& key) const;
    Expected<Key256> unwrap(ByteView wrapped) const;

  private:
    explicit Keyring(Bytes master);
    Bytes master_;
    Key256 wrapping_;
};

}  // namespace rapport::store
