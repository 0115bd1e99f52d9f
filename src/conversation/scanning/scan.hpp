// What the antivirus found in a file.
#pragma once

#include "base/json.hpp"
#include "base/time.hpp"

namespace rapport::conversation {

enum class ScanFinding : std::uint8_t {
    clean,
    infected,
    not_scanned,  // the antivirus refused it, or has not seen it yet
};
BOOST_DESCRIBE_ENUM(ScanFinding, clean, infected, not_scanned)

struct AttachmentScan {
    ScanFinding finding{};
    std::string words;       // the signature's name, or why it was not scanned
    std::optional<Time> at;  // none: it waits
};
BOOST_DESCRIBE_STRUCT(AttachmentScan, (), (finding, words, at))

// Whether files in which something was found are given out.
enum class InfectedFiles : std::uint8_t { refused, given };

}  // namespace rapport::conversation
