// The grammar of RFC 4180 §2 as a machine of five states.
#include "notice/csv.hpp"

#include <algorithm>

namespace rapport::notice {
namespace {

constexpr std::size_t kept_of_a_field = 4 << 10;

std::string hex(unsigned char c) {
    constexpr char digits[] = "0123456789ABCDEF";
    return {'0', 'x', digits[c >> 4], digits[c & 15]};
}

}  // namespace

// RFC 3629 §4: the second octet's range depends on the first one.
bool Utf8Check::take(std::string_view bytes) {
    for (char const character : bytes) {
        auto const c = static_cast<unsigned char>(character);
        ++octet_;
        if (left_ > 0) {
            if (c < least_ || c > most_) {
                failed_ = true;
                wrong_ = c;
                return false;
            }
            least_ = 0x80;
            most_ = 0xbf;
            --left_;
            continue;
        }
        if (c < 0x80 && c != 0) {
            if (c == '\n') ++line_;
            continue;
        }
        if (c >= 0xc2 && c <= 0xdf)
            left_ = 1;
        else if (c >= 0xe0 && c <= 0xef) {
            left_ = 2;
            if (c == 0xe0) least_ = 0xa0;
            if (c == 0xed) most_ = 0x9f;
        } else if (c >= 0xf0 && c <= 0xf4) {
            left_ = 3;
            if (c == 0xf0) least_ = 0x90;
            if (c == 0xf4) most_ = 0x8f;
        } else {
            failed_ = true;
            wrong_ = c;
            utf16_ = octet_ == 1 && c >= 0xfe;  // a byte order mark of UTF-16
            return false;
        }
    }
    return true;
}

bool Utf8Check::end() {
    if (left_ == 0) return true;
    failed_ = cut_ = true;
    return false;
}

FileFault Utf8Check::fault() const {
    if (utf16_) return {"file_encoding", "must be UTF-8; this file is UTF-16", "save it as UTF-8", line_, octet_};
    if (cut_)
        return {"file_encoding", "must be UTF-8; its last character is cut", "send the whole file", line_, octet_};
    if (wrong_ == 0)
        return {"file_encoding", "must be text; it holds a NUL octet", "send a text file, encoded as UTF-8", line_,
                octet_};
    return {"file_encoding", "must be UTF-8; the octet " + hex(wrong_) + " cannot stand there",
            "save the file as UTF-8 (in a spreadsheet: \"CSV UTF-8\")", line_, octet_};
}

bool CsvParser::refuse(std::string code, std::string rule, std::string fix) {
    fault_ = FileFault{std::move(code), std::move(rule), std::move(fix), line_, octet_};
    return false;
}

bool CsvParser::put(char c) {
    if (++bytes_ > limits_.record_bytes)
        return refuse("file_row_too_long",
                      "must have rows of at most " + std::to_string(limits_.record_bytes) +
                          " octets; the one that begins in line " + std::to_string(record_line_) + " has more",
                      quote_line_ != 0
                          ? "look for a quotation mark without its end in line " + std::to_string(quote_line_)
                          : "shorten the row");
    fields_[count_ - 1] += c;
    any_ = true;
    return true;
}

bool CsvParser::next_field() {
    if (count_ >= limits_.columns)
        return refuse("file_columns", "must have at most " + std::to_string(limits_.columns) + " columns",
                      "remove the columns that the notice does not need, or tell the separator");
    if (++count_ > fields_.size()) fields_.emplace_back();
    fields_[count_ - 1].clear();
    any_ = true;
    state_ = State::begin;
    return true;
}

// Fields keep their room for the next record, but not that of one long cell in each column.
void CsvParser::let_go() {
    if (bytes_ <= kept_of_a_field) return;  // then none of them is larger
    for (std::size_t i = 0; i < count_; ++i)
        if (fields_[i].capacity() > kept_of_a_field) std::string().swap(fields_[i]);
}

std::size_t CsvParser::held() const {
    std::size_t octets = fields_.capacity() * sizeof(std::string);
    for (auto const& field : fields_) octets += field.capacity();
    return octets;
}

bool CsvParser::finish_record(Take const& take) {
    bool go_on = true;
    if (any_) go_on = take({fields_, count_, record_line_, line_, record_first_, octet_});
    let_go();
    fields_[0].clear();
    count_ = 1;
    bytes_ = 0;
    any_ = false;
    quote_line_ = 0;
    state_ = State::begin;
    record_line_ = line_;
    record_first_ = octet_;
    return go_on;
}

bool CsvParser::take(std::string_view bytes, Take const& take) {
    for (char const c : bytes) {
        ++octet_;
        bool const ends_line = c == '\n';
        if (ends_line) ++line_;
        bool good = true;
        switch (state_) {
            case State::return_:  // a line may end with CR alone only before the end of the file
                if (!ends_line)
                    return refuse("file_quoting",
                                  "must have line breaks within quotation marks only; a carriage return stands alone",
                                  "end lines with CR LF or LF, and quote fields that have line breaks");
                good = finish_record(take);
                break;
            case State::quoted:
                if (c == '"')
                    state_ = State::quote;
                else
                    good = put(c);
                break;
            case State::quote:
                if (c == '"') {
                    state_ = State::quoted;
                    good = put(c);
                    break;
                }
                if (c != separator_ && c != '\r' && !ends_line)
                    return refuse("file_quoting",
                                  "must have nothing between the end of a quoted field and the separator (field " +
                                      std::to_string(count_) + ")",
                                  "write a quotation mark within a quoted field twice");
                state_ = State::plain;
                [[fallthrough]];
            case State::begin:
            case State::plain:
                if (c == separator_)
                    good = next_field();
                else if (ends_line)
                    good = finish_record(take);
                else if (c == '\r')
                    state_ = State::return_;
                else if (c == '"' && state_ == State::begin) {
                    state_ = State::quoted;
                    quote_line_ = line_;
                    any_ = true;
                } else if (c == '"') {
                    return refuse("file_quoting",
                                  "must have quotation marks at the beginning and end of a field, or twice within a "
                                  "quoted one (field " +
                                      std::to_string(count_) + ")",
                                  "quote the whole field and write the mark twice");
                } else {
                    state_ = State::plain;
                    good = put(c);
                }
                break;
        }
        if (!good) return false;
    }
    return true;
}

bool CsvParser::end(Take const& take) {
    if (state_ == State::quoted) {
        line_ = quote_line_;
        return refuse("file_quoting",
                      "must end each quoted field; the one that begins in line " + std::to_string(quote_line_) +
                          " (field " + std::to_string(count_) + ") does not end",
                      "add the quotation mark at its end");
    }
    return finish_record(take);
}

char separator_in(std::string_view beginning) {
    constexpr char candidates[] = {',', ';', '\t'};
    std::size_t counts[] = {0, 0, 0};
    bool quoted = false;
    for (char const c : beginning) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n') break;
        for (std::size_t i = 0; i < 3; ++i) counts[i] += c == candidates[i];
    }
    return candidates[std::max_element(counts, counts + 3) - counts];
}

bool is_formula(std::string_view cell) {
    if (cell.empty()) return false;
    char const first = cell.front();
    if (first == '=' || first == '@' || first == '\t' || first == '\r') return true;
    if (first != '+' && first != '-') return false;
    return cell.size() > 1 && cell.find_first_not_of("0123456789 .,()/-", 1) != std::string_view::npos;
}

void append_cell(std::string& line, std::string_view cell) {
    bool const harmful = !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
    bool const quoted = harmful || cell.find_first_of(",;\t\"\r\n") != std::string_view::npos;
    if (!quoted) {
        line += cell;
        return;
    }
    line += '"';
    if (harmful) line += '\'';
    for (char const c : cell) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

}  // namespace rapport::notice
