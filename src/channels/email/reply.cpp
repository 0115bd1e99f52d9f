// Reads SMTP replies.
#include "channels/email/reply.hpp"

#include <algorithm>

namespace rapport::channels::email {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// class "." subject "." detail (RFC 3463 §2) at the front of a line; empty if there is none or its class differs.
std::string enhanced_in(std::string_view line, int code) {
    auto const status = line.substr(0, line.find(' '));
    if (status.size() < 5 || status.size() > 9 || status[1] != '.' || status[0] != static_cast<char>('0' + code / 100))
        return {};
    auto const dot = status.find('.', 2);
    if (dot == std::string_view::npos) return {};
    auto const number = [](std::string_view part) {
        return !part.empty() && part.size() <= 3 && std::ranges::all_of(part, is_digit);
    };
    if (!number(status.substr(2, dot - 2)) || !number(status.substr(dot + 1))) return {};
    return std::string(status);
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    std::string out;
    for (char c : text.substr(0, limit)) out += c >= 0x20 && c < 0x7F ? c : '?';
    return out;
}

std::string Reply::text() const {
    std::string out = std::to_string(code);
    for (auto const& line : lines) out += ' ' + line;
    return printable(out, 500);
}

ReplyStatus take_reply(std::string& buffer, Reply& reply) {
    reply = {};
    std::size_t position = 0;
    while (true) {
        auto const end = buffer.find('\n', position);
        if (end == std::string::npos)
            return buffer.size() > reply_limit ? ReplyStatus::broken : ReplyStatus::incomplete;
        std::string_view line(buffer.data() + position, end - position);
        if (line.ends_with('\r')) line.remove_suffix(1);
        position = end + 1;
        if (position > reply_limit || line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit))
            return ReplyStatus::broken;
        int const code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        if (code < 200 || code > 599 || (reply.code != 0 && reply.code != code)) return ReplyStatus::broken;
        reply.code = code;
        reply.lines.push_back(printable(line.substr(std::min<std::size_t>(4, line.size())), 512));
        if (line.size() == 3 || line[3] == ' ') break;
        if (line[3] != '-') return ReplyStatus::broken;
    }
    buffer.erase(0, position);
    reply.enhanced_status = enhanced_in(reply.lines.front(), reply.code);
    if (reply.enhanced_status.empty()) reply.enhanced_status = std::to_string(reply.code / 100) + ".0.0";
    return ReplyStatus::complete;
}

}  // namespace rapport::channels::email
