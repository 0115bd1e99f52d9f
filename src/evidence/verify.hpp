// `rapport verify FILE`: every check on a package, each by name. Needs nothing but the file and whom to believe; shares
// with the writer only the formats (zip, manifest, note) and the primitives.
#pragma once

#include "evidence/checkpoint.hpp"

namespace rapport::evidence {

struct TrustOptions {
    Bytes roots_pem;                  // --trust: empty means the roots that the package carries, and the report says so
    std::optional<NoteKey> log_key;   // --log-key: likewise
    std::optional<Bytes> checkpoint;  // --checkpoint: one of the same log that was kept or fetched
    std::optional<Bytes> consistency;  // --consistency: /log/consistency/<smaller>/<larger>, where the sizes differ
};

struct ReportedEvidence {
    std::int64_t number = 0;
    std::string code;  // "A1"
    std::string name;
    Time time{};
    std::optional<Time> stamped;  // by the time-stamping authority
    std::int64_t leaf_index = 0;
};
BOOST_DESCRIBE_STRUCT(ReportedEvidence, (), (number, code, name, time, stamped, leaf_index))

// Stable names of the checks, in their order: container, container_signature, manifest, evidence/<file>/<check of
// verify_evidence>, message_identifier, sequence, content, commitments, inclusion, checkpoint_signature,
// checkpoint_time_stamp, consistency.
struct Report {
    bool valid = false;
    std::string message_identifier;
    std::vector<Check> checks;
    std::vector<ReportedEvidence> evidence;
    std::string signed_by;   // subject of the certificate that signed the package
    bool own_trust = false;  // false: the package itself said whom to believe
    bool erased = false;
    std::optional<Time> logged_before;  // time stamp of the checkpoint
    std::vector<std::string> notes;     // what a reader should know: not pinned, no token yet, non-qualified
};

// Never throws for what the file holds.
Report verify_package(ByteView container, TrustOptions const& trust = {});

std::string report_as_text(Report const& report, std::string_view file);
std::string report_as_json(Report const& report, std::string_view file);

// The command: FILE [--trust CA.pem] [--log-key KEY] [--checkpoint FILE] [--consistency FILE] [--json].
// Returns 0 valid, 1 not valid, 2 wrong usage or unreadable file; writes the report to `out`, complaints to `err`.
int verify_command(std::vector<std::string> const& arguments, std::string& out, std::string& err);

}  // namespace rapport::evidence
