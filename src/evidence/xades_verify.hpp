// Verification with a choice of how canonical bytes are found: for tests. Not part of the module's interface.
#pragma once

#include "evidence/evidence.hpp"

namespace rapport::evidence {

enum class CanonicalBy { comparison_first, libxml2_only };
Verified verify_evidence(ByteView xml, Trust const& trust, CanonicalBy how);

}  // namespace rapport::evidence
