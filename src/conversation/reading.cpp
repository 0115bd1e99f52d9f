// From a MIME tree to a message: who, to whom, which words, which files.
#include "conversation/reading.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "channels/email/dsn.hpp"
#include "conversation/html.hpp"
#include "post/secret_links.hpp"

namespace rapport::conversation {
namespace {

namespace email = channels::email;

constexpr std::size_t most_text = 4 << 20, most_addresses = 100, most_delivered = 50;
constexpr std::size_t longest_quotation_line = 300;

std::vector<MailAddress> addresses_from(std::vector<email::MimeAddress> const& from) {
    std::vector<MailAddress> out;
    for (auto const& one : from) {
        if (out.size() == most_addresses) break;
        out.push_back({email::shown(one.name, 200), email::shown(one.address, 320)});
    }
    return out;
}

constexpr std::size_t preview_size = 200;  // characters

bool is_text(email::MimePart const& part) { return part.type == "text/plain" || part.type == "text/html"; }

// What a mail program shows in the message's place.
bool is_body(email::MimePart const& part) { return is_text(part) && !email::is_file(part); }

class Bodies {
  public:
    explicit Bodies(Reading& out) : out_(out) {}

    void take(email::MimePart const& part) {
        if (part.type == "multipart/alternative") return take_alternatives(part);
        if (part.type.starts_with("multipart/")) {
            for (auto const& one : part.parts) take(one);
            return;
        }
        if (is_body(part)) return add(part.type == "text/html" ? out_.html : out_.text, part.content);
        add_piece(part);
    }

  private:
    // RFC 2046 §5.1.4: the same said in several ways. The plain one and the HTML one are kept; files in them, too.
    void take_alternatives(email::MimePart const& part) {
        for (auto const& one : part.parts) take(one);
    }
    static void add(std::string& to, std::string_view text) {
        if (to.size() >= most_text) return;
        if (!to.empty()) to += '\n';
        to += email::as_utf8(text, most_text - to.size());
    }
    void add_piece(email::MimePart const& part) {
        auto name = part.file_name;
        Bytes bytes = part.content;
        if (part.type.starts_with("message/") && !part.parts.empty()) {
            auto const& inner = part.parts.front();
            if (name.empty()) name = std::string(email::field(inner.fields, "Subject")) + ".txt";
            for (auto const& one : inner.fields) bytes += one.name + ": " + one.value + "\n";
            bytes += "\n" + email::text_of(inner);
            bytes = post::without_secret_links(bytes);
        }
        if (!name.empty() || !bytes.empty())
            out_.pieces.push_back(
                {email::shown(name, 200), email::shown(part.content_id, 200), false, std::move(bytes)});
        if (part.type.starts_with("message/"))
            for (auto const& inner : part.parts) take_files(inner);
    }
    // Of an enclosed mail: its words are a file, and its own files stand beside it.
    void take_files(email::MimePart const& part) {
        if (part.type.starts_with("multipart/")) {
            for (auto const& one : part.parts) take_files(one);
        } else if (!is_body(part)) {
            add_piece(part);
        }
    }

    Reading& out_;
};

std::string unified_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        out += text[i] == '\r' ? '\n' : text[i];
    }
    return out;
}

// Lines that mail programs put before what they quote; in lower case.
constexpr auto announcements = std::to_array<std::string_view>(
    {"-----original message-----", "----- original message -----", "---------- forwarded message",
     "-------- original message --------", "-----messaggio originale-----", "-----ursprüngliche nachricht-----",
     "-----message d'origine-----", "________________________________", "-----元のメッセージ-----",
     "-----원본 메시지-----"});
// "On … Ada wrote:" in some languages: how its last words go.
constexpr auto wrote =
    std::to_array<std::string_view>({"wrote:", "ha scritto:", "schrieb:", "a écrit :", "a écrit:", "escribió:",
                                     "escreveu:", "のメッセージ:", "님이 작성:", "เขียนว่า:", "نوشت:", "نوشته است:"});

bool announces(std::string_view line) {
    if (line.size() > longest_quotation_line) return false;
    auto const lower = ascii_lower(line);
    return std::ranges::any_of(announcements, [&](auto begin) { return lower.starts_with(begin); }) ||
           std::ranges::any_of(wrote, [&](auto end) { return lower.ends_with(end); });
}

constexpr auto reply_marks =
    std::to_array<std::string_view>({"re", "r", "aw", "antw", "sv", "vs", "ref", "fw", "fwd", "wg", "i", "tr", "rv",
                                     "enc", "回复", "返信", "답장", "ตอบ", "پاسخ"});

std::string one_blank(std::string_view text) {
    std::string out;
    for (char const c : text) {
        bool const blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return std::string(trimmed(out));
}

}  // namespace

std::vector<std::string> message_ids_in(std::string_view value, std::size_t most) {
    std::vector<std::string> found;
    while (found.size() < most) {
        auto const begin = value.find('<');
        if (begin == std::string_view::npos) break;
        value.remove_prefix(begin);
        auto const end = value.find('>');
        if (end == std::string_view::npos) break;
        std::string id(value.substr(0, end + 1));
        value.remove_prefix(end + 1);
        std::erase_if(id, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });  // folded within
        if (email::is_message_id(id) && std::ranges::find(found, id) == found.end()) found.push_back(std::move(id));
    }
    return found;
}

std::size_t begin_of_quotation(std::string_view text) {
    // The last run of lines that are quoted, or all from a line that announces an original message.
    std::size_t at = 0, begin_of_run = text.size(), announced = text.size();
    bool in_run = false;
    while (at < text.size()) {
        auto const end = std::min(text.find('\n', at), text.size());
        auto const line = trimmed(text.substr(at, end - at));
        bool const quoted = line.starts_with('>');
        if (announces(line)) {
            if (line.ends_with(':') && !line.starts_with('-')) {
                if (!in_run) begin_of_run = at;  // "On … wrote:" belongs to what follows, if that is quoted
                in_run = true;
            } else if (announced == text.size()) {
                announced = at;
            }
        } else if (quoted) {
            if (!in_run) begin_of_run = at;
            in_run = true;
        } else if (!line.empty()) {
            in_run = false;
            begin_of_run = text.size();
        }
        at = end + 1;
    }
    return std::min(begin_of_run, announced);
}

std::string bare_subject(std::string_view subject) {
    auto bare = ascii_lower(one_blank(subject));
    for (bool again = true; again;) {
        again = false;
        auto const colon =
            std::min(bare.find(':'), bare.find("：") == std::string::npos ? bare.size() : bare.find("："));
        if (colon >= bare.size()) break;
        auto mark = bare.substr(0, colon);
        mark = mark.substr(0, mark.find_first_of("[( "));  // "Re[2]:"
        if (std::ranges::find(reply_marks, mark) == reply_marks.end()) break;
        bare = std::string(trimmed(std::string_view(bare).substr(colon + (bare[colon] == ':' ? 1 : 3))));
        again = true;
    }
    return bare;
}

std::string preview_of(std::string_view text) {
    return email::shown(one_blank(text.substr(0, preview_size * 6)), preview_size);
}

Reading read_mail(email::MimeMail const& mail, std::string_view envelope_sender) {
    Reading out;
    out.subject = email::shown(one_blank(email::field(mail.fields, "Subject")), 1000);
    if (!mail.from.empty()) out.from = addresses_from({mail.from.front()}).front();
    EmailAddress sender;
    if (from_text(out.from.address, sender)) out.sender = sender;
    out.to = addresses_from(mail.to);
    out.cc = addresses_from(mail.cc);
    out.reply_to = addresses_from(mail.reply_to);
    auto const own = message_ids_in(email::field(mail.fields, "Message-ID"), 1);
    if (!own.empty()) out.message_id = own.front();
    out.in_reply_to = message_ids_in(email::field(mail.fields, "In-Reply-To"));
    out.references = message_ids_in(email::field(mail.fields, "References"), 1000);
    if (out.references.size() > most_references)  // the newest say most
        out.references.erase(out.references.begin(),
                             out.references.end() - static_cast<std::ptrdiff_t>(most_references));
    for (auto const& field : mail.fields) {
        auto const name = ascii_lower(field.name);
        if ((name == "delivered-to" || name == "x-original-to") && out.delivered_to.size() < most_delivered)
            out.delivered_to.push_back(email::shown(trimmed(field.value), 320));
    }
    out.automatic = automatic_sign(mail, envelope_sender);
    out.cut = mail.cut;
    Bodies(out).take(mail.body);
    // An answer to one of our letters quotes its links, which work for whoever has them.
    out.text = post::without_secret_links(out.text);
    out.html = post::without_secret_links(out.html);
    for (auto& piece : out.pieces)
        piece.shown_inside = !piece.content_id.empty() && out.html.find("cid:" + piece.content_id) != std::string::npos;
    out.text = unified_lines(out.text);
    if (trimmed(out.text).empty() && !out.html.empty()) out.text = text_of_html(out.html);
    out.own = begin_of_quotation(out.text);
    if (trimmed(std::string_view(out.text).substr(0, out.own)).empty()) out.own = out.text.size();  // only a quotation
    return out;
}

}  // namespace rapport::conversation
