// Asks clamd (ClamAV) about files by its INSTREAM command: they are sent, it never opens one of ours. Blocking, with
// deadlines; one connection for each file. Any thread.
#pragma once

#include <chrono>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace rapport::channels::antivirus {

struct ClamdOptions {
    std::string address;  // "/run/clamav/clamd.ctl", or "127.0.0.1:3310"
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds in_all{120'000};  // for one file
};

enum class Finding : std::uint8_t {
    clean,
    infected,
    not_scanned,  // clamd refuses this file: larger than its StreamMaxLength, or one that it cannot read
};
struct Verdict {
    Finding finding{};
    std::string words;  // the signature's name, or why it was not scanned; at most 200 octets of ASCII
};

// Code clamd_unreachable (kind unavailable): nobody answers, or not in time; ask again later.
Expected<Verdict> scan(ClamdOptions const& options, ByteView bytes);

// The reply to INSTREAM: "stream: Eicar-Test-Signature FOUND".
Expected<Verdict> read_reply(std::string_view reply);
// An absolute path of a socket, or host:port.
bool is_clamd_address(std::string_view address);

}  // namespace rapport::channels::antivirus
