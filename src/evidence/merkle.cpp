// RFC 6962 hashes and proofs. One hashing context per thread: setting one up costs as much as hashing a node.
#include "evidence/merkle.hpp"

#include <openssl/evp.h>

#include <bit>
#include <memory>
#include <stdexcept>

namespace rapport::evidence {
namespace {

EVP_MD const* algorithm() {
    static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return md;
}

Digest hash(std::uint8_t prefix, ByteView first, ByteView second) {
    thread_local std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context(EVP_MD_CTX_new(),
                                                                                       EVP_MD_CTX_free);
    Digest digest;
    if (EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), &prefix, 1) != 1 ||
        EVP_DigestUpdate(context.get(), first.data(), first.size()) != 1 ||
        EVP_DigestUpdate(context.get(), second.data(), second.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest.octets.data(), nullptr) != 1)
        throw std::runtime_error("OpenSSL refused to hash");
    return digest;
}

}  // namespace

Digest leaf_hash(ByteView entry) { return hash(0, entry, {}); }
Digest node_hash(Digest const& left, Digest const& right) { return hash(1, left.view(), right.view()); }
Digest empty_root() {
    return Digest::from(*from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")).value();
}

std::optional<CompactRange> CompactRange::from(std::uint64_t size, ByteView roots) {
    CompactRange range;
    range.size_ = size;
    if (roots.size() != static_cast<std::size_t>(std::popcount(size)) * 32) return std::nullopt;
    for (; !roots.empty(); roots.remove_prefix(32)) range.roots_.push_back(Digest::from(roots.substr(0, 32)).value());
    return range;
}

void CompactRange::append(Digest const& leaf) {
    Digest carried = leaf;
    for (std::uint64_t bits = size_; bits & 1; bits >>= 1) {
        carried = node_hash(roots_.back(), carried);
        roots_.pop_back();
    }
    roots_.push_back(carried);
    ++size_;
}

Digest CompactRange::root() const {
    if (roots_.empty()) return empty_root();
    Digest root = roots_.back();
    for (std::size_t i = roots_.size() - 1; i-- > 0;) root = node_hash(roots_[i], root);
    return root;
}

Bytes CompactRange::bytes() const {
    Bytes out;
    out.reserve(roots_.size() * 32);
    for (auto const& root : roots_) out += root.view();
    return out;
}

Digest root_of(std::span<Digest const> hashes) {
    CompactRange range;
    for (auto const& h : hashes) range.append(h);
    return range.root();
}

bool verify_inclusion(Digest const& leaf, std::uint64_t index, std::uint64_t size, Path const& path,
                      Digest const& root) {
    if (index >= size) return false;
    std::uint64_t fn = index, sn = size - 1;
    Digest r = leaf;
    for (auto const& p : path) {
        if (sn == 0) return false;
        if ((fn & 1) || fn == sn) {
            r = node_hash(p, r);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = node_hash(r, p);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && r == root;
}

bool verify_consistency(std::uint64_t old_size, Digest const& old_root, std::uint64_t new_size, Digest const& new_root,
                        Path const& path) {
    if (old_size > new_size) return false;
    if (old_size == new_size) return path.empty() && old_root == new_root;
    if (old_size == 0) return path.empty() && old_root == empty_root();
    std::uint64_t fn = old_size - 1, sn = new_size - 1;
    for (; fn & 1; fn >>= 1) sn >>= 1;
    auto next = path.begin();
    // A tree of a power of two is itself a node of the larger one: the proof leaves it out.
    Digest fr = old_root, sr = old_root;
    if (!std::has_single_bit(old_size)) {
        if (next == path.end()) return false;
        fr = sr = *next++;
    }
    for (; next != path.end(); ++next) {
        if (sn == 0) return false;
        if ((fn & 1) || fn == sn) {
            fr = node_hash(*next, fr);
            sr = node_hash(*next, sr);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node_hash(sr, *next);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && fr == old_root && sr == new_root;
}

}  // namespace rapport::evidence
