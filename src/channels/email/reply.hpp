// Replies of SMTP servers (RFC 5321 §4.2, RFC 2034): read from a growing buffer, bounded. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::channels::email {

struct Reply {
    int code = 0;                    // 0: the connection ended without one
    std::vector<std::string> lines;  // without the code; printable
    std::string enhanced_status;     // RFC 3463; made from the code where the first line has none

    bool positive() const { return code >= 200 && code < 300; }
    bool intermediate() const { return code >= 300 && code < 400; }
    bool temporary() const { return code >= 400 && code < 500; }
    std::string text() const;  // "550 5.1.1 No such user", at most 500 octets
};

enum class ReplyStatus : unsigned char { complete, incomplete, broken };

inline constexpr std::size_t reply_limit = 16 * 1024;  // octets of one reply, all lines

// Takes one whole reply from the front of `buffer`. `broken`: not SMTP, or beyond the limit.
ReplyStatus take_reply(std::string& buffer, Reply& reply);

std::string printable(std::string_view text, std::size_t limit);

}  // namespace rapport::channels::email
