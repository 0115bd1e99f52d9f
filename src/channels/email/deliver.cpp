// One mail over an open connection: MAIL, RCPT and DATA in one flight where the server allows it, then the mail, and
// the exact knowledge of whether its end had been handed over when something fails.
#include <algorithm>

#include "channels/email/connection.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t block = 64 * 1024;
constexpr std::size_t tls_record = 16 * 1024 + 256;  // what a failed TLS write may have sent without saying so

// RFC 5321 §4.5.2: a line that begins with a dot gets another; and the end of data.
std::string stuffed(ByteView mail) {
    std::string out;
    out.reserve(mail.size() + 64);
    bool at_start = true;
    for (std::size_t i = 0; i < mail.size();) {
        if (at_start && mail[i] == '.') out += '.';
        auto const end = mail.find('\n', i);
        auto const line = mail.substr(i, end == ByteView::npos ? end : end - i + 1);
        out += line;
        i += line.size();
        at_start = true;
    }
    if (!out.ends_with("\r\n")) out += "\r\n";
    out += ".\r\n";
    return out;
}

bool is_seven_bit(ByteView mail) {
    return std::ranges::all_of(mail, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

SendResult same_for_all(Envelope const& envelope, RecipientReply const& reply) {
    SendResult result;
    result.recipients.assign(envelope.to.size(), reply);
    return result;
}

}  // namespace

// Writes the commands in one flight (RFC 2920 §3.1) or one by one, and reads their replies. Returns DATA's reply, or
// the reply that made DATA pointless.
Task<Reply> Connection::exchange(Envelope const& envelope, std::size_t size, std::vector<Reply>& recipients) {
    std::string mail_from = "MAIL FROM:<" + (envelope.from ? envelope.from->value : std::string()) + ">";
    if (size_limit_) mail_from += " SIZE=" + std::to_string(size);
    std::vector<std::string> lines;
    if (needs_reset_) lines.emplace_back("RSET");
    lines.push_back(std::move(mail_from));
    for (auto const& to : envelope.to) lines.push_back("RCPT TO:<" + to.value + ">");
    lines.emplace_back("DATA");
    if (pipelining_) {
        std::string flight;
        for (auto const& line : lines) flight.append(line).append("\r\n");
        Written const written = co_await write(flight, options_.deadlines.command);
        if (!written.whole) co_return Reply{};
    }
    std::size_t const mail_at = needs_reset_ ? 1 : 0;
    needs_reset_ = true;
    Reply refused;  // of MAIL
    for (std::size_t i = 0; i < lines.size(); ++i) {
        bool const is_data = i + 1 == lines.size();
        bool const pointless = refused.code != 0 || (is_data && std::ranges::none_of(recipients, &Reply::positive));
        if (!pipelining_ && pointless) break;
        if (!pipelining_) {
            bool const written = co_await write_command(lines[i]);
            if (!written) co_return Reply{};
        }
        Reply const reply = co_await read_reply(is_data ? options_.deadlines.data_start : options_.deadlines.command);
        if (reply.code == 0 || reply.code == 421) {  // RFC 5321 §3.8
            usable_ = false;
            co_return reply;
        }
        if (i == mail_at && !reply.positive()) refused = reply;
        if (i > mail_at && !is_data) recipients.push_back(reply);
        if (is_data && !pointless) co_return reply;
        if (is_data && reply.intermediate()) {  // RFC 2920 §3.1: 354 although no recipient is valid: send nothing
            Written const written = co_await write(".\r\n", options_.deadlines.data_block);
            if (written.whole) co_await read_reply(options_.deadlines.data_end);
        }
    }
    if (refused.code != 0) recipients.clear();  // whatever they said, MAIL's reply is the reason
    co_return refused;
}

// accepted here means: everything was written. The reply decides.
Task<Handed> Connection::write_mail(ByteView mail, std::function<void()> const& before_end) {
    std::string const data = stuffed(mail);
    std::size_t const last = data.size() <= block ? 0 : (data.size() - 1) / block * block;
    for (std::size_t at = 0; at < data.size(); at += block) {
        bool const is_last = at == last;
        if (is_last && before_end) before_end();
        auto const piece = std::string_view(data).substr(at, block);
        Written const written = co_await write(piece, options_.deadlines.data_block);
        if (written.whole) continue;
        bool const possibly = is_last && tls_stream_ && written.octets + tls_record >= piece.size();
        co_return possibly ? Handed::unknown : Handed::temporary;
    }
    co_return Handed::accepted;
}

Task<SendResult> Connection::deliver(Envelope const& envelope, ByteView mail, std::function<void()> const& before_end) {
    stale_ = false;
    bool const reused = mails_++ > 0;
    SendResult result = same_for_all(envelope, {});
    if (size_limit_ && mail.size() > *size_limit_)
        result = same_for_all(envelope, {Handed::permanent, 0, "5.3.4", "the mail is larger than the server takes"});
    else if (!eight_bit_ && !is_seven_bit(mail))
        result = same_for_all(envelope, {Handed::permanent, 0, "5.6.3", "the server takes 7-bit mail only"});
    else {
        std::vector<Reply> recipients;
        Reply const data = co_await exchange(envelope, mail.size(), recipients);
        bool const gone = data.code == 0 || data.code == 421;
        stale_ = gone && reused && recipients.empty() && !expired_;
        if (!data.intermediate()) {
            for (std::size_t i = 0; i < envelope.to.size(); ++i) {
                bool const own = i < recipients.size() && !recipients[i].positive();
                result.recipients[i] =
                    own ? reply_for(recipients[i], {}) : reply_for(data, what_happened("before DATA"));
            }
        } else {
            Handed const handed = co_await write_mail(mail, before_end);
            Reply end;
            if (handed == Handed::accepted) end = co_await read_reply(options_.deadlines.data_end);
            RecipientReply outcome = reply_for(end, what_happened("after DATA"));
            if (end.code == 0) outcome.handed = handed == Handed::temporary ? Handed::temporary : Handed::unknown;
            if (end.code == 421) usable_ = false;
            if (end.code != 0) needs_reset_ = false;
            for (std::size_t i = 0; i < envelope.to.size(); ++i)
                result.recipients[i] = recipients[i].positive() ? outcome : reply_for(recipients[i], {});
        }
    }
    result.server = server_;
    result.encrypted = encrypted();
    result.tls = tls_text_;
    deadline_ = Instant::max();
    co_return result;
}

}  // namespace rapport::channels::email
