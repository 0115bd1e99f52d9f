// A file that arrives: checked while it comes (encoding, quoting, limits), cut between rows, encrypted piece by piece.
#include <algorithm>
#include <set>

#include "base/crypto.hpp"
#include "notice/bulk_mapping.hpp"
#include "notice/csv.hpp"
#include "notice/sql.hpp"
#include "store/blobs.hpp"
#include "store/keyring.hpp"

namespace rapport::notice {
namespace {

constexpr std::size_t sample_rows = 20, most_sample_cell = 200, most_head = 64 << 10;
constexpr Duration patience = std::chrono::minutes(2);  // an upload that was not heard of for so long is dead
constexpr std::string_view bom = "\xef\xbb\xbf";

Error error_of(FileFault const& fault) {
    auto const place =
        "Line " + std::to_string(fault.line) + ", octet " + std::to_string(fault.octet) + " of the file: it ";
    return {ErrorKind::invalid, fault.code, place + fault.rule + ".", {{"/file", fault.rule, fault.fix}}, 0};
}

std::string cut_for_people(std::string_view text) {
    if (text.size() <= most_sample_cell) return std::string(text);
    auto end = most_sample_cell;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
    return std::string(text.substr(0, end)) + "…";
}

std::string caller_of(Actor const& actor) {
    return std::to_string(static_cast<int>(actor.kind)) + ':' + std::to_string(actor.id);
}

}  // namespace

struct BulkUpload::Impl {
    Impl(store::Store& to, Desk const& at, BulkSettings const& limits, NewBulk what, Clock when)
        : store(to), desk(at), settings(limits), wanted(std::move(what)), clock(std::move(when)) {}

    store::Store& store;
    Desk const& desk;
    BulkSettings settings;
    NewBulk wanted;
    Clock clock;

    BulkId id;
    std::optional<BulkRow> earlier;  // the same key came before: the file is only compared
    Key256 key{};
    Sha256 hash;
    Utf8Check encoding;
    std::optional<CsvParser> parser;
    char separator = ',';
    bool begun = false;     // the separator is known, the byte order mark gone
    std::int64_t size = 0;  // octets of the file
    // Octets are counted without a byte order mark. The buffer holds those from buffer_at on.
    std::string buffer;
    std::int64_t buffer_at = 0;
    std::int64_t piece_at = 0, piece_line = 1, piece_rows = 0, piece_number = 0;
    std::int64_t rows = 0;
    std::int64_t line = 1, line_at = 0;  // JSON lines: the line under way, and where it begins
    std::vector<std::string> columns;
    BulkHead head;
    std::optional<Error> wrong;

    struct Cut {
        std::int64_t begin = 0, end = 0, first_row = 0, rows = 0, line = 0;
    };
    std::vector<Cut> cuts;

    bool refuse(Error error) {
        wrong = std::move(error);
        return false;
    }
    bool header(CsvRecord const& record);
    bool row(std::int64_t end);
    bool csv_record(CsvRecord const& record);
    bool json_lines(bool last);
    bool json_line(std::string_view text);
    bool begin_parsing(bool last);
    bool parse(std::string_view bytes);
    bool end_parsing();
    void cut_piece(std::int64_t end);
    Task<Expected<>> store_pieces();
    Expected<KindRow> kind(store::Reader& reader) const;
};

Expected<KindRow> BulkUpload::Impl::kind(store::Reader& reader) const {
    auto row = find_kind(reader, wanted.kind);
    if (!row || row->retired_at)
        return fail(ErrorKind::invalid, "invalid_fields", "Some fields are missing or wrong; see fields.",
                    {{"/kind", "must be a kind of notice that exists and is not retired", "GET /v1/kinds lists them"}});
    return std::move(*row);
}

bool BulkUpload::Impl::header(CsvRecord const& record) {
    std::set<std::string, std::less<>> names;
    for (std::size_t i = 0; i < record.count; ++i) {
        std::string name(trimmed(record.fields[i]));
        auto const which = "column " + std::to_string(i + 1);
        if (name.empty() || count_characters(name) > 200 || !is_plain_text(name))
            return refuse(error_of(
                {"file_columns",
                 "must name each column in its first row, with 1 to 200 characters; " + which + " has no such name",
                 "name the column, or remove it", record.line, record.first + 1}));
        if (!names.insert(name).second)
            return refuse(
                error_of({"file_columns", "must name each column differently; two are called \"" + name + "\"",
                          "rename one of them", record.line, record.first + 1}));
        columns.push_back(std::move(name));
    }
    piece_at = record.end;
    piece_line = record.next_line;
    return true;
}

// One more row, which ends at octet `end`; the piece ends there when it is large enough.
bool BulkUpload::Impl::row(std::int64_t end) {
    if (++rows > settings.most_rows)
        return refuse({ErrorKind::too_large,
                       "file_too_large",
                       "The file has more than " + std::to_string(settings.most_rows) + " rows; divide it.",
                       {}});
    ++piece_rows;
    if (end - piece_at >= static_cast<std::int64_t>(settings.piece_bytes)) cut_piece(end);
    return true;
}

void BulkUpload::Impl::cut_piece(std::int64_t end) {
    cuts.push_back({piece_at, end, rows - piece_rows + 1, piece_rows, piece_line});
    piece_at = end;
    piece_rows = 0;
}

bool BulkUpload::Impl::csv_record(CsvRecord const& record) {
    if (columns.empty()) return header(record);
    if (head.sample.size() < sample_rows) {
        auto& cells = head.sample.emplace_back();
        for (std::size_t i = 0; i < std::min(record.count, columns.size()); ++i)
            cells.push_back(cut_for_people(record.fields[i]));
    }
    // A piece begins where the one before ended: empty lines in between belong to it.
    auto const pieces = cuts.size();
    if (!row(record.end)) return false;
    if (cuts.size() > pieces) piece_line = record.next_line;
    return true;
}

bool BulkUpload::Impl::json_line(std::string_view text) {
    if (head.sample.size() >= sample_rows) return true;
    auto const value = json::parse(text);
    if (!value || !value->is_object()) return true;  // told in the report, like any row
    for (auto const& [name, item] : value->get_object()) {
        std::string const column(name);
        if (std::ranges::find(columns, column) == columns.end() && columns.size() < settings.most_columns &&
            !column.empty() && column.size() <= 200)
            columns.push_back(column);
    }
    auto& cells = head.sample.emplace_back();
    for (auto const& column : columns) {
        auto const* item = value->get_object().if_contains(column);
        std::string shown;
        if (item && item->is_string())
            shown = std::string_view(item->get_string());
        else if (item)
            json::write(shown, *item);
        cells.push_back(cut_for_people(shown));
    }
    return true;
}

bool BulkUpload::Impl::json_lines(bool last) {
    auto const limit = static_cast<std::int64_t>(settings.most_row_bytes);
    while (true) {
        auto const from = static_cast<std::size_t>(line_at - buffer_at);
        auto const end = buffer.find('\n', from);
        bool const whole = end != buffer.npos;
        std::string_view const text = std::string_view(buffer).substr(from, whole ? end - from : buffer.npos);
        if (static_cast<std::int64_t>(text.size()) > limit)
            return refuse(
                error_of({"file_row_too_long", "must have rows of at most " + std::to_string(limit) + " octets",
                          "shorten the row", line, line_at + 1}));
        if (!whole && !last) return true;
        auto const next = line_at + static_cast<std::int64_t>(text.size()) + (whole ? 1 : 0);
        bool const is_row = !trimmed(text).empty();
        if (is_row) json_line(text);
        line_at = next;
        ++line;
        auto const pieces = cuts.size();
        if (is_row && !row(next)) return false;
        if (cuts.size() > pieces) piece_line = line;
        if (!whole) return true;
    }
}

// Once enough is there to tell the separator.
bool BulkUpload::Impl::begin_parsing(bool last) {
    if (begun) return true;
    bool const has_line = buffer.find('\n') != buffer.npos;
    if (!last && !has_line && buffer.size() < most_head) return true;
    begun = true;
    if (buffer.starts_with(bom)) buffer.erase(0, bom.size());
    if (wanted.format == FileFormat::json_lines) return true;
    separator = wanted.separator.value_or(separator_in(buffer));
    parser.emplace(separator, CsvLimits{settings.most_columns, settings.most_row_bytes});
    return parse(buffer);
}

bool BulkUpload::Impl::parse(std::string_view bytes) {
    auto const take = [this](CsvRecord const& record) { return csv_record(record); };
    if (parser->take(bytes, take)) return true;
    if (parser->fault()) return refuse(error_of(*parser->fault()));
    return false;
}

bool BulkUpload::Impl::end_parsing() {
    if (!begin_parsing(true)) return false;
    if (parser) {
        auto const take = [this](CsvRecord const& record) { return csv_record(record); };
        if (!parser->end(take)) return parser->fault() ? refuse(error_of(*parser->fault())) : false;
    } else if (!json_lines(true)) {
        return false;
    }
    if (rows == 0)
        return refuse(
            {ErrorKind::invalid,
             "file_empty",
             "The file has no rows.",
             {{"/file", "must have at least one row after the first, which names the columns", "send the rows"}}});
    if (piece_rows > 0) cut_piece(buffer_at + static_cast<std::int64_t>(buffer.size()));
    return true;
}

// Each piece is durable before its row is; the row keeps the upload alive.
Task<Expected<>> BulkUpload::Impl::store_pieces() {
    for (auto const& cut : cuts) {
        auto const from = static_cast<std::size_t>(cut.begin - buffer_at);
        std::string_view const text =
            std::string_view(buffer).substr(from, static_cast<std::size_t>(cut.end - cut.begin));
        if (!earlier) {
            auto const blob = co_await store.read([&](store::Reader&) { return desk.office.blobs.prepare(text, key); });
            auto const until = clock() + patience;
            auto const kept = co_await store.write([&](store::Tx& tx) -> Expected<> {
                if (tx.changed(sql::keep_receiving, id, until) != 1)
                    return fail(ErrorKind::conflict, "upload_replaced",
                                "The same upload was begun again; this one ends.");
                desk.office.blobs.keep(tx, blob);
                tx.exec(sql::insert_piece, id, piece_number, cut.first_row, cut.rows, cut.line, blob.address,
                        cut.end - cut.begin);
                return {};
            });
            if (!kept) co_return kept;
        }
        ++piece_number;
        buffer.erase(0, static_cast<std::size_t>(cut.end - buffer_at));
        buffer_at = cut.end;
    }
    cuts.clear();
    co_return Expected<>{};
}

BulkUpload::BulkUpload(store::Store& store, Desk const& desk, BulkSettings const& settings, NewBulk wanted, Clock clock)
    : impl_(std::make_unique<Impl>(store, desk, settings, std::move(wanted), std::move(clock))) {}
BulkUpload::~BulkUpload() = default;

Task<Expected<>> BulkUpload::begin() {
    auto& self = *impl_;
    auto const now = self.clock();
    auto const caller = caller_of(self.wanted.act.actor);
    self.id = self.store.ids().next<BulkId>();
    self.key = random_key();
    store::Blob const wrapped{self.desk.office.keyring.wrap(self.key)};
    try {
        co_return co_await self.store.write([&](store::Tx& tx) -> Expected<> {
            self.earlier.reset();
            if (auto const kind = self.kind(tx); !kind) return fail(kind.error());
            if (self.wanted.key) {
                auto known = tx.one<BulkRow>(sql::find_bulk_request, caller, *self.wanted.key);
                if (known && known->state == BulkState::receiving) {
                    if (known->lease_until && *known->lease_until > now)
                        return fail(Error{ErrorKind::conflict,
                                          "upload_in_progress",
                                          "An upload with this Idempotency-Key is under way; wait for it.",
                                          {},
                                          5});
                    drop_upload(tx, self.desk, known->id);
                    known.reset();
                }
                self.earlier = std::move(known);
                if (self.earlier) return {};
            }
            tx.exec(sql::insert_bulk, self.id, caller, self.wanted.key, self.wanted.name, self.wanted.kind,
                    self.wanted.format, columns_object({}), wrapped, self.wanted.act.actor.kind,
                    self.wanted.act.actor.id, self.wanted.act.actor.name, now, now + patience);
            return {};
        });
    } catch (store::UniqueViolation const&) {
        co_return fail(Error{ErrorKind::conflict,
                             "upload_in_progress",
                             "An upload with this Idempotency-Key is under way; wait for it.",
                             {},
                             5});
    }
}

Task<Expected<>> BulkUpload::take(std::string bytes) {
    auto& self = *impl_;
    self.size += static_cast<std::int64_t>(bytes.size());
    if (self.size > static_cast<std::int64_t>(self.settings.most_bytes))
        co_return fail(ErrorKind::too_large, "file_too_large",
                       "The file has more than " + std::to_string(self.settings.most_bytes) + " octets; divide it.");
    self.hash.add(bytes);
    if (!self.encoding.take(bytes)) co_return fail(error_of(self.encoding.fault()));
    self.buffer += bytes;
    bool good = true;
    if (!self.begun)
        good = self.begin_parsing(false);
    else if (self.parser)
        good = self.parse(bytes);
    if (good && self.begun && !self.parser) good = self.json_lines(false);
    if (!good) co_return fail(*self.wrong);
    if (self.cuts.empty()) co_return Expected<>{};
    co_return co_await self.store_pieces();
}

Task<Expected<BulkView>> BulkUpload::end() {
    auto& self = *impl_;
    if (!self.encoding.end()) co_return fail(error_of(self.encoding.fault()));
    if (!self.end_parsing()) co_return fail(*self.wrong);
    auto const stored = co_await self.store_pieces();
    if (!stored) co_return fail(stored.error());
    auto const digest = self.hash.finish();
    auto const now = self.clock();
    if (self.earlier) {
        if (self.earlier->sha256 != digest || self.earlier->kind != self.wanted.kind)
            co_return fail(ErrorKind::conflict, "idempotency_key_reused",
                           "This Idempotency-Key came before with another file. Use a new key for another job.");
        co_return co_await self.store.read(
            [&](store::Reader& reader) { return find_bulk(reader, self.desk, self.earlier->id, now); });
    }
    co_return co_await self.store.write([&](store::Tx& tx) -> Expected<BulkView> {
        auto const kind = self.kind(tx);
        if (!kind) return fail(kind.error());
        BulkHead head = self.head;
        head.suggested = suggested(self.columns, *kind);
        store::Blob const sealed{seal(self.key, json::encode(head), head_bound_to(self.id))};
        std::optional<std::string> separator;
        if (self.wanted.format == FileFormat::csv) separator = std::string(1, self.separator);
        if (tx.changed(sql::bulk_received, self.id, separator, self.size, digest, self.rows,
                       columns_object(self.columns), sealed, now) != 1)
            return fail(ErrorKind::conflict, "upload_replaced", "The same upload was begun again; this one ends.");
        auto const row = find_bulk_row(tx, self.id);
        people::audit(tx, self.wanted.act, "bulk.uploaded", to_text(self.id), people::AuditOutcome::done,
                      {{"kind", row->kind}, {"rows", row->rows}, {"sha256", to_hex(digest.view())}});
        tell(tx, *row, "uploaded", now, self.wanted.act.actor);
        return find_bulk(tx, self.desk, self.id, now);
    });
}

Task<> BulkUpload::give_up() {
    auto& self = *impl_;
    if (self.earlier) co_return;
    co_await self.store.write([&](store::Tx& tx) {
        drop_upload(tx, self.desk, self.id);
        return true;
    });
}

void drop_upload(store::Tx& tx, Desk const& desk, BulkId id) {
    if (tx.changed(sql::drop_receiving, id) != 1) return;
    drop_pieces(tx, desk, id);
}

void drop_pieces(store::Tx& tx, Desk const& desk, BulkId id) {
    for (auto const& piece : tx.all<PieceRow>(sql::pieces, id)) desk.office.blobs.drop(tx, piece.blob);
    tx.exec(sql::drop_pieces, id);
}

}  // namespace rapport::notice
