// The sink's replies.
#include "channels/email/sink_dialogue.hpp"

#include <algorithm>
#include <charconv>

namespace rapport::channels::email {
namespace {

constexpr std::size_t line_limit = 2048, recipient_limit = 100, greylist_limit = 10'000;

// The address between '<' and '>'; empty optional if there is none.
std::optional<std::string_view> path(std::string_view argument) {
    auto const open = argument.find('<');
    auto const close = argument.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
    return argument.substr(open + 1, close - open - 1);
}

std::string unstuffed(std::string_view data) {  // RFC 5321 §4.5.2
    std::string out;
    out.reserve(data.size());
    for (std::size_t i = 0; i < data.size();) {
        if (data[i] == '.') ++i;
        auto const end = data.find("\r\n", i);
        auto const n = end == std::string_view::npos ? data.size() - i : end + 2 - i;
        out += data.substr(i, n);
        i += n;
    }
    return out;
}

}  // namespace

void SinkDialogue::reset() {
    from_.clear();
    to_.clear();
    recipients_ = 0;
    has_from_ = false;
    manner_.reset();
}

bool SinkDialogue::advance(std::string& out) {
    if (ended_) return false;
    if (in_data_) return take_data(out);
    auto const end = in_.find('\n');
    if (end == std::string::npos || end > line_limit) {
        if (in_.size() <= line_limit) return false;
        out += "500 5.5.2 line too long\r\n";
        ended_ = true;
        return false;
    }
    std::string line = in_.substr(0, end);
    in_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    command(line, out);
    return !ended_;
}

void SinkDialogue::command(std::string_view line, std::string& out) {
    auto const verb = ascii_lower(line.substr(0, line.find(' ')));
    auto const argument = line.size() > verb.size() ? line.substr(verb.size() + 1) : std::string_view();
    if (verb == "ehlo") {
        reset();
        out += "250-rapport-demo-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE " +
               std::to_string(options_.mail_limit) + "\r\n";
    } else if (verb == "helo") {
        reset();
        out += "250 rapport-demo-sink\r\n";
    } else if (verb == "mail") {
        mail(argument, out);
    } else if (verb == "rcpt") {
        recipient(argument, out);
    } else if (verb == "data") {
        in_data_ = recipients_ > 0;
        scanned_ = 0;
        out += in_data_ ? "354 go ahead\r\n" : "554 5.5.1 no valid recipients\r\n";
    } else if (verb == "rset") {
        reset();
        out += "250 2.0.0 ok\r\n";
    } else if (verb == "noop" || verb == "vrfy") {
        out += verb == "noop" ? "250 2.0.0 ok\r\n" : "252 2.0.0 send some mail\r\n";
    } else if (verb == "quit") {
        out += "221 2.0.0 bye\r\n";
        ended_ = true;
    } else {
        out += "500 5.5.2 unknown command\r\n";
    }
}

void SinkDialogue::mail(std::string_view argument, std::string& out) {
    auto const from = path(argument);
    auto const size_at = ascii_lower(argument).find(" size=");
    std::size_t size = 0;
    if (size_at != std::string::npos)
        std::from_chars(argument.data() + size_at + 6, argument.data() + argument.size(), size);
    if (has_from_) {
        out += "503 5.5.1 MAIL was given\r\n";
    } else if (!ascii_lower(argument).starts_with("from:") || !from) {
        out += "501 5.5.4 MAIL FROM:<address>\r\n";
    } else if (size > options_.mail_limit) {
        out += "552 5.3.4 the mail is too large\r\n";
    } else {
        reset();
        from_ = *from;
        has_from_ = true;
        out += "250 2.1.0 ok\r\n";
    }
}

void SinkDialogue::recipient(std::string_view argument, std::string& out) {
    auto const to = path(argument);
    if (!has_from_) {
        out += "503 5.5.1 MAIL first\r\n";
        return;
    }
    if (!ascii_lower(argument).starts_with("to:") || !to || to->empty()) {
        out += "501 5.5.4 RCPT TO:<address>\r\n";
        return;
    }
    if (recipients_ >= recipient_limit) {
        out += "452 4.5.3 too many recipients\r\n";
        return;
    }
    auto const local = ascii_lower(to->substr(0, to->find_first_of("@+")));
    auto const rule = std::ranges::find(options_.rules, local, &SinkRule::local_part);
    auto const manner = rule == options_.rules.end() ? std::nullopt : std::optional(rule->manner);
    if (manner == SinkManner::refuse) {
        out += "550 5.1.1 no such mailbox (demo)\r\n";
        return;
    }
    if (manner == SinkManner::mailbox_full) {
        out += "452 4.2.2 the mailbox is full (demo)\r\n";
        return;
    }
    if (manner == SinkManner::greylist && !greylisted_.contains(*to)) {
        if (greylisted_.size() >= greylist_limit) greylisted_.clear();
        greylisted_.emplace(*to);
        out += "451 4.7.1 greylisted, try again (demo)\r\n";
        return;
    }
    if (manner) manner_ = manner;
    if (!to_.empty()) to_ += ' ';
    to_ += *to;
    ++recipients_;
    out += "250 2.1.5 ok\r\n";
}

bool SinkDialogue::take_data(std::string& out) {
    auto end = in_.starts_with(".\r\n") ? 0 : in_.find("\r\n.\r\n", scanned_);
    if (end == std::string::npos) {
        scanned_ = in_.size() < 5 ? 0 : in_.size() - 4;
        if (in_.size() <= options_.mail_limit) return false;
        out += "552 5.3.4 the mail is too large\r\n";
        ended_ = true;
        return false;
    }
    std::size_t const head = end == 0 && in_.starts_with(".\r\n") ? 0 : end + 2;
    std::string raw = unstuffed(std::string_view(in_).substr(0, head));
    in_.erase(0, head + 3);
    in_data_ = false;
    auto const manner = manner_;
    if (manner == SinkManner::reject_mail)
        out += "554 5.7.1 the content is refused (demo)\r\n";
    else
        taken_ = SinkTaken{from_, to_, std::move(raw)};
    reset();
    manner_ = manner;
    return true;
}

}  // namespace rapport::channels::email
