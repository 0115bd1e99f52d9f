// What the evidence packages of all deliveries have in common.
#pragma once

#include "delivery/delivery.hpp"
#include "evidence/package.hpp"

namespace rapport::delivery {

struct Packaging {
    evidence::Prover& prover;
    evidence::NoteKey log_key;
    Bytes roots_pem;
    bool qualified = false;
    std::vector<evidence::NoteKey> earlier_log_keys{};  // the last checkpoint may still carry one of these
};

}  // namespace rapport::delivery
