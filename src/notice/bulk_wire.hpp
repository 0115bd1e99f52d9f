// The API's shapes of bulk (described structs).
#pragma once

#include "notice/bulk.hpp"
#include "notice/wire.hpp"

namespace rapport::notice {

// Where a column goes: "email", "name", "locale", "customer", "external_id", "second_email", "reference", "key",
// "send_at", or "data.<variable>" ("data.address.city" for one inside another); "data" as a whole (JSON lines only).
// A column that is not mentioned is ignored; one may go to several places.
struct ColumnMapping {
    Text<1, 200> column;
    Text<1, 200> to;
};
BOOST_DESCRIBE_STRUCT(ColumnMapping, (), (column, to))

// Cells that a spreadsheet would take for a formula (= + - @ at the beginning, but for numbers and telephone numbers).
enum class FormulaRule : std::uint8_t { refuse, keep };
BOOST_DESCRIBE_ENUM(FormulaRule, refuse, keep)

struct BulkMapping {
    std::vector<ColumnMapping> columns;
    std::optional<json::Object> data;  // the same for every row; a row's own value wins
    std::optional<Locale> locale;      // where the row names none
    std::optional<delivery::Kind> delivery;
    std::optional<delivery::Assurance> assurance;
    std::optional<Time> send_at;          // where the row names none
    std::optional<FormulaRule> formulas;  // else refuse
};
BOOST_DESCRIBE_STRUCT(BulkMapping, (), (columns, data, locale, delivery, assurance, send_at, formulas))

struct BulkCounts {
    std::int64_t submitted = 0, collected = 0, suppressed = 0, throttled = 0, duplicate = 0, failed = 0;
};
BOOST_DESCRIBE_STRUCT(BulkCounts, (), (submitted, collected, suppressed, throttled, duplicate, failed))

// A pass over the rows: a dry run, the job itself, or a replay.
struct BulkProgress {
    std::int64_t rows = 0;             // to be looked at
    std::int64_t processed = 0;        // looked at so far
    std::optional<double> per_second;  // measured, while it goes on
    std::optional<Time> ends_at;       // estimated, while it goes on
    std::optional<Time> started_at, finished_at;
};
BOOST_DESCRIBE_STRUCT(BulkProgress, (), (rows, processed, per_second, ends_at, started_at, finished_at))

struct BulkCheck {
    BulkProgress progress;
    BulkCounts counts;  // what would become of the rows; `submitted` are the good ones
};
BOOST_DESCRIBE_STRUCT(BulkCheck, (), (progress, counts))

struct RowFault {
    std::string field;  // "email", "data.amount"; empty: the row as a whole
    std::string rule;
    std::string fix;
    std::optional<std::string> code = {};  // of the rule: docs/integrators/bulk.md
    std::optional<std::vector<std::string>> values =
        {};  // what differs in it: "1", "200" of "must have 1 to 200 characters"
};
BOOST_DESCRIBE_STRUCT(RowFault, (), (field, rule, fix, code, values))

// Why a job does not go on. `stopped`: a person must mend it and resume (or check) it; else the program tries again.
struct BulkTrouble {
    std::string code;    // mapping_unfit, kind_retired, bulk_damaged, bulk_erased, …; of what passes: the error's
    std::string reason;  // the same for people
    std::vector<RowFault> faults;
    bool stopped = false;
    std::int64_t attempts = 1;  // in a row
    Time since;
    std::optional<Time> next_at;  // when it is tried again
};
BOOST_DESCRIBE_STRUCT(BulkTrouble, (), (code, reason, faults, stopped, attempts, since, next_at))

struct BulkMaker {
    std::string kind;  // "agent", "api_key", "system"
    std::string name;
};
BOOST_DESCRIBE_STRUCT(BulkMaker, (), (kind, name))

struct BulkView {
    BulkId id;
    std::string name;
    std::string kind;  // of notices
    BulkState state = BulkState::receiving;
    FileFormat format = FileFormat::csv;
    std::optional<std::string> separator;  // CSV
    std::int64_t size = 0;                 // octets of the file
    std::optional<std::string> sha256;
    std::int64_t rows = 0;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> sample;  // the first rows; with one job, not in lists; empty once erased
    std::optional<BulkMapping> suggested;          // with one job, not in lists
    std::optional<BulkMapping> mapping;
    std::optional<BulkCheck> check;  // the last dry run
    BulkProgress progress;
    BulkCounts counts;
    std::optional<std::int64_t> rows_per_second;  // the limit
    std::optional<std::string> replaying;         // the states that are carried out again: "failed throttled"
    std::vector<std::string> may;                 // verbs that the state allows: "start", "pause", …
    BulkMaker made_by;
    bool erased = false;  // the file is gone
    std::optional<BulkTrouble> trouble;
    Time created_at;
    Time changed_at;
    std::optional<Time> start_at;  // a schedule starts it then
};
BOOST_DESCRIBE_STRUCT(BulkView, (),
                      (id, name, kind, state, format, separator, size, sha256, rows, columns, sample, suggested,
                       mapping, check, progress, counts, rows_per_second, replaying, may, made_by, erased, trouble,
                       created_at, changed_at, start_at))

struct BulkPage {
    std::vector<BulkView> items;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(BulkPage, (), (items, next))

struct BulkRowView {
    std::int64_t row = 0;   // the first after the header is 1
    std::int64_t line = 0;  // of the file, where the row begins
    RowState state{};
    std::optional<std::string> reference;
    std::optional<std::string> reason;  // why it was suppressed, throttled, or of which row it is a duplicate
    std::optional<preferences::Because> decision;  // the same for programs, where it was suppressed,
    std::optional<std::int64_t> same_as;           // and where it is a duplicate
    std::vector<RowFault> faults;
    std::optional<NoticeId> notice;
    std::optional<DeliveryId> delivery;
    std::optional<delivery::State> delivery_state;
};
BOOST_DESCRIBE_STRUCT(BulkRowView, (),
                      (row, line, state, reference, reason, decision, same_as, faults, notice, delivery,
                       delivery_state))

struct BulkRowPage {
    std::vector<BulkRowView> items;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(BulkRowPage, (), (items, next))

// `undelivered`: rows whose notice was made and whose delivery failed.
enum class ReplayOf : std::uint8_t { failed, throttled, suppressed, undelivered };
BOOST_DESCRIBE_ENUM(ReplayOf, failed, throttled, suppressed, undelivered)
struct BulkReplay {
    std::vector<ReplayOf> rows;  // none: failed
};
BOOST_DESCRIBE_STRUCT(BulkReplay, (), (rows))

struct BulkPace {
    std::optional<std::int64_t> rows_per_second;  // 1 to 100,000; absent: no limit
};
BOOST_DESCRIBE_STRUCT(BulkPace, (), (rows_per_second))

}  // namespace rapport::notice
