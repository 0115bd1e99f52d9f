// Signs mails (RFC 6376 §3.5, §3.7). Line by line for the body; the header fields are few and small.
#include "channels/email/dkim.hpp"

#include <algorithm>
#include <optional>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace rapport::channels::email {
namespace {

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ascii_lower(a) == ascii_lower(b);
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// WSP runs become one space (§3.4.2, §3.4.4). `trim_front` for fields only.
void append_relaxed(std::string& out, std::string_view line, bool trim_front) {
    std::size_t const start = out.size();
    bool blank = false;
    for (char c : line) {
        if (is_blank(c)) {
            blank = true;
            continue;
        }
        if (blank && !(trim_front && out.size() == start)) out += ' ';
        blank = false;
        out += c;
    }
}

bool is_relaxed_already(std::string_view line) {
    if (line.empty()) return true;
    if (is_blank(line.back())) return false;
    for (std::size_t i = 0; i < line.size(); ++i)
        if (line[i] == '\t' || (line[i] == ' ' && line[i + 1] == ' ')) return false;  // a blank is never the last
    return true;
}

struct Field {
    std::string_view name, value;  // the value with its folding, without the last line end
};

// The header's fields in order; `body` becomes what follows the empty line.
std::vector<Field> fields_of(ByteView mail, ByteView& body) {
    std::vector<Field> fields;
    std::size_t at = 0;
    while (at < mail.size()) {
        std::size_t end = at;
        do {
            auto const feed = mail.find('\n', end);
            end = feed == ByteView::npos ? mail.size() : feed + 1;
        } while (end < mail.size() && is_blank(mail[end]));
        auto field = mail.substr(at, end - at);
        at = end;
        while (!field.empty() && (field.back() == '\n' || field.back() == '\r')) field.remove_suffix(1);
        if (field.empty()) break;  // the header's end
        auto const colon = field.find(':');
        if (colon != ByteView::npos) fields.push_back({trimmed(field.substr(0, colon)), field.substr(colon + 1)});
    }
    body = mail.substr(at);
    return fields;
}

struct Signed {
    std::string_view name;
    bool when_absent;  // signed although it is not there: nobody can add one
};
// §5.4.1, and both fields of one-click unsubscribing (RFC 8058 §4).
constexpr Signed signed_fields[] = {
    {"From", true},
    {"To", true},
    {"Subject", true},
    {"Date", true},
    {"Message-ID", true},
    {"Cc", true},
    {"Reply-To", true},
    {"In-Reply-To", true},
    {"References", true},
    {"MIME-Version", true},
    {"Content-Type", true},
    {"Content-Transfer-Encoding", true},
    {"Auto-Submitted", false},
    {"List-Id", false},
    {"List-Unsubscribe", false},
    {"List-Unsubscribe-Post", false},
};

struct Covered {
    std::vector<std::string_view> names;  // h=
    std::string data;                     // the canonical fields
};

Covered cover(std::vector<Field> const& fields) {
    Covered covered;
    for (auto const& row : signed_fields) {
        std::size_t present = 0;
        for (auto field = fields.rbegin(); field != fields.rend(); ++field) {  // §5.4.2: from the bottom up
            if (!same_name(field->name, row.name)) continue;
            covered.names.push_back(row.name);
            covered.data += relaxed_field(field->name, field->value);
            ++present;
        }
        if (present > 0 || row.when_absent) covered.names.push_back(row.name);
    }
    return covered;
}

// Folded so that no line is longer than 76.
class Folded {
  public:
    explicit Folded(std::string_view name) : text_(name), column_(name.size() + 1) { text_ += ':'; }
    void tag(std::string_view tag) { piece(tag, true); }
    void piece(std::string_view piece, bool blank) {
        if (column_ + piece.size() + 1 > 76) {
            text_ += "\r\n\t";
            column_ = 1;
        } else if (blank) {
            text_ += ' ';
            ++column_;
        }
        text_ += piece;
        column_ += piece.size();
    }
    std::string const& text() const { return text_; }

  private:
    std::string text_;
    std::size_t column_;
};

std::string_view name_of(DkimAlgorithm algorithm) {
    return algorithm == DkimAlgorithm::rsa_sha256 ? "rsa-sha256" : "ed25519-sha256";
}

// The field up to and with "b=".
Folded begin_field(DkimIdentity const& identity, Covered const& covered, std::string const& body_hash, Time now) {
    Folded field("DKIM-Signature");
    field.tag("v=1;");
    field.tag(std::string("a=") + std::string(name_of(identity.key.algorithm())) + ';');
    field.tag("c=relaxed/relaxed;");
    field.tag("d=" + identity.domain + ';');
    field.tag("s=" + identity.selector + ';');
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    field.tag("t=" + std::to_string(seconds) + ';');
    for (std::size_t i = 0; i < covered.names.size(); ++i) {
        std::string piece = i == 0 ? "h=" : "";
        piece += covered.names[i];
        piece += i + 1 == covered.names.size() ? ';' : ':';
        field.piece(piece, i == 0);
    }
    field.tag("bh=" + body_hash + ';');
    field.tag("b=");
    return field;
}

}  // namespace

std::string relaxed_field(std::string_view name, std::string_view value) {
    std::string out = ascii_lower(trimmed(name)) + ':';
    std::string unfolded;
    unfolded.reserve(value.size());
    for (char c : value)
        if (c != '\r' && c != '\n') unfolded += c;
    std::string clean;
    append_relaxed(clean, unfolded, true);
    return out + clean + "\r\n";
}

Digest relaxed_body_hash(ByteView body) {
    Sha256 hash;
    std::string line, pending;
    std::size_t empty_lines = 0;  // that count only when something follows (§3.4.4)
    for (std::size_t at = 0; at < body.size();) {
        auto const feed = body.find('\n', at);
        auto text = body.substr(at, (feed == ByteView::npos ? body.size() : feed) - at);
        at = feed == ByteView::npos ? body.size() : feed + 1;
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!is_relaxed_already(text)) {
            line.clear();
            append_relaxed(line, text, false);
            text = line;
        }
        if (text.empty()) {
            ++empty_lines;
            continue;
        }
        for (; empty_lines > 0; --empty_lines) pending += "\r\n";
        pending.append(text).append("\r\n");
        if (pending.size() >= 16 * 1024) {
            hash.add(pending);
            pending.clear();
        }
    }
    hash.add(pending);
    return hash.finish();
}

std::string DkimSigner::sign(ByteView mail, Time now) const {
    if (identities_.empty()) return {};
    ByteView body;
    auto const fields = fields_of(mail, body);
    auto const covered = cover(fields);
    auto const body_hash = to_base64(relaxed_body_hash(body).view());
    std::string out;
    for (auto const& identity : identities_) {
        auto field = begin_field(identity, covered, body_hash, now);
        auto const& text = field.text();
        auto own = relaxed_field("DKIM-Signature", std::string_view(text).substr(text.find(':') + 1));
        own.resize(own.size() - 2);  // without its line end (§3.7)
        auto const signature = to_base64(identity.key.sign(covered.data + own));
        for (std::size_t at = 0; at < signature.size(); at += 70)
            field.piece(std::string_view(signature).substr(at, 70), false);
        out += field.text() + "\r\n";
    }
    return out;
}

}  // namespace rapport::channels::email
