// Reading an IMAP server's lines.
#include "channels/email/imap_answer.hpp"

#include <algorithm>
#include <charconv>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "channels/email/reply.hpp"

namespace rapport::channels::email {
namespace {

constexpr std::size_t line_limit = 1 << 20;  // without its literals; a SEARCH response of 50,000 numbers is long
constexpr std::size_t most_literals = 16, most_tokens = 100'000;
constexpr std::size_t words_limit = 300;

std::string upper(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number n = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return n;
}

// "{42}" or "{42+}", with or without "~" before it (RFC 3516), at the end of a line: 42.
std::optional<std::size_t> literal_at_end(std::string_view line) {
    if (!line.ends_with('}')) return std::nullopt;
    auto const begin = line.rfind('{');
    if (begin == std::string_view::npos) return std::nullopt;
    auto digits = line.substr(begin + 1, line.size() - begin - 2);
    if (digits.ends_with('+')) digits.remove_suffix(1);
    return number_of<std::size_t>(digits);
}

// One piece of a line, between literals.
bool tokenise(std::string_view piece, std::vector<ImapToken>& out) {
    using Kind = ImapToken::Kind;
    std::size_t i = 0;
    while (i < piece.size()) {
        if (out.size() >= most_tokens) return false;
        char const c = piece[i];
        if (c == ' ') {
            ++i;
        } else if (c == '(' || c == ')') {
            out.push_back({c == '(' ? Kind::open : Kind::close, {}});
            ++i;
        } else if (c == '"') {
            std::string text;
            for (++i; i < piece.size() && piece[i] != '"'; ++i) {
                if (piece[i] == '\\' && i + 1 < piece.size()) ++i;
                text += piece[i];
            }
            if (i == piece.size()) return false;
            ++i;
            out.push_back({Kind::text, std::move(text)});
        } else {
            // Section names have brackets with blanks in them: BODY[HEADER.FIELDS (SUBJECT)].
            auto const begin = i;
            int brackets = 0;
            for (; i < piece.size(); ++i) {
                char const at = piece[i];
                if (at == '[') ++brackets;
                if (at == ']' && brackets > 0) --brackets;
                if (brackets == 0 && (at == ' ' || at == '(' || at == ')' || at == '"')) break;
            }
            out.push_back({Kind::atom, std::string(piece.substr(begin, i - begin))});
        }
    }
    return true;
}

}  // namespace

bool ImapToken::is(std::string_view atom) const {
    return kind == Kind::atom && text.size() == atom.size() && upper(text) == upper(atom);
}

std::string ImapAnswer::status() const {
    if (tokens.empty() || tokens.front().kind != ImapToken::Kind::atom) return {};
    auto const first = upper(tokens.front().text);
    for (auto const* one : {"OK", "NO", "BAD", "BYE", "PREAUTH"})
        if (first == one) return first;
    return {};
}

std::optional<std::string> ImapAnswer::code(std::string_view name) const {
    if (!words.starts_with('[')) return std::nullopt;
    auto const end = words.find(']');
    if (end == std::string::npos) return std::nullopt;
    auto const inside = std::string_view(words).substr(1, end - 1);
    auto const blank = std::min(inside.find(' '), inside.size());
    if (upper(inside.substr(0, blank)) != upper(name)) return std::nullopt;
    return std::string(trimmed(inside.substr(blank)));
}

std::optional<std::uint32_t> ImapAnswer::number_before(std::string_view word) const {
    if (tag != "*" || tokens.size() < 2 || !tokens[1].is(word)) return std::nullopt;
    return number_of<std::uint32_t>(tokens[0].text);
}

std::optional<std::vector<std::string>> ImapAnswer::capabilities() const {
    std::vector<std::string> all;
    if (!tokens.empty() && tokens.front().is("CAPABILITY")) {
        for (auto const& token : tokens) all.push_back(token.text);
        return all;
    }
    auto const list = code("CAPABILITY");
    if (!list) return std::nullopt;
    for (std::string_view rest = *list; !rest.empty();) {
        auto const n = std::min(rest.find(' '), rest.size());
        all.emplace_back(rest.substr(0, n));
        rest.remove_prefix(std::min(n + 1, rest.size()));
    }
    return all;
}

bool ImapAnswer::is_search() const { return !tokens.empty() && tokens.front().is("SEARCH"); }

std::vector<std::uint32_t> ImapAnswer::found() const {
    std::vector<std::uint32_t> all;
    for (std::size_t i = 1; is_search() && i < tokens.size(); ++i)
        if (auto const number = number_of<std::uint32_t>(tokens[i].text)) all.push_back(*number);
    return all;
}

std::optional<std::string_view> ImapAnswer::fetched(std::string_view name) const {
    using Kind = ImapToken::Kind;
    if (tokens.size() < 3 || !tokens[1].is("FETCH") || tokens[2].kind != Kind::open) return std::nullopt;
    // Names and values take turns; a value may be a list.
    int depth = 0;
    bool is_name = true, found = false;
    for (std::size_t i = 3; i < tokens.size(); ++i) {
        auto const& token = tokens[i];
        if (token.kind == Kind::open) ++depth;
        if (token.kind == Kind::close && depth-- == 0) break;
        if (depth > 0) continue;
        if (is_name)
            found = token.is(name);
        else if (found)
            return token.kind == Kind::close ? std::nullopt : std::optional<std::string_view>(token.text);
        is_name = !is_name;
    }
    return std::nullopt;
}

ImapReader::Status ImapReader::end_of_line(std::size_t end) {
    auto const piece = std::string_view(in_).substr(line_, end - line_);
    auto const size = literal_at_end(piece);
    if (!size) return Status::complete;
    auto room = literal_limit_;
    for (auto const& literal : literals_) room -= literal.second;
    if (*size > room) return Status::too_large;
    if (literals_.size() == most_literals) return Status::broken;
    literals_.emplace_back(end + 2, *size);
    line_ = scanned_ = end + 2 + *size;
    return Status::incomplete;
}

ImapReader::Status ImapReader::take(ImapAnswer& answer) {
    std::size_t end = 0;
    for (;;) {
        if (in_.size() < line_) return Status::incomplete;  // in a literal
        end = in_.find("\r\n", scanned_);
        if (end == std::string::npos) {
            scanned_ = std::max(line_, in_.empty() ? 0 : in_.size() - 1);
            return in_.size() - line_ > line_limit ? Status::broken : Status::incomplete;
        }
        if (end - line_ > line_limit) return Status::broken;
        auto const status = end_of_line(end);
        if (status == Status::complete) break;
        if (status != Status::incomplete) return status;
    }

    answer = {};
    auto const first = std::string_view(in_).substr(0, literals_.empty() ? end : literals_.front().first);
    bool const is_continuation = literals_.empty() && first.starts_with('+');
    auto at = is_continuation ? 1 : std::min(first.find(' '), first.size());
    answer.tag = first.substr(0, at);
    bool sound = !answer.tag.empty() && answer.tag.find_first_of("\"(){}") == std::string::npos;
    for (auto const& [begin, size] : literals_) {
        auto piece = std::string_view(in_).substr(at, begin - at);
        piece = piece.substr(0, piece.rfind('{'));
        if (piece.ends_with('~')) piece.remove_suffix(1);
        sound = sound && tokenise(piece, answer.tokens);
        answer.tokens.push_back({ImapToken::Kind::text, in_.substr(begin, size)});
        at = begin + size;
    }
    // Text for people may hold anything: it is not taken apart.
    auto structured = std::string_view(in_).substr(at, end - at);
    if (is_continuation) structured = {};
    if (literals_.empty()) {
        auto const word_end = std::min(structured.find(' ', 1), structured.size());
        ImapAnswer head;
        if (!structured.empty()) head.tokens.push_back({{}, std::string(structured.substr(1, word_end - 1))});
        if (!head.status().empty()) {
            answer.words = printable(trimmed(structured.substr(word_end)), words_limit);
            structured = structured.substr(0, word_end);
        }
    }
    sound = sound && tokenise(structured, answer.tokens);
    in_.erase(0, end + 2);
    line_ = scanned_ = 0;
    literals_.clear();
    return sound ? Status::complete : Status::broken;
}

std::optional<std::string> imap_quoted(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) return std::nullopt;
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::optional<Time> imap_time(std::string_view text) {
    constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
    text = trimmed(text);
    auto const dash = text.find('-');
    if (dash == 0 || dash > 2 || text.size() != dash + 24) return std::nullopt;
    auto const at = [&](std::size_t from, std::size_t n) { return number_of<std::uint16_t>(text.substr(from, n)); };
    auto const month = months.find(ascii_lower(text.substr(dash + 1, 3)));
    auto const day = at(0, dash), year = at(dash + 5, 4), hour = at(dash + 10, 2), minute = at(dash + 13, 2),
               second = at(dash + 16, 2), zone_hour = at(dash + 20, 2), zone_minute = at(dash + 22, 2);
    if (!day || !year || !hour || !minute || !second || !zone_hour || !zone_minute || month % 3 != 0)
        return std::nullopt;
    using namespace std::chrono;
    year_month_day const date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                              std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    auto const east = hours(*zone_hour) + minutes(*zone_minute);
    auto const local = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
    return Time(text[dash + 19] == '-' ? local + east : local - east);
}

std::optional<std::string> imap_mailbox(std::string_view utf8) {
    std::string out;
    std::string utf16;  // big-endian, of the run that is not ASCII
    auto const flush = [&] {
        if (utf16.empty()) return;
        auto coded = to_base64(utf16);
        while (coded.ends_with('=')) coded.pop_back();
        std::ranges::replace(coded, '/', ',');
        out += '&' + coded + '-';
        utf16.clear();
    };
    if (!is_plain_text(utf8)) return std::nullopt;
    for (std::size_t i = 0; i < utf8.size();) {
        auto const c = static_cast<unsigned char>(utf8[i]);
        if (c < 0x20) return std::nullopt;
        if (c < 0x7f) {
            flush();
            out += c == '&' ? std::string("&-") : std::string(1, static_cast<char>(c));
            ++i;
            continue;
        }
        std::size_t const n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        char32_t code = n == 4 ? c & 0x07U : n == 3 ? c & 0x0fU : n == 2 ? c & 0x1fU : c;
        for (std::size_t j = 1; j < n; ++j) code = (code << 6U) | (static_cast<unsigned char>(utf8[i + j]) & 0x3fU);
        i += n;
        auto const add = [&](char32_t unit) {
            utf16 += static_cast<char>(unit >> 8U);
            utf16 += static_cast<char>(unit & 0xffU);
        };
        if (code >= 0x10000) {
            add(0xd800 + ((code - 0x10000) >> 10U));
            add(0xdc00 + ((code - 0x10000) & 0x3ffU));
        } else {
            add(code);
        }
    }
    flush();
    return imap_quoted(out);
}

}  // namespace rapport::channels::email
