// Proving records of other modules: the leaf, its path, the checkpoint.
#include "evidence/record.hpp"

#include "evidence/checkpoint.hpp"
#include "evidence/proof_text.hpp"
#include "evidence/sql.hpp"

namespace rapport::evidence {
namespace {

struct RecordRow {
    Digest salt;
    store::Blob record;
    std::optional<std::int64_t> leaf_index;
    std::optional<Digest> commitment;
};
BOOST_DESCRIBE_STRUCT(RecordRow, (), (salt, record, leaf_index, commitment))

}  // namespace

Expected<RecordProof> record_proof(store::Reader& reader, Prover& prover, std::int64_t id) {
    auto row = reader.one<RecordRow>(sql::find_record, id);
    if (!row) return fail(ErrorKind::not_found, "not_found", "The log has no such record.");
    auto const checkpoint = last_checkpoint(reader);
    if (!row->leaf_index || !checkpoint || static_cast<std::uint64_t>(*row->leaf_index) >= checkpoint->head.size)
        return fail({ErrorKind::unavailable,
                     "not_yet_logged",
                     "The record waits for the log's next checkpoint: ask again in two seconds.",
                     {},
                     2});
    auto const index = static_cast<std::uint64_t>(*row->leaf_index);
    RecordProof proof;
    proof.text =
        proof_text({row->salt, index, prover.inclusion(reader, index, checkpoint->head.size), checkpoint->note});
    proof.record = std::move(row->record.bytes);
    proof.salt = row->salt;
    proof.commitment = row->commitment.value();
    proof.leaf_index = index;
    proof.checkpoint_token = checkpoint_token(reader, checkpoint->head.size);
    return proof;
}

}  // namespace rapport::evidence
