// The few primitives that every floor needs, all from OpenSSL: hash, MAC, authenticated encryption, chance.
// Signatures and certificates live in evidence; passwords in people. Any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace rapport {

Digest sha256(ByteView bytes);

// SHA-256 over pieces.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&& other) noexcept;
    Sha256& operator=(Sha256&& other) noexcept;
    Sha256& add(ByteView bytes);
    Digest finish();  // once

  private:
    void* context_;
};

Digest hmac_sha256(ByteView key, ByteView message);                        // RFC 2104
Bytes hkdf_sha256(ByteView key, std::string_view info, std::size_t size);  // RFC 5869, no salt

Bytes random_bytes(std::size_t size);
// A secret for links and API keys: base64url of `size` random octets.
std::string random_token(std::size_t size = 24);
bool equal_in_constant_time(ByteView a, ByteView b);

// AES-256-GCM (NIST SP 800-38D). A sealed box is nonce (12) + ciphertext + tag (16). `bound` is authenticated with
// it and must be the same when it is opened: name the row or file it belongs to, so that boxes cannot be swapped.
using Key256 = std::array<std::uint8_t, 32>;
Key256 random_key();
Bytes seal(Key256 const& key, ByteView plain, ByteView bound);
Expected<Bytes> open(Key256 const& key, ByteView box, ByteView bound);  // code "box_damaged"

// AES-256 key wrap (RFC 3394): 40 octets that hold a key.
Bytes wrap_key(Key256 const& with, Key256 const& key);
Expected<Key256> unwrap_key(Key256 const& with, ByteView wrapped);  // code "key_damaged"

}  // namespace rapport
