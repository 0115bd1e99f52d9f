// The evidence package: one file with a delivery's content, evidence, certificates, time stamps and proofs, which
// anybody can verify without us. An ASiC-E container with a CAdES signature (EN 319 162-1 §4.4); every byte of it is
// described in docs/formats/package.md, how to verify it with stock tools in docs/verify-by-hand.md.
#pragma once

#include "evidence/checkpoint.hpp"

namespace rapport::evidence {

inline constexpr std::string_view package_media_type = "application/vnd.etsi.asic-e+zip";

struct LoggedEvidence {
    EvidenceRow row;
    Path inclusion;  // in the checkpoint of LogPart
};
// What the log contributes: all evidence of a delivery, proved against one published checkpoint.
struct LogPart {
    std::vector<LoggedEvidence> evidence;
    Checkpoint checkpoint;
    std::optional<Bytes> checkpoint_token;  // absent while the time-stamping authority has not answered
};
// Codes "no_evidence" (not found), "not_yet_logged" (unavailable: the next checkpoint comes within a second or two).
Expected<LogPart> log_part(store::Reader& reader, Prover& prover, std::int64_t delivery);

struct PackageFile {
    std::string name;
    std::string content_type;
    Bytes content;
};

// Why a package holds no content, where it was not erased.
enum class Absent : std::uint8_t {
    damaged,   // damaged or missing when the package was made
    withheld,  // not open to whom the package is for
};
BOOST_DESCRIBE_ENUM(Absent, damaged, withheld)

struct PackageInput {
    std::string message_identifier;  // as the evidence has it: "dlv_…"
    std::string title;               // for the index; left out when the content is erased or withheld
    LogPart log;
    NoteKey log_key;
    std::vector<PackageFile> content;  // plain, in the order of the evidence's parts; not used when erased or absent
    std::optional<Time> erased_at;
    std::optional<Absent> absent;
    Bytes roots_pem;                        // the roots that a reader may want to believe in (KeyStore::roots_pem)
    bool qualified = false;                 // else every page of the package says NON-QUALIFIED
    std::optional<Bytes> certificate = {};  // certificate.pdf: a view for people, under the seal like every file
};

// Pure: the same input gives the same bytes but for the signature over the manifest (ECDSA draws a number). Any thread.
// Codes: those of Signer::sign, and "content_mismatch" where a file is not what the evidence speaks of.
Expected<Bytes> package(PackageInput const& input, Signer const& signer, Time now);

}  // namespace rapport::evidence
