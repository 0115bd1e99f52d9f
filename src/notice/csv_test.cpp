// The parser of CSV: what RFC 4180 allows, what it forbids, and that octets may be cut anywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notice/csv.hpp"

namespace rapport::notice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Rows = std::vector<std::vector<std::string>>;

struct Parsed {
    Rows rows;
    std::vector<std::int64_t> lines;
    std::vector<std::string> raw;  // what each record stood in
    std::optional<FileFault> fault;
};

Parsed parsed(std::string_view text, char separator = ',', std::size_t cut = std::string_view::npos,
              CsvLimits limits = {}) {
    Parsed out;
    CsvParser parser(separator, limits);
    auto const take = [&](CsvRecord const& record) {
        out.rows.emplace_back(record.fields.begin(), record.fields.begin() + static_cast<std::ptrdiff_t>(record.count));
        out.lines.push_back(record.line);
        out.raw.emplace_back(
            text.substr(static_cast<std::size_t>(record.first), static_cast<std::size_t>(record.end - record.first)));
        return true;
    };
    bool good = true;
    for (std::string_view rest = text; good && !rest.empty(); rest.remove_prefix(std::min(cut, rest.size())))
        good = parser.take(rest.substr(0, cut), take);
    if (good) parser.end(take);
    out.fault = parser.fault();
    return out;
}

Rows rows(std::string_view text, char separator = ',') {
    auto const all = parsed(text, separator);
    EXPECT_FALSE(all.fault) << all.fault->rule;
    return all.rows;
}

TEST(Csv, reads_fields_quoted_or_not) {
    EXPECT_THAT(rows("a,b\r\n1,2\r\n"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
    EXPECT_THAT(rows("a;b\n1;2", ';'), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
    EXPECT_THAT(rows("a,\"b, \"\"c\"\"\nd\",\"\"\n"), ElementsAre(ElementsAre("a", "b, \"c\"\nd", "")));
    EXPECT_THAT(rows(",\n"), ElementsAre(ElementsAre("", "")));
    EXPECT_THAT(rows("a\n\n\r\nb\n"), ElementsAre(ElementsAre("a"), ElementsAre("b")));  // empty lines are no records
    EXPECT_THAT(rows("\"\"\n"), ElementsAre(ElementsAre("")));
    EXPECT_THAT(rows("  a , b\n"), ElementsAre(ElementsAre("  a ", " b")));  // RFC 4180 §2.4: spaces belong to a field
    EXPECT_THAT(rows(""), ElementsAre());
}

TEST(Csv, says_where_records_stand) {
    auto const all = parsed("h\n\"x\ny\"\r\nz\n");
    EXPECT_THAT(all.lines, ElementsAre(1, 2, 4));
    EXPECT_THAT(all.raw, ElementsAre("h\n", "\"x\ny\"\r\n", "z\n"));
}

TEST(Csv, may_be_cut_anywhere) {
    std::string_view const text = "name,\"e-\"\"mail\"\r\n\"Ada, Conti\",a@b.example\r\n\r\nBo,\"two\r\nlines\"\n";
    auto const whole = parsed(text);
    ASSERT_EQ(whole.rows.size(), 3U);
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        auto const pieces = parsed(text, ',', cut);
        EXPECT_EQ(pieces.rows, whole.rows) << cut;
        EXPECT_EQ(pieces.raw, whole.raw) << cut;
    }
}

TEST(Csv, refuses_broken_quoting_and_says_where) {
    auto const refused = [](std::string_view text) {
        auto const fault = parsed(text).fault;
        return fault ? fault->code + " " + std::to_string(fault->line) + ": " + fault->rule : std::string("taken");
    };
    EXPECT_THAT(refused("a,b\nc,\"d\ne,f\n"), HasSubstr("file_quoting 2: must end each quoted field"));
    EXPECT_THAT(refused("a\nb\"c\n"), HasSubstr("file_quoting 2"));
    EXPECT_THAT(refused("a\n\"b\"c\n"), HasSubstr("file_quoting 2"));
    EXPECT_THAT(refused("a\rb\n"), HasSubstr("carriage return"));
}

TEST(Csv, bounds_columns_and_rows) {
    std::string many = "a";
    for (int i = 0; i < 10'000; ++i) many += ",a";
    EXPECT_EQ(parsed(many).fault->code, "file_columns");
    CsvLimits const small{10, 100};
    EXPECT_FALSE(parsed("a,b\n" + std::string(99, 'x') + ",\n", ',', 7, small).fault);
    EXPECT_EQ(parsed("a,b\n\"" + std::string(101, '\n') + "\",\n", ',', 7, small).fault->code, "file_row_too_long");
}

TEST(Csv, finds_the_separator) {
    EXPECT_EQ(separator_in("a;b;c,d\n1,2,3,4,5"), ';');
    EXPECT_EQ(separator_in("\"a;b;c;d\",e\n"), ',');
    EXPECT_EQ(separator_in("a\tb\n"), '\t');
    EXPECT_EQ(separator_in("email\n"), ',');
}

TEST(Csv, knows_formulas_from_numbers) {
    for (auto const* formula :
         {"=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd", "\t=1", "\r=1", "=HYPERLINK(\"x\")"})
        EXPECT_TRUE(is_formula(formula)) << formula;
    for (auto const* text : {"", "-5", "+39 06 1234-567", "-1,234.50", "a=b", "ada@example.org", "-", "+44 (20) 7946"})
        EXPECT_FALSE(is_formula(text)) << text;
}

TEST(Csv, writes_cells_that_no_spreadsheet_executes) {
    auto const cell = [](std::string_view text) {
        std::string out;
        append_cell(out, text);
        return out;
    };
    EXPECT_EQ(cell("plain"), "plain");
    EXPECT_EQ(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    EXPECT_EQ(cell("=1+1"), "\"'=1+1\"");
    EXPECT_EQ(cell("+1"), "\"'+1\"");
    EXPECT_EQ(cell("-1"), "\"'-1\"");
    EXPECT_EQ(cell("@x"), "\"'@x\"");
    EXPECT_EQ(cell("\tx"), "\"'\tx\"");
    EXPECT_EQ(rows(cell("two\nlines") + "," + cell("=x") + "\n"), (Rows{{"two\nlines", "'=x"}}));
}

TEST(Utf8, is_found_wrong_at_its_line_and_octet) {
    auto const fault = [](std::string_view text, std::size_t cut = std::string_view::npos) {
        Utf8Check check;
        bool good = true;
        for (std::string_view rest = text; good && !rest.empty(); rest.remove_prefix(std::min(cut, rest.size())))
            good = check.take(rest.substr(0, cut));
        if (good) good = check.end();
        return good ? std::string("good")
                    : std::to_string(check.fault().line) + "/" + std::to_string(check.fault().octet) + " " +
                          check.fault().rule;
    };
    EXPECT_EQ(fault("a,ü,語,😀\n"), "good");
    EXPECT_EQ(fault("a,ü,語,😀\n", 1), "good");
    EXPECT_THAT(fault("a\nb\xe9,c\n"), HasSubstr("2/5 must be UTF-8; the octet 0x2C"));
    EXPECT_THAT(fault("a\n\xff"), HasSubstr("2/3 must be UTF-8; the octet 0xFF"));
    EXPECT_THAT(fault("\xff\xfe"
                      "a"),
                HasSubstr("UTF-16"));
    EXPECT_THAT(fault("a\xe2\x82"), HasSubstr("cut"));
    EXPECT_THAT(fault(std::string_view("a\0b", 3)), HasSubstr("NUL"));
    EXPECT_THAT(fault("\xc0\xaf"), HasSubstr("0xC0"));      // overlong
    EXPECT_THAT(fault("\xed\xa0\x80"), HasSubstr("0xA0"));  // surrogate
    EXPECT_THAT(fault("\xf4\x90\x80\x80"), HasSubstr("0x90"));
}

// Each record has its long cell in another column: the columns together must not keep them all.
TEST(Csv, HoldsNoMoreThanOneRecordHoweverLongTheOnesBeforeWere) {
    constexpr std::size_t columns = 200, long_cell = 250 << 10;
    CsvParser parser(',', {columns, 256 << 10});
    std::size_t most = 0;
    auto const take = [](CsvRecord const&) { return true; };
    for (std::size_t i = 0; i < columns; ++i) {
        std::string record(i, ',');
        record += std::string(long_cell, 'x') + std::string(columns - 1 - i, ',') + '\n';
        ASSERT_TRUE(parser.take(record, take));
        most = std::max(most, parser.held());
    }
    EXPECT_LT(most, 1UL << 20);
}

}  // namespace
}  // namespace rapport::notice
