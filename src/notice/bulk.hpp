// Bulk: a file of rows, each of which becomes one notice. The file is taken in as it arrives, in encrypted pieces that
// end between rows; its columns are mapped to what a notice needs; the rows are checked (a dry run sends nothing) and
// then carried out in batches, on behalf of whoever started the job. What a batch makes and how far the job has come
// are one transaction: killed at any moment, a job carries on with the row after the last one that counts.
// Verbs are plain functions over a transaction; bulk_wire.hpp has the API's shapes; docs/formats/bulk.md the tables.
#pragma once

#include <map>
#include <span>

#include "net/task_group.hpp"
#include "notice/notice.hpp"

namespace rapport::notice {

struct BulkTag {
    static constexpr std::string_view prefix = "blk";
};
using BulkId = Id<BulkTag>;

enum class BulkState : std::uint8_t {
    receiving,  // the upload has not ended
    uploaded,   // waits for its mapping, or for its start
    checking,   // dry run: every row is looked at, nothing is sent
    checked,    // the dry run has ended
    running,    // rows become notices
    paused,     // stands between two rows, until it is resumed; a job that cannot go on pauses itself and says why
    done,       // no row is left
    cancelled,  // stopped for good; what was made stays
};
BOOST_DESCRIBE_ENUM(BulkState, receiving, uploaded, checking, checked, running, paused, done, cancelled)

// What can be done to a job. README.md has the table printed from states().
enum class BulkVerb : std::uint8_t {
    receive,
    map,
    check,
    finish_check,
    start,
    pause,
    resume,
    cancel,
    stop,  // the program itself: something that a person must mend
    finish,
    replay,
    erase
};
BOOST_DESCRIBE_ENUM(BulkVerb, receive, map, check, finish_check, start, pause, resume, cancel, stop, finish, replay,
                    erase)

struct BulkTransition {
    BulkState from;
    BulkVerb verb;
    BulkState to;
    std::string_view event;  // of the journal
};
std::span<BulkTransition const> bulk_transitions();
std::optional<BulkState> bulk_after(BulkState from, BulkVerb verb);

// What became of a row. A row that no batch has reached has no state.
enum class RowState : std::uint8_t {
    submitted,   // its notice has a delivery
    collected,   // its notice waits for a digest
    suppressed,  // the customer's preferences keep it back
    throttled,   // the customer had the most promotional notices already
    duplicate,   // an earlier row of the file has the same key
    failed,      // it is wrong: field, rule and fix say how
};
BOOST_DESCRIBE_ENUM(RowState, submitted, collected, suppressed, throttled, duplicate, failed)

enum class FileFormat : std::uint8_t { csv, json_lines };
BOOST_DESCRIBE_ENUM(FileFormat, csv, json_lines)

struct BulkSettings {
    std::size_t most_bytes = 2UL << 30;       // of a file
    std::int64_t most_rows = 10'000'000;      // in it
    std::size_t most_columns = 200;           //
    std::size_t most_row_bytes = 256 << 10;   // of one row
    std::size_t piece_bytes = 1 << 20;        // about as much is in memory while a file is read
    std::size_t batch = 500;                  // rows of one transaction; at most NoticeSettings::most_notices
    std::size_t most_check_findings = 1'000;  // wrong rows that a dry run keeps
    Duration keep_content = std::chrono::hours(24 * 30);  // files, after the job has ended
    Duration keep_unfinished = std::chrono::hours(1);     // uploads that broke
    Duration lease = std::chrono::seconds(10);            // of the program that works on a job
    Duration first_retry = std::chrono::seconds(5);       // after a trouble that passes; twice as long each time,
    Duration last_retry = std::chrono::minutes(5);        // up to this
};

struct BulkView;
struct BulkPage;
struct BulkRowPage;
struct BulkMapping;
struct BulkReplay;
struct PreviewView;

// ---- Verbs (bulk_verbs.cpp) -----------------------------------------------------------------------------------------

// Codes: not_found, bulk_state (the state does not allow it), invalid_fields, bulk_not_mapped, bulk_erased.
Expected<BulkView> map_bulk(store::Tx& tx, Desk const& desk, people::Act const& act, BulkId id,
                            BulkMapping const& mapping);
Expected<BulkView> check_bulk(store::Tx& tx, people::Act const& act, BulkId id);
Expected<BulkView> start_bulk(store::Tx& tx, people::Act const& act, BulkId id);
Expected<BulkView> pause_bulk(store::Tx& tx, people::Act const& act, BulkId id);
Expected<BulkView> resume_bulk(store::Tx& tx, people::Act const& act, BulkId id);
Expected<BulkView> cancel_bulk(store::Tx& tx, people::Act const& act, BulkId id);
// Rows in the given states alone are carried out again, each at most once.
Expected<BulkView> replay_bulk(store::Tx& tx, people::Act const& act, BulkId id, BulkReplay const& what);
// Rows a second, at most; nothing: as fast as it goes. At any time.
Expected<BulkView> pace_bulk(store::Tx& tx, people::Act const& act, BulkId id, std::optional<std::int64_t> per_second);
// Destroys the file's key: what it said is gone, what was sent stays. Not while it runs.
Expected<BulkView> erase_bulk(store::Tx& tx, Desk const& desk, people::Act const& act, BulkId id);

// ---- Looking (bulk_list.cpp) ----------------------------------------------------------------------------------------

Expected<BulkPage> list_bulks(store::Reader& reader, std::string_view after, std::size_t limit, Time now);
Expected<BulkView> find_bulk(store::Reader& reader, Desk const& desk, BulkId id, Time now);
Expected<BulkRowPage> bulk_rows(store::Reader& reader, Desk const& desk, BulkId id, std::optional<RowState> state,
                                std::int64_t after, std::size_t limit);
// The letter of one row, drawn as it would be sent. Codes: not_found, bulk_not_mapped, invalid_fields, bulk_erased.
Expected<PreviewView> preview_row(store::Reader& reader, Desk const& desk, BulkId id, std::int64_t row);

// ---- The file that arrives (bulk_upload.cpp) ------------------------------------------------------------------------

struct NewBulk {
    people::Act act;
    std::string kind, name;
    FileFormat format = FileFormat::csv;
    std::optional<char> separator;   // CSV: else it is found out
    std::optional<std::string> key;  // idempotency key
};
// One upload: begin(), take() in order, end(). Blocking; call it from store.read() or a thread of its own.
class BulkUpload {
  public:
    BulkUpload(store::Store& store, Desk const& desk, BulkSettings const& settings, NewBulk wanted, Clock clock);
    ~BulkUpload();
    BulkUpload(BulkUpload const&) = delete;

    // Codes: invalid_fields, idempotency_key_reused, upload_in_progress.
    Task<Expected<>> begin();
    // Codes: file_encoding, file_quoting, file_columns, file_too_large, …; the text names line and octet.
    Task<Expected<>> take(std::string bytes);
    Task<Expected<BulkView>> end();
    // The upload broke: what has come is dropped.
    Task<> give_up();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// ---- The report -----------------------------------------------------------------------------------------------------

// One line for each row in piece after piece, from `after` on; cells that a spreadsheet would execute are neutralised.
struct ReportCursor {
    BulkId id;
    std::optional<RowState> state;
    bool with_columns = false;  // the file's own columns, too
    std::int64_t after = 0;
    bool begun = false, ended = false;
};
Expected<std::string> next_of_report(store::Reader& reader, Desk const& desk, ReportCursor& cursor);

// ---- The module -----------------------------------------------------------------------------------------------------

class Piece;     // of a file, decrypted (bulk_job.hpp)
struct BulkRow;  // at rest (bulk_job.hpp)

class Bulks {
  public:
    explicit Bulks(Notices& notices, BulkSettings settings = {});

    store::Store& store() { return notices_.store(); }
    Desk const& desk() const { return notices_.desk(); }
    BulkSettings const& settings() const { return settings_; }
    Clock const& clock() const { return notices_.clock(); }

    // Job: carries out what runs and is checked, a batch of each in turn. Once in a program.
    Task<> run(net::Stop stop);
    // One batch of every job that has work; false: there was none.
    Task<bool> work();
    // Erases files of jobs that ended long ago, and what broken uploads left.
    Task<> tidy_up();

  private:
    struct Going {  // what this program remembers of a job that it works on
        std::shared_ptr<Piece const> piece;
        Time told_at{}, filled_at{}, not_before{};
        double allowance = 0;  // rows that its pace allows now
    };
    Task<bool> work_on(BulkId id);
    Task<Expected<bool>> try_batch(BulkId id, Going& going, std::optional<BulkRow>& job);
    Task<> note(BulkRow job, Error why);
    std::size_t allowed(Going& going, std::optional<std::int64_t> pace, Time now) const;

    Notices& notices_;
    BulkSettings settings_;
    std::int64_t worker_;
    std::map<BulkId, Going> going_;
};

void check_bulks(store::Reader& reader, std::function<void(Finding const&)> const& report);

}  // namespace rapport::notice
