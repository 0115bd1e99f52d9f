// Reads mailboxes of the mbox family (RFC 4155 appendix A, and what programs made of it): mboxo, mboxrd, mboxcl,
// mboxcl2. One mail after the other, in memory that does not grow with the file. Octets before the first mail, and
// lengths that are wrong, are passed over. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace rapport::channels::email {

// A mail as a mailbox holds it.
struct StoredMail {
    Bytes raw;  // lines end in CRLF, without what the mailbox itself had added
    std::optional<Time> at;
    bool unread = true, flagged = false, sent = false;
    bool left_out = false;   // deleted, a draft, or the mailbox's own data
    bool too_large = false;  // raw is empty
    std::int64_t size = 0;   // in the mailbox
};

enum class MboxForm : std::uint8_t {
    any,  // a length counts where a mail begins behind it; else one ">" is taken from lines of ">>From "
    o,    // one ">" is taken from lines of ">From "
    rd,   // one ">" is taken from lines of ">>From "
    cl2,  // lengths alone count
};

BOOST_DESCRIBE_ENUM(MboxForm, any, o, rd, cl2)

class Mbox {
  public:
    // `at`: where a mail begins, or anything; mails beyond `most` octets are passed over.
    static Expected<Mbox> open(std::string const& path, std::int64_t at, MboxForm form, std::size_t most);
    ~Mbox();
    Mbox(Mbox&& other) noexcept;
    Mbox& operator=(Mbox&&) = delete;

    // Nothing at the end. Throws what cannot be read.
    std::optional<StoredMail> next();
    // Behind the last mail that next() gave.
    std::int64_t position() const { return at_; }
    void go_to(std::int64_t at) { at_ = at; }
    std::int64_t size() const { return size_; }
    std::int64_t skipped() const { return skipped_; }  // octets before, or between mails
    // SHA-256 of the octets from `from`, at most `most`, none beyond `to`.
    Digest digest(std::int64_t from, std::int64_t to, std::size_t most) const;

  private:
    Mbox(int file, std::int64_t size, std::int64_t at, MboxForm form, std::size_t most);
    // From `at`, at most `most` octets; fewer at the end alone.
    std::string_view peek(std::int64_t at, std::size_t most) const;
    std::string_view line(std::int64_t at) const;  // with its end; at most longest_piece octets
    bool begins_mail(std::int64_t at) const;
    std::optional<std::int64_t> end_by_length(std::int64_t body, std::int64_t length) const;
    std::int64_t header(StoredMail& out, std::optional<std::int64_t>& length);
    std::int64_t body_by_lines(StoredMail& out, std::int64_t at);
    void body_by_length(StoredMail& out, std::int64_t at, std::int64_t end);
    void add(StoredMail& out, std::string_view piece, bool begins_line);

    int file_;
    std::int64_t size_, at_;
    MboxForm form_;
    std::size_t most_;
    std::int64_t skipped_ = 0;
    mutable std::string window_;
    mutable std::int64_t window_at_ = 0;
};

// "From ada@example.org Sat Nov 21 09:30:00 2026": its time, in UTC where it names no zone. Empty: it is no such line.
struct FromLine {
    std::optional<Time> at;
};
std::optional<FromLine> read_from_line(std::string_view line);

// Lines end in CRLF, however they ended.
Bytes with_crlf(std::string_view text);

}  // namespace rapport::channels::email
