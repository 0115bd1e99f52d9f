// The transparency log over all evidence: an RFC 6962 tree whose entries are keyed commitments, so that the public log
// says nothing about a delivery and stays verifiable when content is erased. Rows: docs/formats/log.md.
#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "evidence/evidence.hpp"
#include "evidence/merkle.hpp"
#include "store/store.hpp"

namespace rapport::evidence {

// ---- writing (verbs, inside their transaction)

// Keeps sealed evidence and leaves its commitment for the log; the log is written once per physical transaction, and
// a function that is rolled back takes its leaves with it. `sealed.number` is the place in the delivery's chain:
// a place already taken is a store::UniqueViolation (seal again on the new end of the chain). A token that the record
// was sealed with is kept beside it, and nothing needs to be wanted.
void append(store::Tx& tx, Sealed const& sealed, std::int64_t delivery, Time now);

// Asks for a signature time stamp (XAdES-B-T) on this evidence; stamp() gets it. The stored bytes stay as they are.
void want_time_stamp(store::Tx& tx, EvidenceId evidence, Time now);

// ---- reading

struct EvidenceRow {
    EvidenceId id;
    std::int64_t delivery = 0;
    std::int64_t number = 0;
    EventCode code{};
    Time time{};
    Time appended_at{};
    Digest salt;
    store::Blob xml;                         // XAdES-B-B, byte for byte as it was sealed
    std::optional<std::int64_t> leaf_index;  // absent only inside the transaction that appends it
    std::optional<Digest> commitment;
    std::optional<store::Blob> token;  // RFC 3161, over the canonical SignatureValue
};
BOOST_DESCRIBE_STRUCT(EvidenceRow, (),
                      (id, delivery, number, code, time, appended_at, salt, xml, leaf_index, commitment, token))

// In the order of the chain. Also sees what the same transaction has appended.
std::vector<EvidenceRow> evidence_of(store::Reader& reader, std::int64_t delivery);
std::optional<EvidenceRow> find_evidence(store::Reader& reader, EvidenceId id);

// Where the next evidence of a delivery goes: its number, and the SHA-256 of the bytes before it.
struct ChainEnd {
    std::int64_t next_number = 1;
    std::optional<Digest> previous;
};
ChainEnd chain_end(store::Reader& reader, std::int64_t delivery);

// ---- the tree

struct TreeHead {
    std::uint64_t size = 0;
    Digest root;
    bool operator==(TreeHead const&) const = default;
};
TreeHead tree_head(store::Reader& reader);

inline constexpr std::uint64_t tile_width = 256;
constexpr std::int64_t tile_id(unsigned level, std::uint64_t tile) {
    return static_cast<std::int64_t>(std::uint64_t{level} << 48 | tile);
}

// The first `width` hashes of a tile (C2SP tlog-tiles); fewer if the log has not grown so far.
std::vector<Digest> tile_hashes(store::Reader& reader, unsigned level, std::uint64_t tile, std::uint64_t width);
// The commitments of an entry bundle.
std::vector<Digest> entries(store::Reader& reader, std::uint64_t first, std::uint64_t count);

// Proofs, computed from tiles. Keeps the inner nodes of recently used tiles (about 16 KiB each). Any thread.
// What it keeps is never outdated: a committed tile only grows.
class Prover {
  public:
    explicit Prover(std::size_t tiles = 512) : limit_(tiles) {}

    // Both need size <= tree_head(reader).size; index < size; old_size <= size.
    Path inclusion(store::Reader& reader, std::uint64_t index, std::uint64_t size);
    Path consistency(store::Reader& reader, std::uint64_t old_size, std::uint64_t size);
    Digest root(store::Reader& reader, std::uint64_t size);

  private:
    struct Tile {  // levels[0] the hashes, levels[h] the roots over 2^h of them
        std::vector<std::vector<Digest>> levels;
    };
    using Key = std::int64_t;
    std::shared_ptr<Tile const> tile(store::Reader& reader, unsigned level, std::uint64_t number, std::uint64_t least);
    Digest node(store::Reader& reader, unsigned height, std::uint64_t index);
    Digest subtree(store::Reader& reader, std::uint64_t first, std::uint64_t end);

    std::size_t limit_;
    std::mutex mutex_;
    std::list<std::pair<Key, std::shared_ptr<Tile const>>> recent_;
    std::unordered_map<Key, decltype(recent_)::iterator> found_;
};

}  // namespace rapport::evidence
