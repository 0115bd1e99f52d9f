// Proofs as texts: C2SP tlog-proof@v1, whose `extra` is the key of the commitment, and our consistency proofs.
// Not part of the module's interface.
#pragma once

#include "evidence/merkle.hpp"

namespace rapport::evidence {

struct ProofText {
    Digest salt;  // HMAC key: the log's entry is HMAC-SHA256(salt, evidence)
    std::uint64_t index = 0;
    Path path;
    Bytes checkpoint;
};
std::string proof_text(ProofText const& proof);
std::optional<ProofText> parse_proof(std::string_view text);  // only what proof_text() writes

struct ConsistencyText {
    std::uint64_t from = 0, to = 0;
    Path path;
};
std::optional<ConsistencyText> parse_consistency(std::string_view text);
std::string consistency_text(std::uint64_t from, std::uint64_t to, Path const& path);

}  // namespace rapport::evidence
