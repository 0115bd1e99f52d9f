// What IMAP servers say (RFC 9051 §7, RFC 3501 §7), read from octets as they come, with their literals; and how we
// write our own arguments. Pure, bounded, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace rapport::channels::email {

struct ImapToken {
    enum class Kind : unsigned char { atom, text, open, close };  // text: quoted, or a literal
    Kind kind = Kind::atom;
    std::string text;
    bool is(std::string_view atom) const;  // an atom, whatever its case
};

// One line with its literals.
struct ImapAnswer {
    std::string tag;  // "*", "+", or that of our command
    std::vector<ImapToken> tokens;
    // "OK", "NO", "BAD", "BYE", "PREAUTH" in upper case; empty where it is none of them.
    std::string status() const;
    std::string words;  // what stands after the status: a response code, and text for people; printable
    // The value of a response code: "[UIDVALIDITY 7]" gives "7"; nothing when there is none of this name.
    std::optional<std::string> code(std::string_view name) const;
    // "* 23 EXISTS": 23
    std::optional<std::uint32_t> number_before(std::string_view word) const;
    // What the server can do, where it says so: "* CAPABILITY …", or as a response code.
    std::optional<std::vector<std::string>> capabilities() const;
    bool is_search() const;
    std::vector<std::uint32_t> found() const;  // the numbers of a SEARCH response
    // The value of a name in a FETCH response's list, where it is an atom or a text.
    std::optional<std::string_view> fetched(std::string_view name) const;
};

class ImapReader {
  public:
    enum class Status : unsigned char { complete, incomplete, broken, too_large };
    // `literal_limit`: octets of all literals of one answer.
    explicit ImapReader(std::size_t literal_limit) : literal_limit_(literal_limit) {}

    void feed(std::string_view octets) { in_ += octets; }
    // The next answer. After `broken` or `too_large` nothing more can be read.
    Status take(ImapAnswer& answer);
    bool empty() const { return in_.empty(); }
    // A certificate was proven meanwhile: what came before does not count (CVE-2011-0411's kind).
    void forget() { *this = ImapReader(literal_limit_); }

  private:
    Status end_of_line(std::size_t end);

    std::size_t literal_limit_;
    std::string in_;
    std::size_t line_ = 0, scanned_ = 0;  // where the line's present piece begins; up to where there is no line feed
    std::vector<std::pair<std::size_t, std::size_t>> literals_;  // where they are in in_
};

// As a quoted string; nothing where it cannot be one: control characters, 8-bit octets.
std::optional<std::string> imap_quoted(std::string_view text);
// "17-Jul-1996 02:44:25 -0700" (RFC 9051 §9, date-time).
std::optional<Time> imap_time(std::string_view text);
// The name of a mailbox in modified UTF-7 (RFC 3501 §5.1.3), quoted. Nothing for invalid UTF-8.
std::optional<std::string> imap_mailbox(std::string_view utf8);

}  // namespace rapport::channels::email
