// What mail systems report about our mails: delivery status notifications (RFC 3464, RFC 6533 for international
// addresses, in multipart/report of RFC 6522), and feedback reports (ARF, RFC 5965). Pure; any thread. Nothing here is
// to be trusted: whoever can send us a mail can write one. Whose mail it is about is proven elsewhere (post/verp.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "channels/email/mime.hpp"

namespace rapport::channels::email {

enum class DsnAction : unsigned char { failed, delayed, delivered, relayed, expanded };  // RFC 3464 §2.3.3

// One recipient's block (RFC 3464 §2.3). Addresses without their type ("rfc822;", "utf-8;").
struct DsnRecipient {
    std::string original_recipient, final_recipient;
    DsnAction action = DsnAction::failed;
    std::string status;      // "5.1.1"; empty where there is none of that form
    std::string diagnostic;  // the remote server's reply without "smtp;", printable, at most 500 octets
    std::string remote_mta;
};

struct Dsn {
    std::string reporting_mta;
    std::vector<DsnRecipient> recipients;  // at least one, at most 100
    MimeFields original;                   // the header of our mail, as far as it came back
};
// Nothing when the mail is not a report of delivery status.
std::optional<Dsn> dsn_from(MimeMail const& mail);

struct Feedback {
    std::string type;  // "abuse", "fraud", "virus", "not-spam", "other" (RFC 5965 §3.1)
    std::string user_agent, version;
    std::string original_mail_from;
    std::vector<std::string> original_recipients;
    std::string reported_domain, source_ip;
    std::int64_t incidents = 1;
    MimeFields original;
};
std::optional<Feedback> feedback_from(MimeMail const& mail);

// The enhanced status (RFC 3463) that stands first in a text, or that its SMTP reply code says ("550" → "5.0.0").
// `failures_only`: of classes 4 and 5.
std::string status_in(std::string_view text, bool failures_only = false);
// Text in which every octet can be shown: control characters become blanks; cut between characters.
std::string shown(std::string_view text, std::size_t most = 500);

}  // namespace rapport::channels::email
