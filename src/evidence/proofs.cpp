// Proofs from tiles (RFC 9162 §2.1.3.1, §2.1.4.1). A node of the tree of height h lies in a tile of level h / 8; the
// last tile of a level is derived: from the commitments at level 0, from the roots of the tiles below at the others.
#include "evidence/log.hpp"

#include <bit>

#include "evidence/sql.hpp"

namespace rapport::evidence {
namespace {

constexpr unsigned tile_height = 8;

std::vector<Digest> split(ByteView bytes) {
    std::vector<Digest> hashes;
    for (; bytes.size() >= 32; bytes.remove_prefix(32)) hashes.push_back(Digest::from(bytes.substr(0, 32)).value());
    return hashes;
}

}  // namespace

std::vector<Digest> entries(store::Reader& reader, std::uint64_t first, std::uint64_t count) {
    return reader.all<Digest>(sql::commitments, first, first + count);
}

std::vector<Digest> tile_hashes(store::Reader& reader, unsigned level, std::uint64_t tile, std::uint64_t width) {
    std::vector<Digest> hashes;
    if (auto const full = reader.one<store::Blob>(sql::tile_hashes, tile_id(level, tile))) {
        hashes = split(full->bytes);
    } else if (level == 0) {
        for (auto const& entry : entries(reader, tile * tile_width, width)) hashes.push_back(leaf_hash(entry.view()));
    } else {
        std::int64_t const first = tile_id(level - 1, tile * tile_width);
        hashes = reader.all<Digest>(sql::tile_roots, first, first + static_cast<std::int64_t>(width));
    }
    if (hashes.size() > width) hashes.resize(width);
    return hashes;
}

std::shared_ptr<Prover::Tile const> Prover::tile(store::Reader& reader, unsigned level, std::uint64_t number,
                                                 std::uint64_t least) {
    Key const key = tile_id(level, number);
    {
        std::lock_guard const guard(mutex_);
        if (auto const it = found_.find(key); it != found_.end() && it->second->second->levels[0].size() >= least) {
            recent_.splice(recent_.begin(), recent_, it->second);
            return it->second->second;
        }
    }
    auto made = std::make_shared<Tile>();
    made->levels.push_back(tile_hashes(reader, level, number, tile_width));
    if (made->levels[0].size() < least) throw std::runtime_error("a tile of the log is missing: run rapport fsck");
    while (made->levels.back().size() > 1) {
        auto const& below = made->levels.back();
        std::vector<Digest> above;
        above.reserve(below.size() / 2);
        for (std::size_t i = 0; i + 1 < below.size(); i += 2) above.push_back(node_hash(below[i], below[i + 1]));
        made->levels.push_back(std::move(above));
    }
    std::lock_guard const guard(mutex_);
    if (auto const it = found_.find(key); it != found_.end()) {
        recent_.erase(it->second);
        found_.erase(it);
    }
    recent_.emplace_front(key, made);
    found_[key] = recent_.begin();
    if (recent_.size() > limit_) {
        found_.erase(recent_.back().first);
        recent_.pop_back();
    }
    return made;
}

// The root of the full subtree of 2^height leaves that is the index-th of its height.
Digest Prover::node(store::Reader& reader, unsigned height, std::uint64_t index) {
    unsigned const level = height / tile_height, inner = height % tile_height;
    std::uint64_t const first = index << inner;  // among the hashes of that level
    std::uint64_t const number = first / tile_width, within = first % tile_width;
    std::uint64_t const least = within + (std::uint64_t{1} << inner);
    return tile(reader, level, number, least)->levels[inner][within >> inner];
}

// MTH(D[first:end]) where first is a multiple of the largest power of two that fits: a right edge of some tree.
Digest Prover::subtree(store::Reader& reader, std::uint64_t first, std::uint64_t end) {
    std::uint64_t const n = end - first;
    if (std::has_single_bit(n)) {
        unsigned const height = static_cast<unsigned>(std::countr_zero(n));
        return node(reader, height, first >> height);
    }
    std::uint64_t const half = std::bit_floor(n);
    return node_hash(subtree(reader, first, first + half), subtree(reader, first + half, end));
}

Digest Prover::root(store::Reader& reader, std::uint64_t size) {
    return size ? subtree(reader, 0, size) : empty_root();
}

Path Prover::inclusion(store::Reader& reader, std::uint64_t index, std::uint64_t size) {
    require(index < size, "a proof is asked for a leaf of the tree");
    Path path;
    std::uint64_t first = 0, end = size;
    while (end - first > 1) {
        std::uint64_t const middle = first + std::bit_floor(end - first - 1);
        if (index < middle) {
            path.push_back(subtree(reader, middle, end));
            end = middle;
        } else {
            path.push_back(subtree(reader, first, middle));
            first = middle;
        }
    }
    return {path.rbegin(), path.rend()};
}

Path Prover::consistency(store::Reader& reader, std::uint64_t old_size, std::uint64_t size) {
    require(old_size <= size, "a consistency proof goes from the smaller tree to the larger");
    Path path;
    if (old_size == 0 || old_size == size) return path;
    std::uint64_t first = 0, end = size;
    bool whole = true;  // the old tree is exactly D[0:end]: whoever checks has its root
    while (old_size < end) {
        std::uint64_t const middle = first + std::bit_floor(end - first - 1);
        if (old_size <= middle) {
            path.push_back(subtree(reader, middle, end));
            end = middle;
        } else {
            path.push_back(subtree(reader, first, middle));
            first = middle;
            whole = false;
        }
    }
    if (!whole) path.push_back(subtree(reader, first, end));
    return {path.rbegin(), path.rend()};
}

}  // namespace rapport::evidence
