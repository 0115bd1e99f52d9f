// Looking at jobs, their rows, the letter of one row, and the report.
#include <algorithm>
#include <charconv>
#include <limits>

#include "base/crypto.hpp"
#include "notice/bulk_mapping.hpp"
#include "notice/csv.hpp"
#include "notice/kinds.hpp"
#include "notice/sql.hpp"

namespace rapport::notice {
namespace {

constexpr std::size_t report_rows = 1'000;  // of one piece

std::vector<StoredRow> rows_of(store::Reader& reader, BulkId id, std::optional<RowState> state, std::int64_t after,
                               std::size_t limit) {
    if (!state) return reader.all<StoredRow>(sql::rows_after, id, after, limit);
    if (*state == RowState::submitted) return reader.all<StoredRow>(sql::rows_submitted, id, after, limit);
    return reader.all<StoredRow>(sql::rows_in_state, id, *state, after, limit);
}

std::optional<Time> planned_start(store::Reader& reader, BulkId id) {
    return reader.one<Time>(sql::schedule_of_bulk, id);
}

void append_faults(std::string& line, BulkRowView const& row) {
    std::string fields, rules, fixes;
    for (auto const& fault : row.faults) {
        auto const add = [](std::string& to, std::string const& what) { to += (to.empty() ? "" : "; ") + what; };
        add(fields, fault.field);
        add(rules, fault.rule);
        add(fixes, fault.fix);
    }
    for (auto const& cell : {row.reason.value_or(""), fields, rules, fixes}) {
        line += ',';
        append_cell(line, cell);
    }
}

std::string report_line(StoredRow const& stored, std::optional<delivery::State> state) {
    auto const row = view_of(stored);
    std::string line =
        std::to_string(row.row) + ',' + std::to_string(row.line) + ',' + std::string(json::enum_name(row.state)) + ',';
    append_cell(line, row.reference.value_or(""));
    append_faults(line, row);
    line += ',' + (row.notice ? to_text(*row.notice) : "") + ',' + (row.delivery ? to_text(*row.delivery) : "") + ',';
    if (state) line += json::enum_name(*state);
    return line;
}

// States of the deliveries of rows, by delivery.
std::map<DeliveryId, delivery::State> delivery_states(store::Reader& reader, Desk const& desk,
                                                      std::vector<StoredRow> const& rows) {
    std::vector<DeliveryId> ids;
    for (auto const& row : rows)
        if (row.delivery) ids.push_back(*row.delivery);
    std::map<DeliveryId, delivery::State> states;
    for (auto const& summary : delivery::summaries(reader, desk.office, ids)) states.emplace(summary.id, summary.state);
    return states;
}

}  // namespace

Expected<BulkPage> list_bulks(store::Reader& reader, std::string_view after, std::size_t limit, Time now) {
    BulkId below{std::numeric_limits<std::int64_t>::max()};
    if (!after.empty() && !from_text(after, below))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    limit = std::clamp<std::size_t>(limit, 1, 200);
    auto rows = reader.all<BulkRow>(sql::list_bulks, below, limit + 1);
    BulkPage page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = to_text(rows.back().id);
    }
    for (auto const& row : rows) page.items.push_back(view_of(row, now));
    return page;
}

Expected<BulkView> find_bulk(store::Reader& reader, Desk const& desk, BulkId id, Time now) {
    auto const row = find_bulk_row(reader, id);
    if (!row || row->state == BulkState::receiving) return fail(no_such_bulk());
    auto view = view_of(*row, now);
    view.start_at = planned_start(reader, id);
    if (!row->head || !row->wrapped_key) return view;
    auto const key = file_key(desk, *row);
    if (!key) return fail(key.error());
    auto const plain = open(*key, row->head->bytes, head_bound_to(id));
    if (!plain) return fail(plain.error());
    if (auto head = json::decode<BulkHead>(*plain)) {
        view.sample = std::move(head->sample);
        view.suggested = std::move(head->suggested);
    }
    return view;
}

Expected<BulkRowPage> bulk_rows(store::Reader& reader, Desk const& desk, BulkId id, std::optional<RowState> state,
                                std::int64_t after, std::size_t limit) {
    if (auto const job = find_bulk_row(reader, id); !job || job->state == BulkState::receiving)
        return fail(no_such_bulk());
    limit = std::clamp<std::size_t>(limit, 1, 200);
    auto rows = rows_of(reader, id, state, after, limit + 1);
    BulkRowPage page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = std::to_string(rows.back().row_number);
    }
    auto const states = delivery_states(reader, desk, rows);
    for (auto const& row : rows) {
        auto& view = page.items.emplace_back(view_of(row));
        if (row.delivery)
            if (auto const found = states.find(*row.delivery); found != states.end())
                view.delivery_state = found->second;
    }
    return page;
}

Expected<PreviewView> preview_row(store::Reader& reader, Desk const& desk, BulkId id, std::int64_t number) {
    auto const job = find_bulk_row(reader, id);
    if (!job || job->state == BulkState::receiving) return fail(no_such_bulk());
    auto const mapping = mapping_of(*job);
    if (!mapping)
        return fail(ErrorKind::conflict, "bulk_not_mapped",
                    "Say first which column goes where: PUT /v1/bulk/{id}/mapping.");
    if (number < 1 || number > job->rows) return fail(ErrorKind::not_found, "not_found", "The file has no such row.");
    auto const kind = find_kind(reader, job->kind);
    if (!kind) return fail(no_such_kind());
    auto const rows = RowReader::make(*mapping, columns_of(*job), job->format, *kind);
    if (!rows) return fail(rows.error());
    auto const piece = Piece::open(reader, desk, *job, number);
    if (!piece) return fail(piece.error());
    auto const made = rows->read(reader, (*piece)->at(number));
    if (!made.notice) {
        Error error{ErrorKind::invalid, "invalid_fields", "This row is wrong; see fields.", {}, 0};
        for (auto const& fault : made.faults) error.fields.push_back({"/" + fault.field, fault.rule, fault.fix});
        return fail(std::move(error));
    }
    auto const& to = made.notice->recipients.front();
    PreviewRequest request;
    request.kind = Text<1, 64>{job->kind};
    request.locale = to.locale;
    request.customer = to.customer;
    request.data = made.notice->data;
    return preview(reader, desk, request);
}

Expected<std::string> next_of_report(store::Reader& reader, Desk const& desk, ReportCursor& cursor) {
    if (cursor.ended) return std::string();
    auto const job = find_bulk_row(reader, cursor.id);
    if (!job || job->state == BulkState::receiving) return fail(no_such_bulk());
    bool const with_columns = cursor.with_columns && job->wrapped_key;
    std::string out;
    if (!cursor.begun) {
        cursor.begun = true;
        out = "\xef\xbb\xbfrow,line,state,reference,reason,field,rule,fix,notice,delivery,delivery_state";
        if (with_columns)
            for (auto const& column : columns_of(*job)) {
                out += ',';
                append_cell(out, column);
            }
        out += "\r\n";
    }
    auto const rows = rows_of(reader, cursor.id, cursor.state, cursor.after, report_rows);
    auto const states = delivery_states(reader, desk, rows);
    auto const columns = columns_of(*job);
    std::shared_ptr<Piece const> piece;
    for (auto const& row : rows) {
        std::optional<delivery::State> state;
        if (row.delivery)
            if (auto const found = states.find(*row.delivery); found != states.end()) state = found->second;
        out += report_line(row, state);
        if (with_columns) {
            if (!piece || row.row_number < piece->first() || row.row_number >= piece->end()) {
                auto opened = Piece::open(reader, desk, *job, row.row_number);
                if (!opened) return fail(opened.error());
                piece = std::move(*opened);
            }
            auto const file_row = piece->at(row.row_number);
            for (std::size_t i = 0; i < columns.size(); ++i) {
                std::string cell;
                if (file_row.object) {
                    if (auto const* value = file_row.object->if_contains(columns[i]); value && value->is_string())
                        cell = std::string_view(value->get_string());
                    else if (value)
                        json::write(cell, *value);
                } else if (i < file_row.cells.size()) {
                    cell = file_row.cells[i];
                }
                out += ',';
                append_cell(out, cell);
            }
        }
        out += "\r\n";
        cursor.after = row.row_number;
    }
    cursor.ended = rows.size() < report_rows;
    return out;
}

}  // namespace rapport::notice
