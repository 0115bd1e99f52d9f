// The four runs of bytes that digests and signatures of a record cover, found in two ways. Not part of the module's
// interface.
#pragma once

#include "evidence/read_xml.hpp"

namespace rapport::evidence {

// What verification reads of a signature; views into the document.
struct SignatureView {
    Node const* signature = nullptr;
    Node const* signed_info = nullptr;
    Node const* signature_value = nullptr;
    Node const* signed_properties = nullptr;
    std::string_view evidence_digest, properties_digest, value;
    std::string_view signing_time, certificate_digest;
    std::vector<std::string_view> certificates;
    std::string_view token;  // empty if there is no time stamp
};

struct CanonicalRuns {
    Digest evidence, properties, signature_value;
    Bytes signed_info;
};

// By comparison: the bytes are, one for one, what the writer writes for this content; then each run is a known part of
// them. Empty if they differ anywhere.
std::optional<CanonicalRuns> runs_as_written(ByteView xml, ReadRecord const& record, SignatureView const& signature);
// By libxml2's exclusive canonicalisation: for any XML that it has read. Does not change the document.
std::optional<CanonicalRuns> runs_by_libxml2(Document const& document, SignatureView const& signature);

}  // namespace rapport::evidence
