// The Merkle tree of RFC 6962 §2.1 (= RFC 9162 §2.1) as pure functions: hashes, the compact range that a writer keeps,
// and the verification of proofs. Any thread. Indices and sizes count leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace rapport::evidence {

// What proves that something is in, or that one tree continues another: hashes from the leaf's side to the root's.
using Path = std::vector<Digest>;

Digest leaf_hash(ByteView entry);                           // SHA-256(0x00 || entry)
Digest node_hash(Digest const& left, Digest const& right);  // SHA-256(0x01 || left || right)
Digest empty_root();                                        // SHA-256 of nothing

// The roots of the full subtrees that a tree of `size` leaves falls into, largest first: all that a writer needs to
// append and to know the root (RFC 9162 §2.1.2's stack).
class CompactRange {
  public:
    CompactRange() = default;
    // Empty unless `roots` holds one hash per set bit of `size`.
    static std::optional<CompactRange> from(std::uint64_t size, ByteView roots);

    void append(Digest const& leaf_hash);
    std::uint64_t size() const { return size_; }
    Digest root() const;
    Bytes bytes() const;  // the roots, 32 octets each

  private:
    std::uint64_t size_ = 0;
    std::vector<Digest> roots_;
};

// The root over `hashes`, which are leaf hashes or the roots of full subtrees of one height.
Digest root_of(std::span<Digest const> hashes);

// RFC 9162 §2.1.3.2 and §2.1.4.2.
bool verify_inclusion(Digest const& leaf_hash, std::uint64_t index, std::uint64_t size, Path const& path,
                      Digest const& root);
bool verify_consistency(std::uint64_t old_size, Digest const& old_root, std::uint64_t new_size, Digest const& new_root,
                        Path const& path);

}  // namespace rapport::evidence
