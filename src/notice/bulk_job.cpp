// Reading jobs and their files.
#include "notice/bulk_job.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "notice/csv.hpp"
#include "notice/row_codes.hpp"
#include "notice/sql.hpp"
#include "store/blobs.hpp"
#include "store/keyring.hpp"

namespace rapport::notice {
namespace {

constexpr CsvLimits any{1'000'000, 1UL << 30};  // what was taken in keeps to the limits of its time

Error damaged() {
    return {ErrorKind::conflict,
            "bulk_damaged",
            "The file of this job is damaged or missing; an operator must look (rapport fsck).",
            {},
            0};
}

std::vector<std::string> verbs_in(BulkRow const& row) {
    struct Named {
        BulkVerb verb;
        std::string_view name;
    };
    constexpr Named names[] = {{BulkVerb::map, "map"},       {BulkVerb::check, "dry_run"}, {BulkVerb::start, "start"},
                               {BulkVerb::pause, "pause"},   {BulkVerb::resume, "resume"}, {BulkVerb::cancel, "cancel"},
                               {BulkVerb::replay, "replay"}, {BulkVerb::erase, "erase"}};
    std::vector<std::string> may;
    for (auto const& [verb, name] : names) {
        if (!bulk_after(row.state, verb)) continue;
        bool const needs_file = verb != BulkVerb::cancel;
        bool const needs_mapping = verb == BulkVerb::check || verb == BulkVerb::start;
        if ((needs_file && !row.wrapped_key) || (needs_mapping && !row.mapping)) continue;
        may.emplace_back(name);
    }
    return may;
}

// The rate since the pass was begun or resumed, and when it ends if that stays.
void estimate(BulkProgress& progress, BulkRow const& row, Time now) {
    if (!row.paced_at || now <= *row.paced_at) return;
    auto const seconds = std::chrono::duration<double>(now - *row.paced_at).count();
    double const rate = static_cast<double>(progress.processed - row.paced_from) / seconds;
    if (rate <= 0) return;
    progress.per_second = rate;
    auto const left = static_cast<double>(progress.rows - progress.processed) / rate;
    progress.ends_at = now + std::chrono::seconds(static_cast<std::int64_t>(left) + 1);
}

}  // namespace

Error no_such_bulk() { return {ErrorKind::not_found, "not_found", "There is no such job.", {}, 0}; }
Error bulk_erased() {
    return {ErrorKind::gone, "bulk_erased", "The file of this job has been erased; upload it again.", {}, 0};
}

std::optional<BulkRow> find_bulk_row(store::Reader& reader, BulkId id) {
    return reader.one<BulkRow>(sql::find_bulk, id);
}

json::Object columns_object(std::vector<std::string> const& names) {
    boost::json::array list;
    for (auto const& name : names) list.emplace_back(name);
    return {{"names", std::move(list)}};
}

std::vector<std::string> columns_of(BulkRow const& row) {
    std::vector<std::string> names;
    if (auto const* list = row.columns.if_contains("names"); list && list->is_array())
        for (auto const& name : list->get_array())
            if (name.is_string()) names.emplace_back(std::string_view(name.get_string()));
    return names;
}

std::optional<BulkMapping> mapping_of(BulkRow const& row) {
    if (!row.mapping) return std::nullopt;
    auto mapping = json::decode_value<BulkMapping>(json::Value(*row.mapping));
    return mapping ? std::optional(std::move(*mapping)) : std::nullopt;
}

std::optional<BulkTrouble> trouble_of(BulkRow const& row) {
    if (!row.trouble) return std::nullopt;
    auto trouble = json::decode_value<BulkTrouble>(json::Value(*row.trouble));
    return trouble ? std::optional(std::move(*trouble)) : std::nullopt;
}

std::string head_bound_to(BulkId id) { return "notice.bulk_head " + to_text(id); }

Expected<Key256> file_key(Desk const& desk, BulkRow const& row) {
    if (!row.wrapped_key) return fail(bulk_erased());
    return desk.office.keyring.unwrap(row.wrapped_key->bytes);
}

Actor maker_of(BulkRow const& row) { return {row.maker_kind, row.maker_id, row.maker_name}; }

BulkView view_of(BulkRow const& row, Time now) {
    BulkView view;
    view.id = row.id;
    view.name = row.name;
    view.kind = row.kind;
    view.state = row.state;
    view.format = row.format;
    view.separator = row.separator;
    view.size = row.size;
    if (row.sha256) view.sha256 = to_hex(row.sha256->view());
    view.rows = row.rows;
    view.columns = columns_of(row);
    view.mapping = mapping_of(row);
    bool const replays = row.replay && row.state != BulkState::done;
    bool const checks = row.state == BulkState::checking;
    if (row.check_started_at) {
        view.check = BulkCheck{{row.rows, row.check_mark, {}, {}, row.check_started_at, row.check_finished_at},
                               {row.check_submitted, row.check_collected, row.check_suppressed, row.check_throttled,
                                row.check_duplicate, row.check_failed}};
        if (checks) estimate(view.check->progress, row, now);
    }
    view.progress = {row.rows, row.mark, {}, {}, row.started_at, row.finished_at};
    if (replays) {
        view.progress.rows = row.replay_rows;
        view.progress.processed = row.replay_done;
        view.replaying = row.replay;
    }
    if (row.state == BulkState::running) estimate(view.progress, row, now);
    view.counts = {row.submitted, row.collected, row.suppressed, row.throttled, row.duplicate, row.failed};
    view.rows_per_second = row.pace;
    view.may = verbs_in(row);
    view.made_by = {std::string(json::enum_name(row.maker_kind)), row.maker_name};
    view.erased = row.state != BulkState::receiving && !row.wrapped_key;
    view.trouble = trouble_of(row);
    if (view.trouble) add_codes(view.trouble->faults);
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

BulkRowView view_of(StoredRow const& row) {
    BulkRowView view;
    view.row = row.row_number;
    view.line = row.line;
    view.state = row.state;
    view.reference = row.reference;
    view.notice = row.notice;
    view.delivery = row.delivery;
    if (!row.detail) return view;
    if (auto detail = json::decode_value<RowDetail>(json::Value(*row.detail))) {
        view.reason = std::move(detail->reason);
        view.faults = std::move(detail->faults);
        view.decision = detail->decision;
        view.same_as = detail->same_as;
        add_codes(view.faults);
    }
    return view;
}

void tell(store::Tx& tx, BulkRow const& row, std::string_view what, Time now, Actor const& by, json::Object data) {
    data["name"] = row.name;
    data["kind"] = row.kind;
    data["rows"] = row.rows;
    tx.publish({.at = now,
                .kind = "bulk." + std::string(what),
                .subject = to_text(row.id),
                .actor_kind = by.kind,
                .actor_id = by.id,
                .data = std::move(data)});
}

Expected<std::shared_ptr<Piece const>> Piece::open(store::Reader& reader, Desk const& desk, BulkRow const& job,
                                                   std::int64_t row) {
    auto const key = file_key(desk, job);
    if (!key) return fail(key.error());
    auto const about = reader.one<PieceRow>(sql::find_piece, job.id, row);
    if (!about || row >= about->first_row + about->rows) return fail(damaged());
    auto text = desk.office.blobs.read(reader, about->blob, *key);
    if (!text) return fail(text.error().kind == ErrorKind::unavailable ? text.error() : damaged());
    auto piece = std::make_shared<Piece>();
    piece->format_ = job.format;
    if (job.separator && !job.separator->empty()) piece->separator_ = job.separator->front();
    piece->first_ = about->first_row;
    piece->text_ = std::move(*text);
    auto& places = piece->places_;
    places.reserve(static_cast<std::size_t>(about->rows));
    if (job.format == FileFormat::csv) {
        CsvParser parser(piece->separator_, any, about->first_line);
        auto const take = [&](CsvRecord const& record) {
            places.push_back({static_cast<std::size_t>(record.first),
                              static_cast<std::size_t>(record.end - record.first), record.line});
            return true;
        };
        if (!parser.take(piece->text_, take) || !parser.end(take)) return fail(damaged());
    } else {
        std::int64_t line = about->first_line;
        for (std::size_t at = 0; at < piece->text_.size(); ++line) {
            auto const end = std::min(piece->text_.find('\n', at), piece->text_.size());
            std::string_view const one(piece->text_.data() + at, end - at);
            if (!trimmed(one).empty()) places.push_back({at, one.size(), line});
            at = end + 1;
        }
    }
    if (static_cast<std::int64_t>(places.size()) != about->rows) return fail(damaged());
    return piece;
}

FileRow Piece::at(std::int64_t row) const {
    auto const& place = places_.at(static_cast<std::size_t>(row - first_));
    FileRow out{row, place.line, {}, {}, {}};
    std::string_view const text(text_.data() + place.begin, place.size);
    if (format_ == FileFormat::csv) {
        CsvParser parser(separator_, any);
        auto const take = [&](CsvRecord const& record) {
            out.cells.assign(record.fields.begin(), record.fields.begin() + static_cast<std::ptrdiff_t>(record.count));
            return true;
        };
        parser.take(text, take);
        parser.end(take);
        return out;
    }
    auto value = json::parse(text);
    if (!value)
        out.wrong = value.error().text;
    else if (!value->is_object())
        out.wrong = "This line is no JSON object.";
    else
        out.object = std::move(value->get_object());
    return out;
}

}  // namespace rapport::notice
