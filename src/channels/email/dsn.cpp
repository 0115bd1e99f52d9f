// Reading the machine-readable parts of reports.
#include "channels/email/dsn.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t most_recipients = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "rfc822; user@example.org" → "user@example.org"; "utf-8; …" may hold \x{…} escapes (RFC 6533 §3).
std::string without_type(std::string_view value) {
    auto semicolon = value.find(';');
    // A type is one word; a reply may hold semicolons of its own.
    if (trimmed(value.substr(0, semicolon)).find(' ') != std::string_view::npos) semicolon = std::string_view::npos;
    std::string_view const type = semicolon == std::string_view::npos ? "" : trimmed(value.substr(0, semicolon));
    auto const rest = trimmed(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1));
    if (ascii_lower(type) != "utf-8") return shown(rest, 320);
    std::string out;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        constexpr std::size_t longest = 10;  // \x{10FFFF}
        auto const escape = rest.substr(i, longest);
        auto const close = escape.starts_with("\\x{") && escape.contains('}') ? i + escape.find('}') : rest.npos;
        std::uint32_t point = 0;
        bool escaped = false;
        if (close != std::string_view::npos) {
            auto const read = std::from_chars(rest.data() + i + 3, rest.data() + close, point, 16);
            escaped = read.ec == std::errc() && read.ptr == rest.data() + close && point >= 0x20 && point < 0x110000;
        }
        if (!escaped) {
            out += rest[i];
            continue;
        }
        i = close;
        if (point < 0x80) {
            out += static_cast<char>(point);
        } else if (point < 0x800) {
            out += {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
        } else if (point < 0x10000) {
            out += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
                    static_cast<char>(0x80 | (point & 0x3F))};
        } else {
            out += {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
                    static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
        }
    }
    return shown(out, 320);
}

std::optional<DsnAction> action_from(std::string_view text) {
    auto const word = ascii_lower(text.substr(0, text.find_first_of(" \t(")));
    if (word == "failed" || word == "failure") return DsnAction::failed;
    if (word == "delayed") return DsnAction::delayed;
    if (word == "delivered") return DsnAction::delivered;
    if (word == "relayed") return DsnAction::relayed;
    if (word == "expanded") return DsnAction::expanded;
    return std::nullopt;
}

MimePart const* any_part(MimePart const& body, std::initializer_list<std::string_view> types) {
    for (auto const type : types)
        if (auto const* found = find_part(body, type)) return found;
    return nullptr;
}

// The header of our mail: enclosed whole, or as text/rfc822-headers (RFC 6522 §4), or message/global-headers.
MimeFields original_header(MimePart const& body) {
    if (auto const* whole = any_part(body, {"message/rfc822", "message/global"}); whole && !whole->parts.empty())
        return whole->parts.front().fields;
    if (auto const* headers = any_part(body, {"text/rfc822-headers", "text/rfc822-header", "message/global-headers"})) {
        auto groups = field_groups(headers->content, 1);
        if (!groups.empty()) return std::move(groups.front());
    }
    return {};
}

std::optional<DsnRecipient> recipient_from(MimeFields const& group) {
    auto const final_recipient = field(group, "Final-Recipient"), original = field(group, "Original-Recipient");
    auto const action = action_from(field(group, "Action"));
    if ((final_recipient.empty() && original.empty()) || !action) return std::nullopt;
    DsnRecipient out;
    out.action = *action;
    out.final_recipient = without_type(final_recipient);
    out.original_recipient = without_type(original);
    out.diagnostic = without_type(field(group, "Diagnostic-Code"));
    out.remote_mta = without_type(field(group, "Remote-MTA"));
    out.status = status_in(field(group, "Status"));
    // Some write 5.0.0 where the server's own words say more.
    if (out.status.empty() || out.status.ends_with(".0.0"))
        if (auto const closer = status_in(out.diagnostic); !closer.empty()) out.status = closer;
    return out;
}

}  // namespace

std::string shown(std::string_view text, std::size_t most) {
    std::string out;
    for (char const c : text.substr(0, most)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    while (!out.empty() && !is_plain_text(out) && text.size() > most && out.size() + 4 > most) out.pop_back();
    if (!is_plain_text(out))
        for (char& c : out)
            if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    return std::string(trimmed(out));
}

std::string status_in(std::string_view text, bool failures_only) {
    std::string from_code;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const begins = text[i] == '4' || text[i] == '5' || (text[i] == '2' && !failures_only);
        if (!begins || (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == '.'))) continue;
        std::size_t at = i + 1;
        int groups = 0;
        while (groups < 2 && at < text.size() && text[at] == '.') {
            auto const begin = ++at;
            while (at < text.size() && is_digit(text[at]) && at - begin < 3) ++at;
            if (at == begin) break;
            ++groups;
        }
        bool const ends = at >= text.size() ||
                          (!is_digit(text[at]) && !(text[at] == '.' && at + 1 < text.size() && is_digit(text[at + 1])));
        if (groups == 2 && ends) return std::string(text.substr(i, at - i));
        bool const is_code = i + 3 <= text.size() && is_digit(text[i + 1]) && is_digit(text[i + 2]) &&
                             text[i + 1] <= '5' && (i + 3 == text.size() || text[i + 3] == ' ' || text[i + 3] == '-');
        if (from_code.empty() && is_code) from_code = std::string(1, text[i]) + ".0.0";
    }
    return from_code;
}

std::optional<Dsn> dsn_from(MimeMail const& mail) {
    auto const* status = any_part(mail.body, {"message/delivery-status", "message/global-delivery-status"});
    if (!status) return std::nullopt;
    Dsn dsn;
    for (auto const& group : field_groups(status->content, most_recipients)) {
        if (dsn.reporting_mta.empty()) dsn.reporting_mta = without_type(field(group, "Reporting-MTA"));
        if (auto recipient = recipient_from(group)) dsn.recipients.push_back(std::move(*recipient));
    }
    if (dsn.recipients.empty()) return std::nullopt;
    dsn.original = original_header(mail.body);
    return dsn;
}

std::optional<Feedback> feedback_from(MimeMail const& mail) {
    auto const* report = find_part(mail.body, "message/feedback-report");
    if (!report) return std::nullopt;
    auto const groups = field_groups(report->content, 1);
    if (groups.empty()) return std::nullopt;
    auto const& fields = groups.front();
    Feedback out;
    out.type = ascii_lower(shown(field(fields, "Feedback-Type"), 40));
    if (out.type.empty()) return std::nullopt;  // RFC 5965 §3.1: required
    out.user_agent = shown(field(fields, "User-Agent"), 200);
    out.version = shown(field(fields, "Version"), 20);
    out.original_mail_from = shown(field(fields, "Original-Mail-From"), 320);
    out.reported_domain = shown(field(fields, "Reported-Domain"), 255);
    out.source_ip = shown(field(fields, "Source-IP"), 64);
    for (auto const& one : fields)
        if (ascii_lower(one.name) == "original-rcpt-to" && out.original_recipients.size() < most_recipients)
            out.original_recipients.push_back(shown(one.value, 320));
    auto const incidents = field(fields, "Incidents");
    std::from_chars(incidents.data(), incidents.data() + incidents.size(), out.incidents);
    out.original = original_header(mail.body);
    return out;
}

}  // namespace rapport::channels::email
