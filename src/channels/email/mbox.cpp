// The mbox family: mails divided by lines that begin with "From ".
#include "channels/email/mbox.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t window_size = 1 << 20, longest_piece = 64 << 10, longest_from_line = 1000;

constexpr auto months = std::to_array<std::string_view>(
    {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"});

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty() && out.size() < 20) {
        auto const begin = text.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        auto const end = std::min(text.find_first_of(" \t\r\n"), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return out;
}

std::optional<int> number(std::string_view text, int least, int most) {
    int n = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || end != text.data() + text.size() || n < least || n > most) return std::nullopt;
    return n;
}

// "09:30" or "09:30:00", in seconds.
std::optional<int> clock_time(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto const rest = text.substr(colon + 1);
    auto const second = rest.find(':');
    auto const hours = number(text.substr(0, colon), 0, 23), minutes = number(rest.substr(0, second), 0, 59);
    auto const seconds = second == std::string_view::npos ? std::optional(0) : number(rest.substr(second + 1), 0, 60);
    if (!hours || !minutes || !seconds) return std::nullopt;
    return *hours * 3600 + *minutes * 60 + *seconds;
}

// "+0100" in seconds east.
int zone_of(std::string_view text) {
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return 0;
    auto const hours = number(text.substr(1, 2), 0, 14), minutes = number(text.substr(3, 2), 0, 59);
    if (!hours || !minutes) return 0;
    return (*hours * 3600 + *minutes * 60) * (text[0] == '-' ? -1 : 1);
}

std::string_view without_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_quoted_from(std::string_view line, bool any_depth) {
    auto const depth = line.find_first_not_of('>');
    if (depth == std::string_view::npos || depth == 0 || (depth > 1 && !any_depth)) return false;
    return line.substr(depth).starts_with("From ");
}

// Fields that mailboxes add, and their words about the mail.
bool is_of_mailbox(StoredMail& mail, std::string_view name, std::string_view value,
                   std::optional<std::int64_t>& length) {
    auto const has = [&](char c) { return value.find(c) != std::string_view::npos; };
    if (name == "content-length") {
        std::int64_t n = 0;
        auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
        if (error == std::errc() && end == value.data() + value.size() && n >= 0) length = n;
        return true;
    }
    if (name == "status" || name == "x-status") {
        if (value.size() > 10) return false;
        if (has('R')) mail.unread = false;
        if (has('F')) mail.flagged = true;
        if (has('D') || has('T')) mail.left_out = true;
        return true;
    }
    if (name == "x-mozilla-status") {
        unsigned bits = 0;
        std::from_chars(value.data(), value.data() + value.size(), bits, 16);
        if (bits & 0x1) mail.unread = false;
        if (bits & 0x4) mail.flagged = true;
        if (bits & 0x8) mail.left_out = true;
        return true;
    }
    if (name == "x-gmail-labels") {
        auto const labels = ',' + ascii_lower(value) + ',';
        auto const is = [&](std::string_view label) {
            return labels.find(',' + std::string(label) + ',') != std::string::npos;
        };
        mail.unread = is("unread");
        mail.flagged = mail.flagged || is("starred");
        mail.sent = mail.sent || is("sent");
        mail.left_out = mail.left_out || is("trash") || is("spam") || is("drafts") || is("draft");
        return false;
    }
    return name == "x-uid" || name == "x-keywords" || name == "x-imap" || name == "x-imapbase" ||
           name == "x-mozilla-status2" || name == "x-mozilla-keys";
}

[[noreturn]] void unreadable() {
    throw std::system_error(errno, std::generic_category(), "the mailbox cannot be read");
}

}  // namespace

Bytes with_crlf(std::string_view text) {
    Bytes out;
    out.reserve(text.size() + text.size() / 40);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
        out += text[i];
    }
    return out;
}

// Who wrote stands before the date, and may be anything; "From - Sat …" is Mozilla's, which also writes "From " alone.
std::optional<FromLine> read_from_line(std::string_view line) {
    if (!line.starts_with("From") || line.size() > longest_from_line) return std::nullopt;
    auto const text = without_end(line);
    if (text == "From ") return FromLine{};
    if (!text.starts_with("From ")) return std::nullopt;
    auto const words = words_of(text.substr(5));
    for (std::size_t i = 0; i + 3 < words.size(); ++i) {
        auto const month = std::ranges::find(months, ascii_lower(words[i]));
        if (month == months.end()) continue;
        auto const day = number(words[i + 1], 1, 31);
        auto const seconds = clock_time(words[i + 2]);
        if (!day || !seconds) continue;
        int zone = 0;
        for (std::size_t j = i + 3; j < words.size(); ++j) {
            auto const year = number(words[j], 1970, 2200);
            if (!year) {
                if (zone == 0) zone = zone_of(words[j]);
                continue;
            }
            if (j + 1 < words.size() && zone == 0) zone = zone_of(words[j + 1]);
            auto const date = std::chrono::year(*year) / static_cast<unsigned>(month - months.begin() + 1) /
                              static_cast<unsigned>(*day);
            if (!date.ok()) return std::nullopt;
            return FromLine{Time(std::chrono::sys_days(date)) + std::chrono::seconds(*seconds - zone)};
        }
    }
    return std::nullopt;
}

Expected<Mbox> Mbox::open(std::string const& path, std::int64_t at, MboxForm form, std::size_t most) {
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about{};
    if (file < 0 || ::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        if (file >= 0) ::close(file);
        return fail(ErrorKind::invalid, "file_unreadable", path + " is no file that can be read.");
    }
    (void)::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
    return Mbox(file, about.st_size, std::clamp<std::int64_t>(at, 0, about.st_size), form, most);
}

Mbox::Mbox(int file, std::int64_t size, std::int64_t at, MboxForm form, std::size_t most)
    : file_(file), size_(size), at_(at), form_(form), most_(most) {}
Mbox::Mbox(Mbox&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      at_(other.at_),
      form_(other.form_),
      most_(other.most_),
      skipped_(other.skipped_) {}
Mbox::~Mbox() {
    if (file_ >= 0) ::close(file_);
}

std::string_view Mbox::peek(std::int64_t at, std::size_t most) const {
    most = static_cast<std::size_t>(std::clamp<std::int64_t>(size_ - at, 0, static_cast<std::int64_t>(most)));
    auto const end = window_at_ + static_cast<std::int64_t>(window_.size());
    if (at < window_at_ || at + static_cast<std::int64_t>(most) > end) {
        window_.resize(window_size);
        window_at_ = at;
        std::size_t got = 0;
        while (got < window_.size()) {
            auto const n = ::pread(file_, window_.data() + got, window_.size() - got, at + static_cast<off_t>(got));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) unreadable();
            if (n == 0) break;
            got += static_cast<std::size_t>(n);
        }
        window_.resize(got);
    }
    return std::string_view(window_).substr(static_cast<std::size_t>(at - window_at_), most);
}

std::string_view Mbox::line(std::int64_t at) const {
    auto const seen = peek(at, longest_piece);
    auto const end = seen.find('\n');
    return end == std::string_view::npos ? seen : seen.substr(0, end + 1);
}

bool Mbox::begins_mail(std::int64_t at) const {
    auto const found = read_from_line(line(at));
    if (!found) return false;
    if (found->at) return true;
    // "From " alone: only before a header.
    auto const first = line(at + static_cast<std::int64_t>(line(at).size()));
    auto const colon = first.find(':');
    return colon != std::string_view::npos && colon > 0 && first.substr(0, colon).find(' ') == std::string_view::npos;
}

// Where a length leads, if a mail begins there, or the file ends; empty lines may stand between.
std::optional<std::int64_t> Mbox::end_by_length(std::int64_t body, std::int64_t length) const {
    if (length > size_ - body) return std::nullopt;
    auto at = body + length;
    for (int blank = 0; blank < 3 && at < size_; ++blank) {
        if (begins_mail(at)) return body + length;
        auto const one = line(at);
        if (!without_end(one).empty()) break;
        at += static_cast<std::int64_t>(one.size());
    }
    return at >= size_ ? std::optional(body + length) : std::nullopt;
}

void Mbox::add(StoredMail& out, std::string_view piece, bool begins_line) {
    if (out.too_large) return;
    if (begins_line && (form_ == MboxForm::any || form_ == MboxForm::rd || form_ == MboxForm::o) &&
        is_quoted_from(piece, form_ != MboxForm::o))
        piece.remove_prefix(1);
    if (out.raw.size() + piece.size() > most_) {
        out.too_large = true;
        out.raw = Bytes();
        return;
    }
    if (piece.ends_with('\n') && !piece.ends_with("\r\n")) {
        bool const has_return = piece.size() == 1 && !begins_line && out.raw.ends_with('\r');
        out.raw += piece.substr(0, piece.size() - 1);
        out.raw += has_return ? "\n" : "\r\n";
    } else {
        out.raw += piece;
    }
}

// Returns where the body begins.
std::int64_t Mbox::header(StoredMail& out, std::optional<std::int64_t>& length) {
    auto at = at_;
    bool drops = false, begins = true;
    while (at < size_) {
        if (begins && begins_mail(at)) return at;  // a mail without a body, or a header that was cut off
        auto const one = line(at);
        auto const text = without_end(one);
        bool const continues = begins && (one.starts_with(' ') || one.starts_with('\t'));
        if (begins && text.empty()) {
            at += static_cast<std::int64_t>(one.size());
            if (!out.too_large) out.raw += "\r\n";
            return at;
        }
        if (begins && !continues) {
            auto const colon = text.find(':');
            auto const name = ascii_lower(trimmed(text.substr(0, std::min(colon, text.size()))));
            drops =
                colon != std::string_view::npos && is_of_mailbox(out, name, trimmed(text.substr(colon + 1)), length);
            // What University of Washington's programs keep for themselves in front.
            if (name == "subject" && text.find("FOLDER INTERNAL DATA") != std::string_view::npos) out.left_out = true;
        }
        if (!drops) {
            auto const form = form_;
            form_ = MboxForm::cl2;  // nothing is quoted in headers
            add(out, one, begins);
            form_ = form;
        }
        begins = one.ends_with('\n');
        at += static_cast<std::int64_t>(one.size());
    }
    return at;
}

std::int64_t Mbox::body_by_lines(StoredMail& out, std::int64_t at) {
    bool begins = true;
    std::size_t last = std::string::npos;  // where the last line begins, if it is empty
    while (at < size_) {
        if (begins && begins_mail(at)) break;
        auto const one = line(at);
        bool const blank = begins && without_end(one).empty();
        last = blank ? out.raw.size() : std::string::npos;
        add(out, one, begins);
        begins = one.ends_with('\n');
        at += static_cast<std::int64_t>(one.size());
    }
    // The empty line before the next mail is the mailbox's.
    if (last != std::string::npos && !out.too_large) out.raw.resize(last);
    return at;
}

void Mbox::body_by_length(StoredMail& out, std::int64_t at, std::int64_t end) {
    auto const form = form_;
    form_ = MboxForm::cl2;  // nothing is quoted
    bool begins = true;
    while (at < end) {
        auto const one = line(at).substr(0, static_cast<std::size_t>(end - at));
        add(out, one, begins);
        begins = one.ends_with('\n');
        at += static_cast<std::int64_t>(one.size());
    }
    if (!out.too_large && !begins) out.raw += "\r\n";
    form_ = form;
}

std::optional<StoredMail> Mbox::next() {
    bool begins = true;
    while (at_ < size_) {
        if (begins && begins_mail(at_)) break;
        auto const one = line(at_);
        if (!without_end(one).empty()) skipped_ += static_cast<std::int64_t>(one.size());
        begins = one.ends_with('\n');
        at_ += static_cast<std::int64_t>(one.size());
    }
    if (at_ >= size_) return std::nullopt;
    StoredMail out;
    auto const begin = at_;
    auto const first = line(at_);
    if (auto const from = read_from_line(first)) out.at = from->at;
    at_ += static_cast<std::int64_t>(first.size());
    std::optional<std::int64_t> length;
    auto const body = header(out, length);
    auto const end =
        length && form_ != MboxForm::o && form_ != MboxForm::rd ? end_by_length(body, *length) : std::nullopt;
    if (end) {
        body_by_length(out, body, *end);
        at_ = *end;
        while (at_ < size_ && !begins_mail(at_) && without_end(line(at_)).empty())
            at_ += static_cast<std::int64_t>(line(at_).size());
    } else {
        at_ = body_by_lines(out, body);
    }
    out.size = at_ - begin;
    return out;
}

Digest Mbox::digest(std::int64_t from, std::int64_t to, std::size_t most) const {
    from = std::max<std::int64_t>(from, 0);
    auto const n = std::clamp<std::int64_t>(to - from, 0, static_cast<std::int64_t>(most));
    return sha256(peek(from, static_cast<std::size_t>(n)));
}

}  // namespace rapport::channels::email
