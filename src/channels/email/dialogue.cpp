// Commands and replies of the server's side.
#include "channels/email/dialogue.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t longest_path = 64 + 1 + 255;  // RFC 5321 §4.5.3.1

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_ascii_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 6531 §3.2, §3.3
bool fits(std::string_view address, bool utf8) { return is_ascii_text(address) || (utf8 && is_plain_text(address)); }

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// "FROM:<a@b> X": the path and what follows. A blank after the colon is common and harmless.
std::optional<Path> path_after(std::string_view argument, std::string_view keyword) {
    if (!ascii_lower(argument.substr(0, keyword.size())).starts_with(keyword)) return std::nullopt;
    return parse_path(without_blanks(argument.substr(keyword.size())));
}

}  // namespace

std::optional<Path> parse_path(std::string_view text) {
    if (!text.starts_with('<')) return std::nullopt;
    std::size_t i = 1;
    if (text.substr(i).starts_with('@')) {  // a source route is ignored (RFC 5321 appendix C)
        i = text.find(':', i);
        if (i == std::string_view::npos) return std::nullopt;
        ++i;
    }
    Path path;
    for (bool quoted = false; i < text.size() && path.address.size() <= longest_path; ++i) {
        char const c = text[i];
        if (is_control(c)) return std::nullopt;
        if (quoted && c == '\\' && i + 1 < text.size()) {
            path.address += c;
            path.address += text[++i];
            continue;
        }
        if (!quoted && c == '>') {
            path.parameters = text.substr(i + 1);
            if (!path.parameters.empty() && path.parameters.front() != ' ') return std::nullopt;
            path.parameters = without_blanks(path.parameters);
            return path;
        }
        if (!quoted && (c == ' ' || c == '<')) return std::nullopt;
        if (c == '"') quoted = !quoted;
        path.address += c;
    }
    return std::nullopt;
}

Dialogue::Dialogue(DialogueOptions const& options, Refusal refusal) : options_(options), refusal_(std::move(refusal)) {}

std::string Dialogue::greeting() const {
    return "220 " + options_.name + (options_.protocol == Protocol::lmtp ? " LMTP\r\n" : " ESMTP\r\n");
}

void Dialogue::reset() {
    from_.clear();
    to_.clear();
    raw_ = {};
    has_from_ = utf8_ = too_large_ = last_chunk_ = chunked_ = false;
    mid_line_ = false;
    dropped_ = 0;
}

void Dialogue::forget_taken_octets() {
    if (at_ < in_.size() && at_ < 64 * 1024) return;
    in_.erase(0, at_);
    scanned_ = scanned_ > at_ ? scanned_ - at_ : 0;
    at_ = 0;
}

void Dialogue::end(std::string& out, std::string_view reply) {
    out.append(reply).append("\r\n");
    ended_ = true;
}

void Dialogue::mistake(std::string& out, std::string_view reply) {
    out.append(reply).append("\r\n");
    if (++mistakes_ >= options_.mistakes) end(out, "421 4.7.0 Too many mistakes");
}

bool Dialogue::advance(std::string& out) {
    if (ended_ || starts_tls_ || taken_) return false;
    forget_taken_octets();
    if (part_ == Part::data) return take_data(out);
    if (part_ == Part::chunk) return take_chunk(out);
    auto const line_end = in_.find('\n', std::max(at_, scanned_));
    auto const size = (line_end == std::string::npos ? in_.size() : line_end) - at_;
    if (size > options_.line_limit) {
        end(out, "500 5.5.2 The line is too long");
        return false;
    }
    if (line_end == std::string::npos) {
        scanned_ = in_.size();
        return false;
    }
    std::string const line = in_.substr(at_, size);
    at_ = scanned_ = line_end + 1;
    if (!line.ends_with('\r'))
        end(out, "521 5.5.2 A bare line feed; lines end in CRLF (RFC 5321 2.3.8)");
    else
        command(std::string_view(line).substr(0, size - 1), out);
    return !ended_;
}

void Dialogue::command(std::string_view line, std::string& out) {
    if (std::ranges::any_of(line, is_control)) return mistake(out, "500 5.5.2 Control characters in a command");
    auto const blank = line.find(' ');
    auto const verb = ascii_lower(line.substr(0, blank));
    auto const argument = blank == std::string_view::npos ? std::string_view() : without_blanks(line.substr(blank + 1));
    if (verb == "ehlo" || verb == "helo" || verb == "lhlo") return hello(verb, argument, out);
    if (verb == "quit") return end(out, "221 2.0.0 Bye");
    if (verb == "noop" || verb == "rset") {
        if (verb == "rset") reset();
        out += "250 2.0.0 Ok\r\n";
    } else if (verb == "vrfy") {
        out += "252 2.1.5 Send a mail and see\r\n";
    } else if (verb == "help") {
        out += "214 2.0.0 RFC 5321, RFC 2033\r\n";
    } else if (verb == "starttls" && options_.starttls) {
        begin_tls(argument, out);
    } else if (verb == "get" || verb == "post" || verb == "put" || verb == "connect" || verb == "options") {
        end(out, "521 5.5.1 This is no web server");  // a browser made to speak to us
    } else if (verb == "mail") {
        mail(argument, out);
    } else if (verb == "rcpt") {
        recipient(argument, out);
    } else if (verb == "data") {
        begin_data(out);
    } else if (verb == "bdat") {
        begin_chunk(argument, out);
    } else {
        mistake(out, "500 5.5.1 No such command");
    }
}

// RFC 2033 §4.1: LHLO and nothing else; RFC 5321 §4.1.1.1.
void Dialogue::hello(std::string_view verb, std::string_view argument, std::string& out) {
    bool const lmtp = options_.protocol == Protocol::lmtp;
    if ((verb == "lhlo") != lmtp)
        return mistake(out, lmtp ? "500 5.5.1 This is LMTP: LHLO" : "500 5.5.1 This is SMTP: EHLO");
    if (argument.empty()) return mistake(out, "501 5.5.4 Say your name");
    reset();
    hello_ = argument.substr(0, 255);
    if (verb == "helo") {
        out += "250 " + options_.name + "\r\n";
        return;
    }
    out += "250-" + options_.name + "\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n";
    if (options_.starttls && !encrypted_) out += "250-STARTTLS\r\n";
    out += "250-ENHANCEDSTATUSCODES\r\n250 SIZE " + std::to_string(options_.mail_limit) + "\r\n";
}

// What was sent in the clear after STARTTLS may be somebody else's (CVE-2011-0411): it ends the connection.
void Dialogue::begin_tls(std::string_view argument, std::string& out) {
    if (encrypted_) return mistake(out, "503 5.5.1 TLS has started");
    if (!argument.empty()) return mistake(out, "501 5.5.4 STARTTLS takes no parameters");
    if (at_ < in_.size()) return end(out, "421 4.7.0 Nothing may follow STARTTLS before the handshake");
    out += "220 2.0.0 Go ahead\r\n";
    starts_tls_ = true;
}

void Dialogue::tls_started() {
    reset();
    hello_.clear();
    starts_tls_ = false;
    encrypted_ = true;
}

void Dialogue::mail(std::string_view argument, std::string& out) {
    if (hello_.empty()) return mistake(out, "503 5.5.1 Greet first");
    if (has_from_) return mistake(out, "503 5.5.1 MAIL was given");
    if (mails_ >= options_.mails) return end(out, "421 4.7.0 Enough for one connection; come again");
    auto const path = path_after(argument, "from:");
    if (!path) return mistake(out, "501 5.1.7 MAIL FROM:<address>");
    reset();
    if (!mail_parameters(path->parameters, out)) return;
    if (!fits(path->address, utf8_)) return mistake(out, "553 5.6.7 That address needs SMTPUTF8, and to be UTF-8");
    from_ = path->address;
    has_from_ = true;
    out += "250 2.1.0 Ok\r\n";
}

bool Dialogue::mail_parameters(std::string_view parameters, std::string& out) {
    while (!parameters.empty()) {
        auto const n = std::min(parameters.find(' '), parameters.size());
        auto const parameter = ascii_lower(parameters.substr(0, n));
        parameters = without_blanks(parameters.substr(n));
        if (parameter.starts_with("size=")) {  // RFC 1870 §6
            std::size_t size = 0;
            auto const* end = parameter.data() + parameter.size();
            auto const read = std::from_chars(parameter.data() + 5, end, size);
            if (read.ec == std::errc::invalid_argument || read.ptr != end) {
                mistake(out, "501 5.5.4 SIZE=octets");
                return false;
            }
            if (read.ec != std::errc() || size > options_.mail_limit) {
                out += "552 5.3.4 The mail is too large\r\n";
                return false;
            }
        } else if (parameter == "smtputf8") {
            utf8_ = true;
        } else if (parameter != "body=7bit" && parameter != "body=8bitmime") {
            mistake(out, "555 5.5.4 A parameter that was not offered");
            return false;
        }
    }
    return true;
}

void Dialogue::recipient(std::string_view argument, std::string& out) {
    if (!has_from_) return mistake(out, "503 5.5.1 MAIL first");
    auto const path = path_after(argument, "to:");
    if (!path || path->address.empty()) return mistake(out, "501 5.1.3 RCPT TO:<address>");
    if (!path->parameters.empty()) return mistake(out, "555 5.5.4 A parameter that was not offered");
    if (!fits(path->address, utf8_)) return mistake(out, "553 5.6.7 That address needs SMTPUTF8, and to be UTF-8");
    if (to_.size() >= options_.recipient_limit) {
        out += "452 4.5.3 Too many recipients\r\n";
        return;
    }
    if (auto const refused = refusal_(from_, path->address)) return mistake(out, *refused);
    to_.push_back(path->address);
    out += "250 2.1.5 Ok\r\n";
}

void Dialogue::begin_data(std::string& out) {
    if (chunked_) return mistake(out, "503 5.5.1 BDAT was used for this mail");
    if (to_.empty()) return mistake(out, has_from_ ? "554 5.5.1 No valid recipients" : "503 5.5.1 MAIL first");
    part_ = Part::data;
    out += "354 Go ahead\r\n";
}

// RFC 3030 §2: BDAT octets [LAST]. The octets come whatever we answer, so they are read in any case.
void Dialogue::begin_chunk(std::string_view argument, std::string& out) {
    auto const blank = std::min(argument.find(' '), argument.size());
    auto const* end_of_number = argument.data() + blank;
    auto const read = std::from_chars(argument.data(), end_of_number, chunk_left_);
    auto const rest = ascii_lower(without_blanks(argument.substr(blank)));
    if (read.ec != std::errc() || read.ptr != end_of_number || (!rest.empty() && rest != "last"))
        return end(out, "501 5.5.4 BDAT octets [LAST]");  // where the next command begins is not known
    if (chunk_left_ > options_.mail_limit) return end(out, "552 5.3.4 The mail is too large");
    part_ = Part::chunk;
    last_chunk_ = rest == "last";
    chunked_ = true;
    chunk_refused_ = to_.empty();
}

bool Dialogue::take_chunk(std::string& out) {
    auto const n = std::min(chunk_left_, in_.size() - at_);
    if (raw_.size() + n > options_.mail_limit) too_large_ = true;
    if (!too_large_ && !chunk_refused_) raw_.append(in_, at_, n);
    at_ += n;
    scanned_ = at_;
    chunk_left_ -= n;
    if (chunk_left_ > 0) return false;
    part_ = Part::commands;
    if (chunk_refused_) {
        mistake(out, has_from_ ? "554 5.5.1 No valid recipients" : "503 5.5.1 MAIL first");
        if (last_chunk_) reset();
    } else if (too_large_) {
        reset();
        out += "552 5.3.4 The mail is too large\r\n";
    } else if (last_chunk_) {
        mail_is_whole();
    } else {
        out += "250 2.0.0 " + std::to_string(raw_.size()) + " octets so far\r\n";
    }
    return !ended_;
}

bool Dialogue::take_data(std::string& out) {
    for (;;) {
        auto const line_end = in_.find('\n', std::max(at_, scanned_));
        if (line_end == std::string::npos) {
            scanned_ = in_.size();
            drop_unfinished_line(out);
            return false;
        }
        auto const line = std::string_view(in_).substr(at_, line_end + 1 - at_);
        at_ = scanned_ = line_end + 1;
        if (take_line(line, out)) return !ended_;
    }
}

// Of a line that makes the mail too large only the last octet is kept: it may be the CR before the LF.
void Dialogue::drop_unfinished_line(std::string& out) {
    auto const line = std::string_view(in_).substr(at_);
    if (line.empty() || (!mid_line_ && (line == "." || line == ".\r"))) return;  // perhaps the end of the mail
    std::size_t const dot = !mid_line_ && line.front() == '.' ? 1 : 0;
    if (!too_large_ && raw_.size() + line.size() - dot <= options_.mail_limit) return;
    too_large_ = mid_line_ = true;
    raw_ = {};
    at_ = in_.size() - 1;
    drop(line.size() - 1 - dot, out);
}

// Octets of a mail that is too large are read on, for a while, so that the peer hears why.
bool Dialogue::drop(std::size_t octets, std::string& out) {
    dropped_ += octets;
    if (dropped_ > 4 * options_.mail_limit) end(out, "552 5.3.4 The mail is too large");
    return !ended_;
}

// True when the mail, or the connection, is at its end.
bool Dialogue::take_line(std::string_view line, std::string& out) {
    bool const begins = !std::exchange(mid_line_, false);
    if (begins && line == ".\r\n") {
        part_ = Part::commands;
        if (too_large_) {
            reset();
            out += "552 5.3.4 The mail is too large\r\n";
        } else {
            mail_is_whole();
        }
        return true;
    }
    if (begins && line.front() == '.') line.remove_prefix(1);
    too_large_ = too_large_ || raw_.size() + line.size() > options_.mail_limit;
    if (too_large_) raw_ = {};
    if (too_large_ && !drop(line.size(), out)) return true;
    if (line.size() < 2 || line[line.size() - 2] != '\r') {
        end(out, "521 5.5.2 A bare line feed; lines end in CRLF (RFC 5321 2.3.8)");
        return true;
    }
    if (!too_large_) raw_ += line;
    return false;
}

void Dialogue::mail_is_whole() {
    answers_ = options_.protocol == Protocol::lmtp ? to_.size() : 1;
    taken_ = TakenMail{std::move(from_), std::move(to_), std::move(raw_), hello_, utf8_};
    ++mails_;
    reset();
}

void Dialogue::answer(std::string& out, std::string_view reply) {
    for (; answers_ > 0; --answers_) out.append(reply).append("\r\n");  // RFC 2033 §4.2
}

}  // namespace rapport::channels::email
