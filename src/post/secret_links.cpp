// Finds the secrets of links in words and in mails, and hides them.
#include "post/secret_links.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace rapport::post {
namespace {

constexpr std::size_t least_secret = 32;  // characters; the shortest link has so many
constexpr std::string_view link_letters = "pnu";

bool is_token(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

struct Span {
    std::size_t at = 0, size = 0;
};

// How a text writes its characters.
enum class Written : std::uint8_t { plainly, perhaps_quoted_printable };

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    return std::nullopt;
}

// Reads the characters of an address as its reader means them, and knows where they stand.
class Walker {
  public:
    Walker(std::string_view text, std::size_t from, Written written) : text_(text), at_(from), written_(written) {}

    std::size_t at() const { return at_; }

    // The next character. A slash may be written as in an address within an address (RFC 3986 §2.1): programs that
    // check links before they are followed put the real one into their own.
    std::optional<char> next(Span& where) {
        auto const c = one(where);
        if (c != '%') return c;
        for (std::string_view const slash : {"2f", "252f"}) {
            Walker ahead = *this;
            Span last;
            bool const is_slash = std::ranges::all_of(slash, [&](char wanted) {
                auto const given = ahead.one(last);
                return given == wanted || (wanted == 'f' && given == 'F');
            });
            if (!is_slash) continue;
            where.size = last.at + last.size - where.at;
            *this = ahead;
            return '/';
        }
        return c;
    }

  private:
    // Soft line breaks (RFC 2045 §6.7 (5)) are no characters.
    std::optional<char> one(Span& where) {
        if (written_ == Written::perhaps_quoted_printable) {
            for (;;) {
                auto const rest = text_.substr(at_);
                if (rest.starts_with("=\r\n"))
                    at_ += 3;
                else if (rest.starts_with("=\n"))
                    at_ += 2;
                else
                    break;
            }
            if (at_ + 2 < text_.size() && text_[at_] == '=')
                if (auto const high = hex_value(text_[at_ + 1]), low = hex_value(text_[at_ + 2]); high && low) {
                    where = {at_, 3};
                    at_ += 3;
                    return static_cast<char>(*high << 4 | *low);
                }
        }
        if (at_ >= text_.size()) return std::nullopt;
        where = {at_, 1};
        return text_[at_++];
    }

    std::string_view text_;
    std::size_t at_;
    Written written_;
};

// A walker before the secret of a link that begins here; nothing: none does.
std::optional<Walker> secret_at(std::string_view text, std::size_t begin, Written written) {
    Walker walker(text, begin, written);
    Span where;
    if (walker.next(where) != '/') return std::nullopt;
    auto const letter = walker.next(where);
    if (!letter || link_letters.find(*letter) == link_letters.npos || walker.next(where) != '/') return std::nullopt;
    Walker ahead = walker;
    for (std::size_t i = 0; i < least_secret; ++i)
        if (auto const c = ahead.next(where); !c || !is_token(*c)) return std::nullopt;
    return walker;
}

// Where the address of a link may begin. Not at a soft line break: what follows it is looked at by itself, and a mail
// of nothing else would be read once for each of them.
bool may_begin(std::string_view text, std::size_t at, Written written) {
    char const c = text[at];
    if (c == '/' || c == '%') return true;
    return c == '=' && written == Written::perhaps_quoted_printable && at + 2 < text.size() &&
           hex_value(text[at + 1]) && hex_value(text[at + 2]);
}

// Calls hide(characters) for each character of each secret. Every character is looked at a few times, however many
// links there are and however long their secrets.
template <class Hide>
void each_secret(std::string_view text, Written written, Hide const& hide) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!may_begin(text, i, written)) continue;
        auto walker = secret_at(text, i, written);
        if (!walker) continue;
        Span where;
        for (auto end = *walker;; *walker = end) {
            auto const c = end.next(where);
            if (!c || !is_token(*c)) break;
            hide(where);
        }
        i = walker->at() - 1;
    }
}

void hide_in(std::string& text, Written written) {
    each_secret(text, written, [&](Span where) { text.replace(where.at, where.size, where.size, 'x'); });
}

// Lines of base64 one after the other: where their characters stand.
class Base64Block {
  public:
    bool add(std::string_view line, std::size_t at) {
        if (line.size() < 4 || line.find_first_not_of(alphabet) != line.npos) return false;
        lines_.push_back({at, line.size()});
        return true;
    }
    void hide_in(Bytes& raw) {
        std::string coded;
        for (auto const& line : lines_) coded.append(raw, line.at, line.size);
        coded.resize(coded.size() / 4 * 4);  // a returned letter may have been cut short
        auto const plain = from_base64(coded);
        auto hidden = plain.value_or(Bytes());
        post::hide_in(hidden, Written::perhaps_quoted_printable);
        if (plain && hidden != *plain) {
            std::string_view rest = coded = to_base64(hidden);
            for (auto const& line : lines_) {
                raw.replace(line.at, std::min(line.size, rest.size()), rest.substr(0, line.size));
                rest.remove_prefix(std::min(line.size, rest.size()));
            }
        }
        lines_.clear();
    }

  private:
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    std::vector<Span> lines_;
};

}  // namespace

std::string without_secret_links(std::string_view text) {
    std::string out;
    std::size_t done = 0;
    each_secret(text, Written::plainly, [&](Span where) {
        if (where.at != done) out.append(text.substr(done, where.at - done)).append("…");
        done = where.at + where.size;
    });
    return out.append(text.substr(done));
}

Bytes mail_without_secret_links(Bytes raw) {
    Base64Block block;
    for (std::size_t at = 0; at < raw.size();) {
        auto const end = std::min(raw.find('\n', at), raw.size());
        std::string_view line(raw.data() + at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!block.add(line, at)) block.hide_in(raw);
        at = end + 1;
    }
    block.hide_in(raw);
    hide_in(raw, Written::perhaps_quoted_printable);
    return raw;
}

}  // namespace rapport::post
