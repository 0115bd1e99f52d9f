// The keys that evidence needs, as files in one folder (0700, each file 0600): seal keys, time-stamping keys and the
// log's key. A new key becomes the current one; the certificates of old ones stay, so that old evidence verifies.
// Each verb of `rapport key` is a function here. PKCS#11 comes as another Signer.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"

namespace rapport::evidence {

// "seal" signs evidence, "tsa" is the own time-stamping authority's, "log" signs checkpoints (Ed25519, no certificate).
BOOST_DEFINE_FIXED_ENUM_CLASS(KeyPurpose, std::uint8_t, seal, tsa, log)

struct KeyInfo {
    KeyPurpose purpose = KeyPurpose::seal;
    std::string name;       // "seal-1": file name without extension
    std::string algorithm;  // "ECDSA P-256", "Ed25519"
    std::string subject;    // empty for the log's key
    std::string issuer;
    std::string fingerprint;  // hex SHA-256 of the certificate, or of the raw public key
    std::optional<Time> not_before{}, not_after{};
    bool current = false;
    bool has_private_key = true;  // false: only the certificate is kept
    bool demo = true;             // made by Rapport's own demo authority: not qualified
};

// Thread-safe for reading once opened; make and import are for one thread (start-up, the command line).
class KeyStore {
  public:
    // Opens the folder; makes it, with 0700, if it does not exist. Codes "keys_unreadable", "keys_exposed" (somebody
    // else may read them).
    static Expected<KeyStore> open(std::filesystem::path folder);
    ~KeyStore();
    KeyStore(KeyStore&&) noexcept;
    KeyStore& operator=(KeyStore&&) noexcept;

    std::vector<KeyInfo> list() const;
    Expected<KeyInfo> show(std::string_view name) const;  // code "key_unknown"
    Expected<Bytes> certificate_pem(std::string_view name) const;

    // A new key with a certificate of the demo authority (made at first need), which becomes the current one. The
    // subject says "NON-QUALIFIED demo". `organisation` is what the certificate names.
    Expected<KeyInfo> make(KeyPurpose purpose, std::string_view organisation, Time now);
    // Takes a key (PEM, unencrypted) and its chain (PEM, own certificate first) for real use. Codes
    // "key_unreadable", "certificate_unreadable", "key_mismatch", "certificate_expired", "algorithm_unsupported".
    Expected<KeyInfo> import(KeyPurpose purpose, ByteView key_pem, ByteView chain_pem, Time now);
    // Makes whatever purpose has no key yet: demo mode and tests. Of several programs at once one makes them.
    Expected<> make_missing(std::string_view organisation, Time now);

    // The current seal key. Codes "key_missing", "certificate_expired".
    Expected<std::shared_ptr<Signer const>> seal_signer(Time now) const;
    struct TsaKey {
        Bytes key_pem, chain_pem;  // for TimeStampAuthority
    };
    Expected<TsaKey> tsa_key(Time now) const;
    Expected<Bytes> log_seed() const;  // 32 octets: an Ed25519 seed (RFC 8032 §5.1.5)
    // Of the log's earlier keys: seeds of those that still sign, newest first; public halves (32 octets) of all.
    std::vector<Bytes> earlier_log_seeds() const;
    std::vector<Bytes> earlier_log_keys() const;

    // Destroys the private half of a key that is no longer current; what verifies with it stays. Codes "key_unknown",
    // "key_in_force".
    Expected<> retire(std::string_view name);

    // PEM of every root and self-signed certificate in the folder: what a package carries and verify trusts by default.
    Bytes roots_pem() const;
    Trust trust() const;

  private:
    struct State;
    explicit KeyStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// A Signer over a PEM key and chain. Codes as import().
Expected<std::shared_ptr<Signer const>> load_signer(ByteView key_pem, ByteView chain_pem, Time now);

// The subject of a certificate (DER) as RFC 2253 writes it; empty where it cannot be read.
std::string subject_of(ByteView certificate);

}  // namespace rapport::evidence
