// CSV that people upload: however the octets are cut, the same records and the same fault; what was read can be written
// and read again the same, each record also alone (a resumed upload begins anywhere); cells of reports start no
// formula.
#include "notice/csv.hpp"

#include "property.hpp"

namespace rapport::notice {
namespace {

using fuzz::holds;

constexpr CsvLimits limits{.columns = 8, .record_bytes = 200};
using Fields = std::vector<std::string>;

struct Read {
    std::vector<Fields> records;
    std::vector<std::pair<std::int64_t, std::int64_t>> places;
    std::string story;
};

Read read(std::string_view text, char separator, fuzz::Cut cut) {
    Read out;
    CsvParser parser(separator, limits);
    std::int64_t last_end = 0, last_line = 1;
    auto const take = [&](CsvRecord const& record) {
        holds(record.count > 0 && record.count <= limits.columns, "at most so many columns");
        holds(record.first >= last_end && record.end > record.first, "records follow each other");
        holds(record.line >= last_line && record.next_line >= record.line, "lines go up");
        last_end = record.end;
        last_line = record.next_line;
        Fields fields(record.fields.begin(), record.fields.begin() + static_cast<std::ptrdiff_t>(record.count));
        std::size_t octets = 0;
        out.story += std::to_string(record.line) + '@' + std::to_string(record.first);
        for (auto const& field : fields) {
            octets += field.size();
            out.story += '|' + field;
        }
        out.story += '\n';
        holds(octets <= limits.record_bytes, "a record of at most so many octets");
        out.records.push_back(std::move(fields));
        out.places.emplace_back(record.first, record.end);
        return true;
    };
    bool good = true;
    for (fuzz::Pieces pieces(text, cut); good && !pieces.done();) good = parser.take(pieces.next(), take);
    if (good) good = parser.end(take);
    holds(good == !parser.fault().has_value(), "a file that ends early has a fault");
    if (auto const& fault = parser.fault())
        out.story +=
            fault->code + ' ' + fault->rule + ' ' + std::to_string(fault->line) + ':' + std::to_string(fault->octet);
    return out;
}

std::string written(std::vector<Fields> const& records, char separator) {
    std::string text;
    for (auto const& fields : records) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (i > 0) text += separator;
            text += '"';
            for (char const c : fields[i]) text.append(c == '"' ? 2 : 1, c);
            text += '"';
        }
        text += "\r\n";
    }
    return text;
}

void look_at_cells(Read const& read) {
    for (auto const& fields : read.records)
        for (auto const& field : fields) {
            std::string line;
            append_cell(line, field);
            auto const again = notice::read(line + ",x\n", ',', fuzz::Cut::whole).records;
            if (field.size() >= limits.record_bytes - 2) continue;
            holds(again.size() == 1 && again[0].size() == 2, "a cell of a report is one cell");
            holds(again[0][0] == field || again[0][0] == "'" + field, "a cell of a report says what it said");
            holds(!is_formula(again[0][0]) || field.find_first_not_of("0123456789 .,()/-+") == field.npos,
                  "no cell of a report is a formula");
        }
}

bool is_good_text(std::string_view text, fuzz::Cut cut) {
    Utf8Check check;
    for (fuzz::Pieces pieces(text, cut); !pieces.done();)
        if (!check.take(pieces.next())) return false;
    return check.end();
}

void run(std::string_view text) {
    char const separator = separator_in(text.substr(0, 100));
    auto const whole = read(text, separator, fuzz::Cut::whole);
    for (auto const cut : fuzz::cuts) {
        fuzz::same(read(text, separator, cut).story, whole.story, "records do not depend on how the octets are cut");
        holds(is_good_text(text, cut) == (fuzz::is_utf8(text) && text.find('\0') == text.npos),
              "UTF-8 is told from what is not");
    }
    holds(read(written(whole.records, separator), separator, fuzz::Cut::pieces).records == whole.records,
          "what was read can be written and read the same");
    for (std::size_t i = 0; i < whole.records.size(); ++i) {
        auto const [first, end] = whole.places[i];
        holds(static_cast<std::size_t>(end) <= text.size(), "a record lies within its file");
        auto const alone = text.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first));
        auto const again = read(alone, separator, fuzz::Cut::whole).records;
        holds(again.size() == 1 && again[0] == whole.records[i], "a record is read alone as it is in its file");
    }
    look_at_cells(whole);
}

}  // namespace
}  // namespace rapport::notice

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    rapport::notice::run(rapport::fuzz::text_of(data, size));
    return 0;
}
