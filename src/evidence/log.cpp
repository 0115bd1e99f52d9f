// Appending to the log: evidence rows at once, leaves, tiles and head once per physical transaction.
#include "evidence/log.hpp"

#include "base/crypto.hpp"
#include "evidence/record.hpp"
#include "evidence/sql.hpp"

namespace rapport::evidence {
namespace {

struct Leaf {
    EvidenceId evidence;
    Digest commitment;
};
constexpr char leaves = 0;            // identifies the log's flush by its address
constexpr std::int64_t log_lock = 2;  // the order of the flushes' locks: docs/formats/database.md

struct HeadRow {
    std::int64_t size = 0;
    store::Blob frontier;
};
BOOST_DESCRIBE_STRUCT(HeadRow, (), (size, frontier))

CompactRange read_head(store::Reader& reader) {
    auto const row = reader.one<HeadRow>(sql::log_head);
    if (!row) return {};
    auto range = CompactRange::from(static_cast<std::uint64_t>(row->size), row->frontier.bytes);
    if (!range) throw std::runtime_error("log_head is damaged: run rapport fsck");
    return *std::move(range);
}

Bytes joined(std::span<Digest const> hashes) {
    Bytes out;
    out.reserve(hashes.size() * 32);
    for (auto const& h : hashes) out += h.view();
    return out;
}

// Writes the tile whose last hash has just come in, and those above that it completes.
void write_tile(store::Tx& tx, std::uint64_t number, std::vector<Digest> hashes) {
    for (unsigned level = 0;; ++level) {
        Digest const root = root_of(hashes);
        Bytes const bytes = joined(hashes);
        tx.exec(sql::insert_tile, tile_id(level, number), root, store::BlobView{bytes});
        if ((number + 1) % tile_width) return;
        number /= tile_width;
        hashes = tx.all<Digest>(sql::tile_roots, tile_id(level, number * tile_width),
                                tile_id(level, (number + 1) * tile_width));
    }
}

void flush(store::Tx& tx, std::vector<Leaf>& left) {
    if (left.empty()) return;
    tx.lock(log_lock);
    CompactRange range = read_head(tx);
    std::uint64_t const start = range.size() / tile_width * tile_width;
    // The hashes of the tile that is being filled are wanted only if this transaction fills it.
    std::vector<Digest> open_tile;
    if (range.size() + left.size() >= start + tile_width && range.size() > start)
        open_tile = tile_hashes(tx, 0, start / tile_width, range.size() - start);
    for (auto const& leaf : left) {
        Digest const hash = leaf_hash(leaf.commitment.view());
        tx.exec(sql::insert_leaf, range.size(), leaf.evidence, leaf.commitment);
        range.append(hash);
        open_tile.push_back(hash);
        if (range.size() % tile_width == 0) write_tile(tx, range.size() / tile_width - 1, std::exchange(open_tile, {}));
    }
    Bytes const frontier = range.bytes();
    tx.exec(sql::put_log_head, range.size(), store::BlobView{frontier});
}

}  // namespace

void append(store::Tx& tx, Sealed const& sealed, std::int64_t delivery, Time now) {
    std::optional<store::BlobView> token;
    if (!sealed.token.empty()) token = store::BlobView{sealed.token};
    tx.exec(sql::insert_evidence, sealed.id, delivery, sealed.number, sealed.event, sealed.time, now, sealed.salt,
            store::BlobView{sealed.xml}, token);
    static store::Flush<Leaf> const once = flush;
    tx.leave(&leaves, Leaf{sealed.id, sealed.commitment}, once);
}

void append_record(store::Tx& tx, std::int64_t id, ByteView record, Time now) {
    Digest const salt = Digest::from(random_bytes(32)).value();
    tx.exec(sql::insert_record, id, salt, store::BlobView{record}, now);
    static store::Flush<Leaf> const once = flush;
    tx.leave(&leaves, Leaf{EvidenceId{id}, commitment(salt, record)}, once);
}

std::vector<EvidenceRow> evidence_of(store::Reader& reader, std::int64_t delivery) {
    return reader.all<EvidenceRow>(sql::evidence_of, delivery);
}

std::optional<EvidenceRow> find_evidence(store::Reader& reader, EvidenceId id) {
    return reader.one<EvidenceRow>(sql::find_evidence, id);
}

ChainEnd chain_end(store::Reader& reader, std::int64_t delivery) {
    ChainEnd end;
    reader.each(
        sql::last_of_chain,
        [&](store::Row const& row) {
            end.next_number = row.integer(0) + 1;
            end.previous = sha256(row.blob(1));
        },
        delivery);
    return end;
}

TreeHead tree_head(store::Reader& reader) {
    CompactRange const range = read_head(reader);
    return {range.size(), range.root()};
}

}  // namespace rapport::evidence
