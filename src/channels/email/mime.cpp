// GMime, fenced in.
#include "channels/email/mime.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/text.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t most_groups = 1'000;

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

std::string from_c(char const* text) { return text ? std::string(text) : std::string(); }

// How often a lower-case word stands in the text, in any case; stops at `most`.
std::size_t mentions(std::string_view text, std::string_view word, std::size_t most) {
    std::size_t n = 0;
    auto const same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    for (auto at = text.begin(); n <= most; ++n) {
        at = std::search(at, text.end(), word.begin(), word.end(), same);
        if (at == text.end()) break;
        at += static_cast<std::ptrdiff_t>(word.size());
    }
    return n;
}

// The most colons of any field of addresses, wherever it stands: each may open a group (RFC 5322 §3.4), and GMime reads
// groups in groups by recursion, as deep as they go.
std::size_t colons_of_addresses(ByteView raw) {
    constexpr std::string_view names[] = {"from:", "sender:", "reply-to:", "to:", "cc:", "bcc:"};
    std::size_t most = 0, here = 0;
    bool counts = false;
    while (!raw.empty()) {
        auto const line = raw.substr(0, raw.find('\n'));
        raw.remove_prefix(std::min(line.size() + 1, raw.size()));
        if (!line.starts_with(' ') && !line.starts_with('\t')) {
            auto const begin = ascii_lower(line.substr(0, 40));
            auto name = begin.substr(0, begin.find(':') + 1);
            std::erase_if(name, [](char c) { return c == ' ' || c == '\t'; });
            counts = std::ranges::any_of(names, [&](auto one) { return name.ends_with(one); });
            here = 0;
        }
        if (counts) here += static_cast<std::size_t>(std::ranges::count(line, ':'));
        most = std::max(most, here);
    }
    return most;
}

// Every container names its type, so mentions bound the nesting from above, whatever the boundaries are.
Expected<> check_limits(ByteView raw, MimeLimits const& limits) {
    auto const crlf = raw.find("\r\n\r\n"), lf = raw.find("\n\n");
    auto const header = std::min({crlf, lf, raw.size()});
    if (header > limits.header_octets)
        return fail(ErrorKind::too_large, "header_too_large", "The mail's header is too large to be read.");
    auto const containers =
        mentions(raw, "multipart/", limits.containers) + mentions(raw, "message/", limits.containers);
    if (containers > limits.containers)
        return fail(ErrorKind::too_large, "too_nested", "The mail holds too many multiparts or messages to be read.");
    if (colons_of_addresses(raw) > most_groups)
        return fail(ErrorKind::too_large, "too_nested", "The mail holds too many groups of addresses to be read.");
    return {};
}

// Up to where there are at most so many lines that could divide parts: GMime makes them all before we see the first.
std::size_t end_of_lines_with_dashes(ByteView raw, std::size_t most) {
    std::size_t n = 0;
    for (auto at = raw.find("\n--"); at != ByteView::npos; at = raw.find("\n--", at + 3))
        if (++n > most) return at + 1;
    return raw.size();
}

MimeFields fields_of(GMimeObject* object) {
    MimeFields fields;
    auto* const headers = g_mime_object_get_header_list(object);
    int const n = std::min(g_mime_header_list_get_count(headers), 1000);
    for (int i = 0; i < n; ++i) {
        auto* const header = g_mime_header_list_get_header_at(headers, i);
        fields.push_back(
            {as_utf8(from_c(g_mime_header_get_name(header))), as_utf8(from_c(g_mime_header_get_value(header)))});
    }
    return fields;
}

constexpr int most_addresses = 200;

void add_addresses(InternetAddressList* list, std::vector<MimeAddress>& out, bool is_group) {
    int const n = list ? std::min(internet_address_list_length(list), most_addresses) : 0;
    for (int i = 0; i < n && out.size() < most_addresses; ++i) {
        auto* const one = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(one))
            out.push_back({as_utf8(from_c(internet_address_get_name(one)), 1000),
                           as_utf8(from_c(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one))), 1000)});
        else if (INTERNET_ADDRESS_IS_GROUP(one) && !is_group)  // a group in a group is none (RFC 5322 §3.4)
            add_addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), out, true);
    }
}

std::vector<MimeAddress> addresses_of(GMimeMessage* message, GMimeAddressType type) {
    std::vector<MimeAddress> out;
    add_addresses(g_mime_message_get_addresses(message, type), out, false);
    return out;
}

std::optional<Time> date_of(GMimeMessage* message) {
    auto* const date = g_mime_message_get_date(message);
    if (!date) return std::nullopt;
    auto const seconds = g_date_time_to_unix(date);
    if (seconds < 0 || seconds > 253'402'300'799) return std::nullopt;  // the year 9999 ends
    return Time(std::chrono::seconds(seconds));
}

class Walk {
  public:
    explicit Walk(MimeLimits const& limits) : limits_(limits) {}

    MimePart part(GMimeObject* object, std::size_t depth) {
        MimePart out;
        ++seen_;
        auto* const type = g_mime_object_get_content_type(object);
        out.type = ascii_lower(as_utf8(from_c(g_mime_content_type_get_media_type(type)) + '/' +
                                       from_c(g_mime_content_type_get_media_subtype(type))));
        out.report_type = ascii_lower(as_utf8(from_c(g_mime_content_type_get_parameter(type, "report-type"))));
        out.fields = fields_of(object);
        out.disposition = ascii_lower(as_utf8(from_c(g_mime_object_get_disposition(object)), 100));
        out.content_id = as_utf8(from_c(g_mime_object_get_content_id(object)), 500);
        if (depth > limits_.containers) {
            cut_ = true;
        } else if (GMIME_IS_MULTIPART(object)) {
            auto* const multipart = GMIME_MULTIPART(object);
            int const n = g_mime_multipart_get_count(multipart);
            for (int i = 0; i < n && has_room(); ++i)
                out.parts.push_back(part(g_mime_multipart_get_part(multipart, i), depth + 1));
        } else if (GMIME_IS_MESSAGE_PART(object)) {
            auto* const message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
            if (message && has_room()) out.parts.push_back(this->message(message, depth + 1));
        } else if (GMIME_IS_PART(object)) {
            out.file_name = as_utf8(from_c(g_mime_part_get_filename(GMIME_PART(object))), 1000);
            out.content = content(GMIME_PART(object), is_file(out));
        }
        return out;
    }

    // An enclosed message as a part whose fields are the message's.
    MimePart message(GMimeMessage* message, std::size_t depth) {
        MimePart out;
        if (auto* const body = g_mime_message_get_mime_part(message)) out = part(body, depth);
        out.fields = fields_of(GMIME_OBJECT(message));
        return out;
    }

    bool cut() const { return cut_; }

  private:
    // For one part more; without it, the mail is cut.
    bool has_room() {
        if (seen_ < limits_.parts) return true;
        cut_ = true;
        return false;
    }

    Bytes content(GMimePart* part, bool is_file) const {
        // A file stays as it is, whatever it says to be; only what is read as text is converted.
        if (GMIME_IS_TEXT_PART(part) && !is_file)
            return as_utf8(octets(part, g_mime_text_part_get_charset(GMIME_TEXT_PART(part))), limits_.part_octets);
        return octets(part, nullptr).substr(0, limits_.part_octets);
    }

    // Decoded, and converted to UTF-8 where the charset is known; where it is not what it says, the octets as they are.
    // GMime's own function for texts hands out a C string: what follows a NUL would be lost.
    static Bytes octets(GMimePart* part, char const* charset) {
        auto* const data = g_mime_part_get_content(part);
        if (!data) return {};
        Owned<GMimeStream> const memory(g_mime_stream_mem_new());
        Owned<GMimeStream> const stream(g_mime_stream_filter_new(memory.get()));
        if (charset)
            if (Owned<GMimeFilter> const converted{g_mime_filter_charset_new(charset, "utf-8")})
                g_mime_stream_filter_add(GMIME_STREAM_FILTER(stream.get()), converted.get());
        if (g_mime_data_wrapper_write_to_stream(data, stream.get()) < 0) return {};
        g_mime_stream_flush(stream.get());
        auto* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
        return Bytes(reinterpret_cast<char const*>(bytes->data), bytes->len);
    }

    MimeLimits const& limits_;
    std::size_t seen_ = 0;
    bool cut_ = false;
};

void add_text(MimePart const& from, std::string_view type, std::string& out, std::size_t most) {
    if (out.size() >= most || from.type.starts_with("message/")) return;
    if (from.type == type) out.append(as_utf8(from.content, most - out.size())).append("\n");
    for (auto const& part : from.parts) add_text(part, type, out, most);
}

std::string without_tags(std::string_view html) {
    std::string out;
    bool in_tag = false;
    for (char const c : html) {
        if (c == '<') in_tag = true;
        if (!in_tag) out += c;
        if (c == '>' && in_tag) {
            in_tag = false;
            out += ' ';
        }
    }
    return out;
}

}  // namespace

std::string as_utf8(std::string_view text, std::size_t most) {
    if (text.size() <= most && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr))
        return std::string(text);
    bool const cut = text.size() > most;
    text = text.substr(0, most);
    char const* end = nullptr;
    // A character that was cut in two goes; any other octet that is no UTF-8 shows.
    if (cut && !g_utf8_validate(text.data(), static_cast<gssize>(text.size()), &end) &&
        text.data() + text.size() - end < 4)
        text = text.substr(0, static_cast<std::size_t>(end - text.data()));
    char* const made = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
    std::string out(made);
    g_free(made);
    if (out.size() <= most) return out;
    out.resize(most);
    g_utf8_validate(out.data(), static_cast<gssize>(out.size()), &end);
    out.resize(static_cast<std::size_t>(end - out.data()));
    return out;
}

std::string_view field(MimeFields const& fields, std::string_view name) {
    auto const wanted = ascii_lower(name);
    for (auto const& one : fields)
        if (ascii_lower(one.name) == wanted) return one.value;
    return {};
}

Expected<MimeMail> read_mime(ByteView raw, MimeLimits const& limits) {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
    MimeMail mail;
    auto const whole = raw.size();
    raw = raw.substr(0, limits.octets);
    raw = raw.substr(0, end_of_lines_with_dashes(raw, limits.parts * 10));
    mail.cut = raw.size() < whole;
    if (auto const good = check_limits(raw, limits); !good) return fail(good.error());
    Owned<GMimeStream> const stream(g_mime_stream_mem_new_with_buffer(raw.data(), raw.size()));
    Owned<GMimeParser> const parser(g_mime_parser_new_with_stream(stream.get()));
    Owned<GMimeMessage> const message(g_mime_parser_construct_message(parser.get(), nullptr));
    if (!message) return fail(ErrorKind::invalid, "not_a_mail", "These octets cannot be read as a mail.");
    mail.fields = fields_of(GMIME_OBJECT(message.get()));
    mail.from = addresses_of(message.get(), GMIME_ADDRESS_TYPE_FROM);
    mail.to = addresses_of(message.get(), GMIME_ADDRESS_TYPE_TO);
    mail.cc = addresses_of(message.get(), GMIME_ADDRESS_TYPE_CC);
    mail.reply_to = addresses_of(message.get(), GMIME_ADDRESS_TYPE_REPLY_TO);
    mail.date = date_of(message.get());
    if (auto* const body = g_mime_message_get_mime_part(message.get())) {
        Walk walk(limits);
        mail.body = walk.part(body, 0);
        mail.cut = mail.cut || walk.cut();
    }
    if (mail.fields.empty()) return fail(ErrorKind::invalid, "not_a_mail", "These octets have no header of a mail.");
    return mail;
}

std::vector<MimeFields> field_groups(std::string_view text, std::size_t most) {
    std::vector<MimeFields> groups;
    bool open = false;
    while (!text.empty() && groups.size() <= most) {
        auto const end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (trimmed(line).empty()) {
            open = false;
            continue;
        }
        if (!open) groups.emplace_back();
        open = true;
        auto& group = groups.back();
        if ((line.front() == ' ' || line.front() == '\t') && !group.empty()) {
            group.back().value.append(" ").append(trimmed(line));
            continue;
        }
        auto const colon = line.find(':');
        if (colon == std::string_view::npos || group.size() > 100) continue;
        group.push_back({std::string(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
    }
    return groups;
}

MimePart const* find_part(MimePart const& from, std::string_view type) {
    if (from.type == type) return &from;
    if (from.type.starts_with("message/")) return nullptr;
    for (auto const& part : from.parts)
        if (auto const* found = find_part(part, type)) return found;
    return nullptr;
}

std::string text_of(MimePart const& body, std::size_t most) {
    std::string out;
    add_text(body, "text/plain", out, most);
    if (trimmed(out).empty()) {
        out.clear();
        add_text(body, "text/html", out, most);
        out = without_tags(out);
    }
    return out;
}

}  // namespace rapport::channels::email
