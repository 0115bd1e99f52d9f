// The server's side of SMTP (RFC 5321) and LMTP (RFC 2033) without sockets: octets in, replies out. The listener and
// the demo's sink speak through it. PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531),
// CHUNKING (RFC 3030), ENHANCEDSTATUSCODES (RFC 2034), STARTTLS (RFC 3207) where it is offered.
// Only CRLF ends a line and only CRLF.CRLF ends a mail (RFC 5321 §2.3.8): a bare line feed ends the connection, so
// that no second mail can be smuggled inside a first (CVE-2023-51764). Bounded in everything it keeps.
// Single-threaded.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace rapport::channels::email {

enum class Protocol : unsigned char { smtp, lmtp, imap };  // imap: we fetched it

struct DialogueOptions {
    std::string name = "localhost";  // said in the greeting
    Protocol protocol = Protocol::smtp;
    bool starttls = false;
    std::size_t mail_limit = 25 * 1024 * 1024;
    std::size_t recipient_limit = 100;  // RFC 5321 §4.5.3.1.8: at least 100
    std::size_t line_limit = 2048;      // of a command; RFC 5321 §4.5.3.1.4 and what the extensions add
    std::size_t mails = 1000;           // of one connection
    int mistakes = 20;                  // wrong commands and refused recipients of one connection
};

// One mail as it came: the envelope, and the octets after dot-unstuffing (RFC 5321 §4.5.2), unchanged otherwise.
struct TakenMail {
    std::string from;             // empty: the null reverse-path
    std::vector<std::string> to;  // as the peer wrote them
    Bytes raw;
    std::string hello;  // what the peer calls itself
    bool utf8 = false;  // SMTPUTF8 was asked for
};

// What stands between '<' and '>' of MAIL or RCPT, without a source route (RFC 5321 §4.1.2, appendix C).
struct Path {
    std::string address;
    std::string_view parameters;  // what follows
};
std::optional<Path> parse_path(std::string_view text);

class Dialogue {
  public:
    // Says why a recipient is refused ("550 5.1.1 No such mailbox"), or nothing. Pure and quick.
    using Refusal = std::function<std::optional<std::string>(std::string_view from, std::string_view to)>;

    Dialogue(DialogueOptions const& options, Refusal refusal);

    std::string greeting() const;
    void feed(std::string_view octets) { in_ += octets; }
    // Takes one line, or one whole mail, from what was fed and appends the reply; false when more octets are needed.
    bool advance(std::string& out);
    // After a mail the caller keeps it, then gives the one reply that LMTP wants for each recipient, SMTP once.
    std::optional<TakenMail> take_mail() { return std::exchange(taken_, std::nullopt); }
    void answer(std::string& out, std::string_view reply);

    // STARTTLS was answered with 220: the handshake comes next, then tls_started().
    bool starts_tls() const { return starts_tls_; }
    void tls_started();

    bool ended() const { return ended_; }
    // A mail is coming in: MAIL was said.
    bool in_mail() const { return has_from_; }
    std::size_t held() const { return in_.size() - at_ + raw_.size(); }

  private:
    enum class Part : unsigned char { commands, data, chunk };

    void command(std::string_view line, std::string& out);
    void hello(std::string_view verb, std::string_view argument, std::string& out);
    void mail(std::string_view argument, std::string& out);
    bool mail_parameters(std::string_view parameters, std::string& out);
    void recipient(std::string_view argument, std::string& out);
    void begin_data(std::string& out);
    void begin_chunk(std::string_view argument, std::string& out);
    bool take_data(std::string& out);
    bool take_line(std::string_view line, std::string& out);
    void drop_unfinished_line(std::string& out);
    bool drop(std::size_t octets, std::string& out);
    bool take_chunk(std::string& out);
    void mail_is_whole();
    void begin_tls(std::string_view argument, std::string& out);
    void mistake(std::string& out, std::string_view reply);
    void end(std::string& out, std::string_view reply);
    void reset();
    void forget_taken_octets();

    DialogueOptions const& options_;
    Refusal refusal_;
    std::string in_;
    std::size_t at_ = 0, scanned_ = 0;  // where the next line begins; up to where no line feed is
    std::string hello_, from_, raw_;
    std::vector<std::string> to_;
    std::size_t mails_ = 0, chunk_left_ = 0, dropped_ = 0, answers_ = 0;
    int mistakes_ = 0;
    Part part_ = Part::commands;
    bool has_from_ = false, utf8_ = false, encrypted_ = false, starts_tls_ = false, ended_ = false;
    bool mid_line_ = false, too_large_ = false, last_chunk_ = false, chunked_ = false, chunk_refused_ = false;
    std::optional<TakenMail> taken_;
};

}  // namespace rapport::channels::email
