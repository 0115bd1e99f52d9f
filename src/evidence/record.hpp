// Records of other modules in the transparency log: bytes that must be provable later as they were (a consent), each
// behind a keyed commitment like evidence, so that the public log says nothing about them. docs/formats/log.md.
#pragma once

#include "evidence/log.hpp"

namespace rapport::evidence {

// Keeps the record's bytes and leaves its commitment for the log, in the transaction of what it speaks of. `id` is an
// identifier from tx.new_id().
void append_record(store::Tx& tx, std::int64_t id, ByteView record, Time now);

// What proves that the record stood in the log as it is, by the time of the checkpoint.
struct RecordProof {
    Bytes record;
    Digest salt, commitment;  // HMAC-SHA256(salt, record); leaf hash: SHA-256(0x00 || commitment)
    std::uint64_t leaf_index = 0;
    std::string text;                       // C2SP tlog-proof@v1, with the signed checkpoint
    std::optional<Bytes> checkpoint_token;  // RFC 3161 over SHA-256 of the checkpoint; absent while it is not there yet
};
// Codes: not_found; not_yet_logged (unavailable: the next checkpoint comes within a second or two).
Expected<RecordProof> record_proof(store::Reader& reader, Prover& prover, std::int64_t id);

}  // namespace rapport::evidence
