// Reads a mail that strangers wrote: GMime behind limits that are checked before it sees a byte. The result is our own
// tree; no GMime type leaves mime.cpp. What is beyond a limit, or no mail at all, is said, never thrown. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace rapport::channels::email {

// The time that a mail can take is bounded by these: GMime is linear in octets times nesting.
struct MimeLimits {
    std::size_t octets = 4 * 1024 * 1024;    // of the mail; of a larger one the beginning is read
    std::size_t header_octets = 256 * 1024;  // of the mail's header
    std::size_t containers = 40;             // multiparts and enclosed messages, as mentioned anywhere in the text
    std::size_t parts = 500;  // the mail is cut where ten times as many lines begin as those between parts do
    std::size_t part_octets = 512 * 1024;  // kept of a part's decoded content
};

struct MimeField {
    std::string name, value;  // value: unfolded and decoded (RFC 2047), UTF-8
};
using MimeFields = std::vector<MimeField>;
// The first field of that name (any case), or empty.
std::string_view field(MimeFields const& fields, std::string_view name);

// An address as a header field has it; nothing says that it is one of RFC 5321.
struct MimeAddress {
    std::string name, address;
};

struct MimePart {
    std::string type;         // "text/plain", lower case
    std::string report_type;  // of multipart/report (RFC 6522 §3)
    std::string disposition;  // "attachment", "inline" (RFC 2183), lower case; empty where nothing is said
    std::string file_name;    // decoded; as the sender wrote it
    std::string content_id;   // without its angle brackets
    MimeFields fields;
    Bytes content;                // decoded; text in UTF-8, but files as they are, whatever they say to be
    std::vector<MimePart> parts;  // of a multipart; the one message of message/rfc822 and message/global
};
inline bool is_file(MimePart const& part) { return part.disposition == "attachment" || !part.file_name.empty(); }

struct MimeMail {
    MimeFields fields;
    MimePart body;
    bool cut = false;                                 // only its beginning was read
    std::vector<MimeAddress> from, to, cc, reply_to;  // at most 200 of each; members of groups, too
    std::optional<Time> date;                         // as the sender's program says
};

// Errors (kind too_large or invalid): "header_too_large", "too_nested", "not_a_mail".
Expected<MimeMail> read_mime(ByteView raw, MimeLimits const& limits = {});

// Groups of fields as message/delivery-status has them (RFC 3464 §2.1): blocks divided by empty lines. Values are
// unfolded and not decoded.
std::vector<MimeFields> field_groups(std::string_view text, std::size_t most = 200);

// The first part of that type, looking into multiparts but not into enclosed messages.
MimePart const* find_part(MimePart const& from, std::string_view type);
// UTF-8 without NUL: what is neither becomes U+FFFD; at most `most` octets, cut between characters.
std::string as_utf8(std::string_view text, std::size_t most = std::string::npos);
// All text of text/plain parts (of text/html where there is none, without its tags), at most `most` octets.
std::string text_of(MimePart const& body, std::size_t most = 64 * 1024);

}  // namespace rapport::channels::email
