// Comma-separated values (RFC 4180), strictly, octets as they come, cut wherever. No database, no clock; memory is
// bounded by one record, whatever the records before it had. A file is UTF-8; a byte order mark at its beginning is
// skipped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notice {

// What ends a file, where in it, and what to do. Lines and octets count from 1, fields too.
struct FileFault {
    std::string code;  // file_encoding, file_quoting, file_columns, file_row_too_long
    std::string rule, fix;
    std::int64_t line = 0, octet = 0;
};

// Finds the first octet that is not UTF-8 (RFC 3629), or is NUL.
class Utf8Check {
  public:
    bool take(std::string_view bytes);  // false: fault() says where
    bool end();                         // false: the last character is cut
    FileFault fault() const;

  private:
    std::int64_t line_ = 1, octet_ = 0;
    int left_ = 0;                              // octets that the character under way still needs
    unsigned char least_ = 0x80, most_ = 0xbf;  // of the next one
    unsigned char wrong_ = 0;
    bool failed_ = false, cut_ = false, utf16_ = false;
};

struct CsvLimits {
    std::size_t columns = 200;
    std::size_t record_bytes = 256 << 10;
};

// One record. The fields stand in the parser until the next one.
struct CsvRecord {
    std::vector<std::string> const& fields;
    std::size_t count;             // of them; there may be more strings than fields
    std::int64_t line, next_line;  // where it begins, and the next one
    std::int64_t first, end;       // octets of the file: [first, end), with the line's end
};

class CsvParser {
  public:
    using Take = std::function<bool(CsvRecord const&)>;  // false: enough

    CsvParser(char separator, CsvLimits limits, std::int64_t line = 1, std::int64_t octet = 0)
        : separator_(separator),
          limits_(limits),
          line_(line),
          record_line_(line),
          octet_(octet),
          record_first_(octet) {}

    // False: fault() says why, or `take` had enough. Empty lines are no records.
    bool take(std::string_view bytes, Take const& take);
    bool end(Take const& take);  // the last record may have no line's end
    std::optional<FileFault> const& fault() const { return fault_; }
    std::size_t held() const;  // octets, for its fields

  private:
    enum class State : std::uint8_t { begin, plain, quoted, quote, return_ };
    bool put(char c);
    bool next_field();
    bool finish_record(Take const& take);
    void let_go();
    bool refuse(std::string code, std::string rule, std::string fix);

    char separator_;
    CsvLimits limits_;
    State state_ = State::begin;
    std::vector<std::string> fields_{1};
    std::size_t count_ = 1;  // fields of the record under way
    std::size_t bytes_ = 0;  // in them
    bool any_ = false;       // the record has an octet, or a quoted field
    std::int64_t line_, record_line_, octet_, record_first_, quote_line_ = 0;
    std::optional<FileFault> fault_;
};

// The separator of a file that begins so: the one of , ; and tab that its first line has most of, outside quotes.
char separator_in(std::string_view beginning);

// Would a spreadsheet take this cell for a formula? Numbers and telephone numbers with a sign are none.
bool is_formula(std::string_view cell);

// A cell of a report: quoted where it must be, and made harmless by an apostrophe where a spreadsheet would execute it
// (it begins with = + - @, tab or carriage return; OWASP "CSV Injection").
void append_cell(std::string& line, std::string_view cell);

}  // namespace rapport::notice
