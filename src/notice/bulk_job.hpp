// Jobs, pieces and rows at rest, and the ways to read them. Internal to the module.
#pragma once

#include "base/crypto.hpp"
#include "notice/bulk_wire.hpp"
#include "notice/row.hpp"

namespace rapport::notice {

struct BulkRow {
    BulkId id;
    std::string caller;
    std::optional<std::string> key;
    std::string name, kind;
    BulkState state{};
    FileFormat format{};
    std::optional<std::string> separator;
    std::int64_t size = 0;
    std::optional<Digest> sha256;
    std::int64_t rows = 0;
    json::Object columns;
    std::optional<store::Blob> head, wrapped_key;
    std::optional<json::Object> mapping;
    ActorKind maker_kind{};
    std::int64_t maker_id = 0;
    std::string maker_name;
    Time created_at{}, changed_at{};
    std::optional<std::int64_t> pace, worker;
    std::optional<Time> lease_until;
    std::int64_t checks = 0, check_mark = 0;
    std::int64_t check_submitted = 0, check_collected = 0, check_suppressed = 0, check_throttled = 0,
                 check_duplicate = 0, check_failed = 0;
    std::optional<Time> check_started_at, check_finished_at;
    std::int64_t mark = 0;
    std::int64_t submitted = 0, collected = 0, suppressed = 0, throttled = 0, duplicate = 0, failed = 0;
    std::optional<Time> started_at, finished_at;
    std::optional<std::string> replay;
    std::int64_t replay_mark = 0, replay_rows = 0, replay_done = 0;
    std::optional<Time> paced_at;
    std::int64_t paced_from = 0;
    std::optional<json::Object> trouble;
};
BOOST_DESCRIBE_STRUCT(BulkRow, (),
                      (id, caller, key, name, kind, state, format, separator, size, sha256, rows, columns, head,
                       wrapped_key, mapping, maker_kind, maker_id, maker_name, created_at, changed_at, pace, worker,
                       lease_until, checks, check_mark, check_submitted, check_collected, check_suppressed,
                       check_throttled, check_duplicate, check_failed, check_started_at, check_finished_at, mark,
                       submitted, collected, suppressed, throttled, duplicate, failed, started_at, finished_at, replay,
                       replay_mark, replay_rows, replay_done, paced_at, paced_from, trouble))

struct PieceRow {
    std::int64_t number = 0, first_row = 0, rows = 0, first_line = 0;
    Digest blob;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(PieceRow, (), (number, first_row, rows, first_line, blob, size))

struct StoredRow {
    std::int64_t row_number = 0, line = 0;
    RowState state{};
    std::optional<std::string> reference;
    std::optional<NoticeId> notice;
    std::optional<DeliveryId> delivery;
    std::optional<json::Object> detail;
};
BOOST_DESCRIBE_STRUCT(StoredRow, (), (row_number, line, state, reference, notice, delivery, detail))

// What a row's detail holds.
struct RowDetail {
    std::optional<std::string> reason;
    std::vector<RowFault> faults;
    std::optional<preferences::Because> decision = {};
    std::optional<std::int64_t> same_as = {};
};
BOOST_DESCRIBE_STRUCT(RowDetail, (), (reason, faults, decision, same_as))

// Sealed with the file's key: the first rows, for people to look at.
struct BulkHead {
    std::vector<std::vector<std::string>> sample;
    BulkMapping suggested;
};
BOOST_DESCRIBE_STRUCT(BulkHead, (), (sample, suggested))

Error no_such_bulk();
Error bulk_erased();
std::optional<BulkRow> find_bulk_row(store::Reader& reader, BulkId id);
std::vector<std::string> columns_of(BulkRow const& row);
json::Object columns_object(std::vector<std::string> const& names);
std::optional<BulkMapping> mapping_of(BulkRow const& row);
std::optional<BulkTrouble> trouble_of(BulkRow const& row);
Expected<Key256> file_key(Desk const& desk, BulkRow const& row);
std::string head_bound_to(BulkId id);
BulkView view_of(BulkRow const& row, Time now);
BulkRowView view_of(StoredRow const& row);
void tell(store::Tx& tx, BulkRow const& row, std::string_view what, Time now, Actor const& by, json::Object data = {});
Actor maker_of(BulkRow const& row);
// An upload that broke goes with its pieces.
void drop_upload(store::Tx& tx, Desk const& desk, BulkId id);
void drop_pieces(store::Tx& tx, Desk const& desk, BulkId id);

// ---- the file

// A row of the file, as it stands there.
struct FileRow {
    std::int64_t number = 0, line = 0;
    std::vector<std::string> cells;      // CSV
    std::optional<json::Object> object;  // JSON lines; empty where the line is no object
    std::string wrong;                   // why not
};

// A piece, decrypted, with the places of its rows. Any thread.
class Piece {
  public:
    static Expected<std::shared_ptr<Piece const>> open(store::Reader& reader, Desk const& desk, BulkRow const& job,
                                                       std::int64_t row);
    std::int64_t first() const { return first_; }
    std::int64_t end() const { return first_ + static_cast<std::int64_t>(places_.size()); }
    FileRow at(std::int64_t row) const;

  private:
    struct Place {
        std::size_t begin, size;
        std::int64_t line;
    };
    FileFormat format_{};
    char separator_ = ',';
    std::int64_t first_ = 1;
    std::string text_;
    std::vector<Place> places_;
};

}  // namespace rapport::notice
