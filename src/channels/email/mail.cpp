// Writes our mails: RFC 5322 header fields and RFC 2045–2046 MIME parts. The same mail gives the same bytes: boundaries
// come from the Message-ID.
#include <algorithm>
#include <cstdio>

#include "base/crypto.hpp"
#include "channels/email/email.hpp"
#include "channels/email/encoding.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t header_text_limit = 500;

std::size_t expected_length(char lead) {
    auto const c = static_cast<unsigned char>(lead);
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

bool breaks_lines(std::string_view character) {
    auto const first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    if (character.size() == 2) return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;  // C1 controls
    return character == "\u2028" || character == "\u2029";
}

std::string date_text(Time time) {  // RFC 5322 §3.3
    constexpr char const* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr char const* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(std::chrono::floor<std::chrono::seconds>(time - day));
    char out[48];
    int const n = std::snprintf(out, sizeof out, "%s, %u %s %04d %02d:%02d:%02d +0000",
                                days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                static_cast<int>(clock.seconds().count()));
    return {out, static_cast<std::size_t>(n)};
}

void append_mailbox(std::string& out, std::string_view field, Mailbox const& mailbox) {
    out.append(field).append(": ");
    std::size_t column = field.size() + 2;
    if (!mailbox.name.value().empty()) {
        append_phrase(out, mailbox.name.value(), column);
        bool const fits = column + mailbox.address.value.size() + 3 <= 76;
        out += fits ? " " : "\r\n ";
    }
    out.append("<").append(mailbox.address.value).append(">\r\n");
}

void append_mailboxes(std::string& out, std::string_view field, std::vector<Mailbox> const& mailboxes) {
    if (mailboxes.empty()) return;
    append_mailbox(out, field, mailboxes.front());
    for (std::size_t i = 1; i < mailboxes.size(); ++i) {
        std::string one;
        append_mailbox(one, "", mailboxes[i]);
        out.replace(out.size() - 2, 2, ",\r\n");
        out.append(one, 1);  // ": x" without its colon: a line that goes on begins with the blank
    }
}

void append_ids(std::string& out, std::string_view field, std::vector<std::string> const& ids) {
    std::string text;
    for (auto const& id : ids)
        if (is_message_id(id)) text.append(text.empty() ? " " : "\r\n ").append(id);
    if (!text.empty()) out.append(field).append(":").append(text).append("\r\n");
}

void append_text_part(std::string& out, std::string_view type, std::string_view text) {
    auto const encoding = encoding_for(text);
    out.append("Content-Type: ").append(type).append("; charset=utf-8\r\nContent-Transfer-Encoding: ");
    out.append(name_of(encoding)).append("\r\n\r\n");
    append_text(out, text, encoding);
}

bool is_media_type(std::string_view type) {  // RFC 6838 §4.2
    auto const slash = type.find('/');
    auto const good = [](std::string_view name) {
        return !name.empty() && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '+' ||
                   c == '-' || c == '_';
        });
    };
    return type.size() <= 70 && slash != std::string_view::npos && good(type.substr(0, slash)) &&
           good(type.substr(slash + 1)) && !type.starts_with("multipart/") && !type.starts_with("message/");
}

void append_attachment(std::string& out, Attachment const& attachment) {
    out += "Content-Type: ";
    out += is_media_type(attachment.media_type) ? attachment.media_type : "application/octet-stream";
    out += "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment";
    append_parameter(out, "filename", attachment.file_name.value());
    out += "\r\n\r\n";
    append_base64_lines(out, attachment.content);
}

void append_body(std::string& out, Mail const& mail, std::string const& boundary) {
    if (mail.html.empty()) {
        append_text_part(out, "text/plain", mail.text);
        return;
    }
    out += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n";
    append_text_part(out, "text/plain", mail.text);
    out += "\r\n--" + boundary + "\r\n";
    append_text_part(out, "text/html", mail.html);
    out += "\r\n--" + boundary + "--\r\n";
}

}  // namespace

HeaderText::HeaderText(std::string_view text) {
    value_.reserve(std::min(text.size(), header_text_limit * 4));
    for (std::size_t taken = 0; !text.empty() && taken < header_text_limit; ++taken) {
        auto const character = text.substr(0, expected_length(text.front()));
        if (breaks_lines(character)) {
            value_ += ' ';
        } else if (!is_plain_text(character)) {
            value_ += "\uFFFD";
            text.remove_prefix(1);
            continue;
        } else {
            value_ += character;
        }
        text.remove_prefix(character.size());
    }
    value_ = std::string(trimmed(value_));
}

MessageId::MessageId(std::string_view left, std::string_view domain) {
    auto const append = [&](std::string_view text) {
        for (char c : text.substr(0, 120))
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                c == '.')
                value_ += c;
    };
    value_ = "<";
    append(left);
    value_ += '@';
    append(domain);
    value_ += '>';
}

bool is_message_id(std::string_view text) {
    return text.size() >= 5 && text.size() <= 900 && text.front() == '<' && text.back() == '>' &&
           text.find('@') != std::string_view::npos && std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
               return c > 0x20 && c < 0x7F && c != '<' && c != '>';
           });
}

bool is_unsubscribe_url(std::string_view url) {
    return url.size() <= 900 && url.starts_with("https://") && url.size() > 8 && std::ranges::all_of(url, [](char c) {
               return c > 0x20 && c < 0x7F && c != '<' && c != '>' && c != '"' && c != '\\';
           });
}

bool is_list_label(std::string_view label) {
    static constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~.";
    return !label.empty() && label.size() <= 63 && label.front() != '.' && label.back() != '.' &&
           label.find("..") == label.npos && std::ranges::all_of(label, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      marks.find(c) != marks.npos;
           });
}

Bytes write_mail(Mail const& mail) {
    auto const seed = to_hex(sha256(mail.message_id.value()).view().substr(0, 12));
    std::string out;
    out.reserve(1024 + (mail.text.size() + mail.html.size()) * 5 / 4);
    out += "Date: " + date_text(mail.date) + "\r\n";
    append_mailbox(out, "From", mail.from);
    if (mail.to_shown.empty())
        append_mailbox(out, "To", mail.to);
    else
        append_mailboxes(out, "To", mail.to_shown);
    append_mailboxes(out, "Cc", mail.cc);
    if (mail.reply_to) append_mailbox(out, "Reply-To", Mailbox{HeaderText(), *mail.reply_to});
    append_unstructured(out, "Subject", mail.subject.value());
    out += "Message-ID: " + mail.message_id.value() + "\r\n";
    append_ids(out, "In-Reply-To", {mail.in_reply_to});
    append_ids(out, "References", mail.references);
    if (!mail.by_person) out += "Auto-Submitted: auto-generated\r\n";
    if (mail.list && is_list_label(*mail.list)) {  // RFC 2919 §3: the same for all mails of a list, whatever they say
        auto const& from = mail.from.address.value;
        out += "List-Id:\r\n <" + *mail.list + from.substr(from.rfind('@')).replace(0, 1, ".") + ">\r\n";
    }
    if (mail.unsubscribe_url && is_unsubscribe_url(*mail.unsubscribe_url)) {  // RFC 2369 §3.2, RFC 8058 §3.1
        out += "List-Unsubscribe:\r\n <" + *mail.unsubscribe_url + ">";
        if (mail.unsubscribe_address) out += ",\r\n <mailto:" + mail.unsubscribe_address->value + ">";
        out += "\r\n";
        out += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    }
    out += "Content-Language: " + to_text(mail.language) + "\r\n";
    out += "MIME-Version: 1.0\r\n";
    if (mail.attachments.empty()) {
        append_body(out, mail, "=_a_" + seed);
        return out;
    }
    std::string const boundary = "=_m_" + seed;
    out += "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n";
    append_body(out, mail, "=_a_" + seed);
    for (auto const& attachment : mail.attachments) {
        out += "\r\n--" + boundary + "\r\n";
        append_attachment(out, attachment);
    }
    out += "\r\n--" + boundary + "--\r\n";
    return out;
}

}  // namespace rapport::channels::email
